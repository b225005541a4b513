/** What a labeler is: something that looks at two responses to a prompt and says which is better. */
import type { ParameterTable } from '../base/parameters.ts';
import type { ResponsePair, Split, Tokens, World } from '../worlds/world.ts';

export const CHOICES = ['a', 'b', 'tie', 'both_bad'] as const;
export type Choice = (typeof CHOICES)[number];

/** Where a pair's two responses are to be had again: the world's stock, or the reference itself (sampled from a policy). */
export type PairReference =
  | { kind: 'stock'; seed: number; index: number; split: Split }
  | { kind: 'given'; prompt: string; a: Tokens; b: Tokens };

/** One recorded judgement. `source` is a labeler's name. */
export interface Label {
  pair: PairReference;
  choice: Choice;
  source: string;
}

/** What a labeler judges: any two responses to one prompt. */
export type Candidates = Pick<ResponsePair, 'prompt' | 'a' | 'b'>;

/** What a labeler may know. A labeler that has no use for a field ignores it. */
export interface LabelerSetting {
  world: World;
  /** Name of one of the world's rules. */
  rule: string;
  /** Seed of the labeler's own randomness (purpose `labels`). */
  seed: number;
  /** A number for each row of the labeler's `parameters`. */
  parameters: Readonly<Record<string, number>>;
  /** Labels given from outside, by their index; only labelers that are `onlyRecorded` read them. */
  recorded?: readonly (Label | undefined)[];
}

/** A labeler at work in one setting. */
export interface Judge {
  /**
   * The choice for label number `index` (its randomness belongs to that index alone). `undefined`: this pair has no
   * label, because the person skipped it or has not come to it yet.
   */
  label(pair: Candidates, index: number): Choice | undefined;
}

export interface Labeler {
  name: string;
  title: string;
  /** One sentence. */
  description: string;
  parameters: ParameterTable;
  /** It labels nothing by itself: it looks up what was recorded. */
  onlyRecorded?: true;
  open(setting: LabelerSetting): Judge;
}
