/** Which papers of the gallery a visitor asks for. */
import type { Paper, PaperFamily } from './paper.ts';

export interface Wanted {
  /** Words that all must occur somewhere; case does not count. */
  text: string;
  family: PaperFamily | 'all';
  /** Only those with a loss that is built in. */
  withLoss: boolean;
}

export const EVERYTHING: Wanted = { text: '', family: 'all', withLoss: false };

type Searched = Pick<Paper, 'id' | 'title' | 'authors' | 'year' | 'idea' | 'family'> & {
  losses: readonly { name: string; title: string }[];
};

export function isWanted(paper: Searched, { text, family, withLoss }: Wanted): boolean {
  if (family !== 'all' && paper.family !== family) return false;
  if (withLoss && paper.losses.length === 0) return false;
  const { id, title, authors, year, idea, losses } = paper;
  const names = losses.flatMap((loss) => [loss.name, loss.title]);
  const all = [id, title, authors, String(year), idea, ...names].join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
