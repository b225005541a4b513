/** What an objective is: a formula, its numbers, and what it makes of labels that are not a plain preference. */
import type { ParameterTable } from '../base/parameters.ts';
import type { Setting } from '../formulas/quantities.ts';

/**
 * What becomes of a pair that the labeler did not decide.
 * - `excluded`: it is left out, and counted as such.
 * - `half`: both orders count, each with weight 0.5 (a label probability of 0.5).
 * - `two-rejected` (for "both bad"): each response counts as an undesirable one of its own: two pairs whose chosen
 *   response is empty (`logp_w`, `ref_w` and `len_w` are 0), so that no gradient comes from that side.
 */
export type UndecidedPair = 'excluded' | 'half' | 'two-rejected';

/** Families as the page groups them. */
export const FAMILIES = {
  dpo: 'Against a reference, in pairs',
  'reference-free': 'Without a reference',
  unpaired: 'One response at a time',
  'token-level': 'Token by token',
  listwise: 'Whole rankings',
  unlearning: 'Unlearning',
  'reward-model': 'Reward models',
  rl: 'Policy gradients',
  distillation: 'Distillation',
} as const;
export type Family = keyof typeof FAMILIES;

export interface Objective {
  /** TRL's name where TRL has one. */
  name: string;
  title: string;
  family: Family;
  /** One sentence: what it does to the policy. */
  description: string;
  setting: Setting;
  /**
   * In the formula language (src/formulas). Assigns `loss`; where it has an idea of a response's reward also
   * `rewards_chosen` and `rewards_rejected`. Objectives that measure a response by its log-ratio to the reference name
   * that `h_w` and `h_l` on lines of their own: an f-divergence (see options.ts) takes the place of those lines.
   */
  formula: string;
  /** The formula's own numbers; each must occur in it. */
  parameters: ParameterTable;
  /** Whether a response's log-prob is the sum or the mean over its tokens. */
  reduction: 'sum' | 'mean';
  /** Objectives over groups see no pairs: what is said here holds for the responses that a pair would give. */
  tie: UndecidedPair;
  bothBad: UndecidedPair;
  /**
   * `equation`: its number or section, or the loss's name where the number isn't certain. `url`: the abstract on arXiv,
   * `''` where there is none or it isn't certain.
   */
  paper: { title: string; authors: string; year: number; equation: string; url: string };
  /** The same loss in TRL, where it has it; `loss_type` is `''` where the trainer knows only one. */
  trl: { trainer: string; loss_type: string } | null;
}

/** What an objective makes of labels that are no plain preference. */
export type UndecidedMeanings = Pick<Objective, 'tie' | 'bothBad'>;
