/** What an objective is: a formula, its numbers, and what it makes of labels that are not a plain preference. */
import type { ParameterTable } from '../base/parameters.ts';

/** What becomes of a pair that the labeler did not decide. */
export type UndecidedPair = 'excluded';

export interface Objective {
  /** TRL's name where TRL has one. */
  name: string;
  title: string;
  /** One sentence: what it does to the policy. */
  description: string;
  /** In the formula language (src/formulas). Assigns `loss`, per pair, and `reward_w`, `reward_l` for the metrics. */
  formula: string;
  /** The formula's own numbers; each must occur in it. */
  parameters: ParameterTable;
  /** Whether a response's log-prob is the sum or the mean over its tokens. */
  reduction: 'sum' | 'mean';
  tie: UndecidedPair;
  bothBad: UndecidedPair;
  paper: { title: string; authors: string; year: number; equation: string; url: string };
}
