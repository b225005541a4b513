/** What the glossary says of a word. */

/** Sections of the page, in its order. */
export const SECTIONS = {
  writing: 'The model and what it writes',
  labels: 'Pairs and labels',
  losses: 'Losses and their parts',
  training: 'Training',
  measuring: 'Measuring',
  site: 'Words of this site',
} as const;
export type Section = keyof typeof SECTIONS;

export interface Entry {
  term: string;
  /** Other words for it. */
  also?: string;
  /** One to three sentences. */
  definition: string;
  /** In the notation of the formulas: x a prompt, y a response, y_w the chosen and y_l the rejected one. */
  tex?: string;
  /** A built-in objective whose formula stands here instead, as it runs. */
  loss?: string;
  /** Its name in TRL. */
  trl?: string;
  /** Entries that help with this one. */
  see?: readonly string[];
}
