/** Every word of the glossary by its id, which is also its anchor on the page. */
import type { Entry, Section } from './entry.ts';
import { SECTIONS } from './entry.ts';
import { labels } from './labels.ts';
import { losses } from './losses.ts';
import { measuring } from './measuring.ts';
import { site } from './site.ts';
import { training } from './training.ts';
import { writing } from './writing.ts';

const ROOMS = { writing, labels, losses, training, measuring, site } as const;
type Rooms = typeof ROOMS;

/** An id that exists: components link to these only. */
export type TermId = { [S in Section]: keyof Rooms[S] & string }[Section];

export interface Term extends Entry {
  id: string;
  section: Section;
}

export const terms: readonly Term[] = (Object.keys(SECTIONS) as Section[]).flatMap((section) =>
  Object.entries<Entry>(ROOMS[section]).map(([id, entry]) => ({ ...entry, id, section })),
);
