/** What the gallery says of a paper: who wrote it, its idea in a sentence of ours, and what of it runs here today. */

/** Families of the gallery, in its order. */
export const PAPER_FAMILIES = {
  objectives: 'Losses',
  'reward-models': 'Reward models',
  pluralism: 'Many tastes',
  reasoning: 'Reasoning',
  'self-improvement': 'Models that teach themselves',
  'generative-media': 'Images and sound',
  'synthetic-data-audit': 'Synthetic data, and audits of it',
} as const;
export type PaperFamily = keyof typeof PAPER_FAMILIES;

/**
 * - `planned`: no experiment of ours runs yet, whether or not the paper's loss can be trained.
 * - `running`: an exhibit runs the paper's experiment and checks its claim.
 */
export type Status = 'planned' | 'running';

export interface Paper {
  /** Also its anchor on the page. */
  id: string;
  title: string;
  /** Last names: up to three, else the first "and others". */
  authors: string;
  /** Of the first version. */
  year: number;
  /** The abstract on arXiv, or the publisher's page. */
  url: string;
  family: PaperFamily;
  /** One sentence, 60 to 220 characters. */
  idea: string;
  /** Names of the built-in objectives that are its losses; the one to try first comes first. */
  losses: readonly string[];
  status: Status;
}

/** A paper as a room of its family writes it down. */
export type Entry = Omit<Paper, 'family'>;
