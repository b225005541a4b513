/**
 * What a run shows: plain data that the page draws, the command line prints and the worker sends. Types only. `ref` and
 * `before` are of the model before any training, also where the loss is measured against a reference that has moved.
 */
import type { Tokens } from '../worlds/world.ts';

export interface RankedResponse {
  tokens: Tokens;
  text: string;
  /** Sum of log-probs over the response's tokens, `<eos>` included, in nats. */
  logp: number;
  refLogp: number;
  /** Probability of exactly this response: e^logp. */
  probability: number;
  refProbability: number;
  /** The objective's reward (for DPO: beta times the log-ratio). */
  reward: number;
}

/** K responses to one prompt in a fixed order; the page sorts them. */
export interface Ranking {
  step: number;
  prompt: string;
  responses: RankedResponse[];
  /** Probability of every other response: 1 minus the sum of those shown. */
  elsewhere: number;
  refElsewhere: number;
  /** Between the order under the policy and the order under the reference. */
  kendallTau: number;
}

export interface Sample {
  tokens: Tokens;
  text: string;
  /** Null where the world has no grammar. */
  grammatical: boolean | null;
}

/** The same random numbers drawn through the reference and through the policy. */
export interface Samples {
  step: number;
  prompt: string;
  before: Sample[];
  after: Sample[];
  /** Mean score of all responses sampled, per attribute of the world. */
  scoresBefore: Record<string, number>;
  scoresAfter: Record<string, number>;
}

/** What the labels seem to say about a taste: a reward that is linear in the world's scores. */
export interface TasteView {
  /** For each attribute of the world: nats of log-odds a standard deviation of its score, and the standard error. */
  weights: { key: string; weight: number; error: number }[];
  /** Log of how many times likelier the labels are under such a taste than under a coin. */
  evidence: number;
  labels: number;
  understood: boolean;
}

/** What a model has written in a round; only responses that end, and that the grammar knows, are worth something. */
export interface WrittenView {
  /** By the taste, one a sound response. */
  rewards: number[];
  /** Share of the responses that are sound. */
  sound: number;
  /** The same responses' scores, and their means, per attribute of the world. */
  scores: Record<string, number[]>;
  means: Record<string, number>;
}

/** Where the policy stands by the taste. */
export interface RoundView {
  step: number;
  /** From 0: what was written before any training. */
  round: number;
  /** By how many standard deviations of the base's rewards their mean has risen. */
  shift: number;
  /** Why training goes no further; null where it does. */
  end: 'reached' | 'strained' | 'no-better' | 'collapsed' | null;
  taste: TasteView;
  before: WrittenView;
  now: WrittenView;
}

/** Held-out pairs that no label touched. */
export interface Evaluation {
  step: number;
  /** Per rule of the world: the share of held-out pairs whose better side has the higher reward; ties count half. */
  accuracies: Record<string, number>;
  /** How many held-out pairs each accuracy rests on (those that the rule decides). */
  pairs: Record<string, number>;
  /**
   * Mean per-token KL(policy || model before training) and entropy over the ranking's responses, in nats. A reference
   * that moves changes nothing of what this KL is to.
   */
  kl: number;
  entropy: number;
}

/** One response, token by token. */
export interface TokenView {
  words: string[];
  logps: number[];
  refLogps: number[];
  entropies: number[];
  kls: number[];
}

export interface PromptView {
  ranking: Ranking;
  samples: Samples;
}

/**
 * What the Lab shows before any engine code has loaded: `public/models/<model>/first-picture.json`, written by the
 * pretraining. `pair` is a stock pair of the split `train`; prompts are ids.
 */
export interface FirstPicture {
  pair: {
    seed: number;
    index: number;
    prompt: string;
    promptText: string;
    a: { tokens: Tokens; text: string };
    b: { tokens: Tokens; text: string };
  };
  view: PromptView;
  /** Text of the prompt that `view` is about. */
  promptText: string;
  /** The response of the ranking that is shown word by word. */
  tokens: { response: Tokens; view: TokenView };
  evaluation: Evaluation;
}
