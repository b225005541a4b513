/** A round of online training, as it is kept between rounds. */
import type { Values } from '../../engine/backend.ts';
import type { PreferencePair } from '../pairs.ts';

/** What training changes of the rounds: all that is needed to go on with the same bits. */
export interface Round {
  /** How many there were before it. */
  number: number;
  /** Weights of the taste that its rewards are by. */
  weights: readonly number[];
  /** By how many of the base's standard deviations the mean reward has risen; the share of sound responses, and the base's. */
  shift: number;
  sound: number;
  baseSound: number;
  /** Of the best round by this taste: the largest shift, the parameters [P] it was measured on, and how many rounds came after it. */
  best: { shift: number; parameters: Values; since: number };
  pairs: readonly PreferencePair[];
}
