/** Several responses of one prompt, each with a rank or a score. */
import { MOST_RANKED } from '../limits.ts';
import { refuse, shown } from '../problems.ts';
import { promptColumns } from './columns.ts';
import type { Part } from './messages.ts';
import { looksLikeMessages, partOf } from './messages.ts';
import type { Prompt } from './preference.ts';
import { pairOf, promptOf } from './preference.ts';
import type { PairSink, Row, Shape } from './shape.ts';
import { firstOf, isRow, numberOf } from './shape.ts';

/** `best`: which end of the numbers is better. */
interface Measure {
  column: string;
  best: 'lowest' | 'highest';
}

const RANKS = ['rank', 'ranks', 'ranking'];
const SCORES = ['score', 'scores', 'rating', 'ratings', 'reward', 'rewards', 'overall_score'];
const TEXTS = ['answer', 'response', 'completion', 'text', 'content', 'output'];
const LISTS = ['answers', 'responses', 'completions', 'outputs', 'candidates', 'generations'];

function measureOf(row: Row): Measure | null {
  const rank = firstOf(row, RANKS);
  if (rank !== null) return { column: rank, best: 'lowest' };
  const score = firstOf(row, SCORES);
  return score === null ? null : { column: score, best: 'highest' };
}

export const ranked: Shape = {
  name: 'ranked',
  recognises:
    'a prompt and a list of responses with ranks or scores: answers: [{answer, rank}], or responses: [...] and scores: [...]',
  becomes:
    'Every two responses of different rank make a pair; the margin is the difference. Equal ranks are counted as ties.',
  match(row) {
    const list = firstOf(row, LISTS);
    const columns = promptColumns(row);
    const members = list === null ? null : row[list];
    if (!Array.isArray(members) || columns.prompt === undefined) return null;
    const [first] = members as unknown[];
    const inside = isRow(first) && measureOf(first) !== null && firstOf(first, TEXTS) !== null;
    const beside =
      (typeof first === 'string' || looksLikeMessages(first)) &&
      Array.isArray(row[measureOf(row)?.column ?? '']);
    return inside || beside ? columns : null;
  },
  open: (mapping) => ({
    row(row, _line, sink) {
      const list = firstOf(row, LISTS) ?? refuse('data/missing', 'answers', 'a list of responses', 'nothing');
      pairsOfRanked(rankedIn(row, list), promptOf(row, mapping), list, sink);
    },
  }),
};

/** Higher is better. */
export interface Ranked {
  part: Part;
  score: number;
}

function rankedIn(row: Row, list: string): Ranked[] {
  const members = row[list];
  if (!Array.isArray(members)) refuse('data/wrong-type', list, 'a list of responses', shown(members));
  const measure = measureOf(row);
  const numbers: unknown = measure === null ? null : row[measure.column];
  if (measure !== null && Array.isArray(numbers) && numbers.length !== members.length) {
    refuse('data/rank', measure.column, `${members.length} numbers`, String(numbers.length));
  }
  return members.map((member: unknown, i) => {
    const field = `${list}.${i}`;
    if (measure !== null && Array.isArray(numbers)) {
      return { part: partOf(member, field), score: scoreOf(numbers[i], measure, `${measure.column}.${i}`) };
    }
    const own = isRow(member) ? measureOf(member) : null;
    const text = isRow(member) ? firstOf(member, TEXTS) : null;
    if (!isRow(member) || own === null)
      refuse('data/rank', field, 'a response with a rank or score', shown(member));
    if (text === null) refuse('data/missing', field, `one of ${TEXTS.join(', ')}`, shown(member));
    return {
      part: partOf(member[text], `${field}.${text}`),
      score: scoreOf(member[own.column], own, `${field}.${own.column}`),
    };
  });
}

function scoreOf(value: unknown, { best }: Measure, field: string): number {
  const number = numberOf(value) ?? refuse('data/rank', field, 'a number', shown(value));
  return best === 'highest' ? number : -number;
}

/** All pairs of different scores, the best first. Throws RowProblem where there is none. */
export function pairsOfRanked(all: readonly Ranked[], prompt: Prompt, field: string, sink: PairSink): void {
  if (all.length < 2) refuse('data/too-few', field, 'at least two responses', String(all.length));
  if (all.length > MOST_RANKED) refuse('data/too-many', field, `at most ${MOST_RANKED}`, String(all.length));
  const sorted = [...all].sort((a, b) => b.score - a.score);
  let ties = 0;
  for (const [i, better] of sorted.entries()) {
    for (const worse of sorted.slice(i + 1)) {
      const margin = better.score - worse.score;
      if (margin > 0) sink.pair({ ...pairOf(prompt, better.part, worse.part, field), margin });
      else ties++;
    }
  }
  if (ties > 0)
    refuse('data/tie', field, 'different ranks', `${ties} ${ties === 1 ? 'tie' : 'ties'} in this row`);
}
