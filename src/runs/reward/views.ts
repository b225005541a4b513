/** What a reward run shows of itself: plain data that crosses from the worker to the page and out of the command line. */
import type { BestOfN, Optimisation } from '../../metrics/best-of-n.ts';
import type { Calibration, Proportion } from '../../metrics/calibration.ts';
import type { Interval } from '../../metrics/statistics.ts';
import type { Tokens } from '../../worlds/world.ts';

/** Held-out pairs, of prompts that no stock pair to train on has. */
export interface RewardEvaluation {
  step: number;
  /** Share of the pairs that the rule decides on which its better side has the higher reward. */
  truth: Proportion;
  /** The same against labels with the labeler's own noise; equals `truth` where it makes none. */
  labels: Proportion;
  /** Share of the visitor's decided labels that were kept from training and are told right; null where none were. */
  own: Proportion | null;
  /** Of sigmoid(margin), against those labels. */
  calibration: Calibration;
  /** Rewards of the better and of the worse sides, by the rule. */
  better: number[];
  worse: number[];
  ranking: RewardRanking;
}

/** One response, as the reward model, the policy and the rule see it. */
export interface JudgedResponse {
  tokens: Tokens;
  text: string;
  reward: number;
  /** Log-prob under the policy, in nats. */
  logp: number;
  /** By the rule. */
  utility: number;
}

export interface RewardRanking {
  prompt: string;
  /** In the policy's order before the reward model says anything. */
  responses: JudgedResponse[];
  /** Kendall's tau of the reward's order with the policy's and with the rule's; NaN where one is all ties. */
  tauPolicy: number;
  tauTruth: number;
}

/** Over many samples of the policy, to held-out prompts. */
export interface RewardAudit {
  step: number;
  prompts: number;
  /** Samples to each prompt. */
  samples: number;
  curve: BestOfN[];
  verdict: Optimisation;
  /** Kendall's tau within each prompt's samples: mean over the prompts. */
  tauPolicy: Interval;
  tauTruth: Interval;
}
