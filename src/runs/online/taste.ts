/** What the labels say about somebody's taste: a reward that is linear in the world's scores, fitted to them. */
import { range } from '../../base/lists.ts';
import type { CheckedRecipe } from '../../recipes/check.ts';
import type { LinearReward, Preference } from '../../training/linear-reward.ts';
import { fitLinearReward, rewardOf } from '../../training/linear-reward.ts';
import type { Asked, Tokens, World } from '../../worlds/world.ts';
import { labelledPairs } from '../pairs.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { Features } from './features.ts';
import { differenceOf } from './features.ts';

/** Precision of the prior of each weight. */
const RIDGE = 1;
/**
 * Where the log-evidence of the decided answers is lower, they say nothing. Of ten telling pairs answered by a coin (60 seeds from 5000)
 * 7 lie below; by one of the world's linear rules (90 runs from there) none; with a tenth of the answers turned round 3. So it catches
 * plain contradiction, and lets through much that is luck.
 */
const UNDERSTOOD = -1.5;

export interface Taste {
  reward: LinearReward;
  /** Labels that it was fitted to; "both bad" says nothing of which is better. */
  labels: number;
  /** Those of them that are no ties. */
  decided: number;
  /** Whether the labels say anything of a taste. */
  understood: boolean;
}

export function tasteFrom(features: Features, preferences: readonly Preference[]): Taste {
  const d = features.attributes.length;
  const decided = preferences.filter(({ prefers }) => prefers !== 0.5);
  const [reward, sure] = [preferences, decided].map((some) => fitLinearReward(some, d, RIDGE)) as [LinearReward, LinearReward]; // prettier-ignore
  const understood = decided.length > 0 && sure.evidence > UNDERSTOOD;
  return { reward, labels: preferences.length, decided: decided.length, understood };
}

/** What a recipe's labels come to. */
export const tasteOf = (
  { recipe, world }: Pick<CheckedRecipe, 'recipe' | 'world'>,
  features: Features,
): Taste => tasteFrom(features, preferencesOf(recipe, world, features));

export function preferencesOf({ labels, seed }: Recipe, world: World, features: Features): Preference[] {
  return [...labelledPairs(labels, world, seed)].flatMap(({ pair, choice }) =>
    choice === 'both_bad'
      ? []
      : [{ difference: differenceOf(features, pair), prefers: { a: 1, b: 0, tie: 0.5 }[choice] }],
  );
}

/** By the taste, in nats of log-odds against an average text of the world. */
export const scoreBy = ({ reward }: Taste, { of }: Features, prompt: Asked, response: Tokens): number =>
  rewardOf(reward, of(prompt, response));

/** Each weight with its standard error. */
export const weightsOf = ({ reward: { weights, covariance } }: Taste): { weight: number; error: number }[] =>
  range(0, weights.length).map((k) => ({
    weight: weights[k] as number,
    error: Math.sqrt(covariance[k]?.[k] as number),
  }));
