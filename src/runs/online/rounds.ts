/**
 * Rounds of online preference optimisation (Guo and others 2024, "Direct Language Model Alignment from Online AI Feedback"; TRL's
 * OnlineDPOTrainer): the policy writes, a reward judges, and the best and the worst response to each prompt become the pairs of the
 * next steps. Here the reward is what the labels say about somebody's taste.
 */
import { range } from '../../base/lists.ts';
import { mean } from '../../base/maths.ts';
import { stream } from '../../base/random.ts';
import type { OnlineLoop } from '../../recipes/schema.ts';
import type { Prompt, Tokens, World } from '../../worlds/world.ts';
import { EOS } from '../../worlds/world.ts';
import type { PreferencePair } from '../pairs.ts';
import type { Features } from './features.ts';
import { deviation } from './features.ts';
import type { Taste } from './taste.ts';
import { scoreBy } from './taste.ts';

/** One response that the policy has written. */
export interface Written {
  prompt: Prompt;
  response: Tokens;
  /** By the taste; null for one that does not end, or that the world's grammar does not know: it counts as worse than any other. */
  reward: number | null;
}

/** Of a round's responses: where the policy stands by the taste. */
export interface Standing {
  /** Mean reward of the responses that have one, and its standard deviation; NaN where none has. */
  mean: number;
  deviation: number;
  /** Share of the responses that have one. */
  sound: number;
}

/** Random numbers of the rounds' responses start here, far from those of rankings, samples and pairs. */
const FIRST_STREAM = 100_000_000;

/** What the policy is asked in round `round` (from 0): one prompt and one stream of random numbers for each response, group by group. */
export function askedIn(
  { prompts }: World,
  seed: number,
  { prompts_per_round: groups, num_generations: size }: OnlineLoop,
  round: number,
): { prompts: Prompt[]; streams: number[] } {
  const known = prompts.filter(({ split }) => split === 'train');
  const order = stream(seed, 'prompts of rounds', round);
  const each: Prompt[] = [];
  while (each.length < groups) each.push(...order.shuffle(known));
  return {
    prompts: each.slice(0, groups).flatMap((prompt) => range(0, size).map(() => prompt)),
    streams: range(FIRST_STREAM + round * groups * size, groups * size),
  };
}

/** The rewards of responses to these prompts. */
export function judged(
  world: World,
  taste: Taste,
  features: Features,
  prompts: readonly Prompt[],
  responses: readonly Tokens[],
): Written[] {
  return responses.map((response, i) => {
    const prompt = prompts[i] as Prompt;
    const sound = response.at(-1) === EOS && world.parse?.(prompt, response).ok !== false;
    return { prompt, response, reward: sound ? scoreBy(taste, features, prompt, response) : null };
  });
}

export function standingOf(written: readonly Written[]): Standing {
  const rewards = written.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const average = mean(rewards);
  return { mean: average, deviation: deviation(rewards, average), sound: rewards.length / written.length };
}

/** The best against the worst of each group of `size`; none of a group whose responses are all worth the same. */
export function bestAgainstWorst(written: readonly Written[], size: number): PreferencePair[] {
  return range(0, written.length / size).flatMap((g): PreferencePair[] => {
    const group = written.slice(g * size, (g + 1) * size);
    const value = ({ reward }: Written): number => reward ?? -Infinity;
    const best = group.reduce((a, b) => (value(b) > value(a) ? b : a));
    const worst = group.reduce((a, b) => (value(b) < value(a) ? b : a));
    if (value(best) === value(worst)) return [];
    const lowest = Math.max(value(worst), LOWEST);
    return [pairByReward(best.prompt.tokens, best.response, worst.response, value(best), lowest)];
  });
}

/** A pair that rewards have decided, with what a formula may read of it. */
export const pairByReward = (
  prompt: Tokens,
  chosen: Tokens,
  rejected: Tokens,
  score_w: number,
  score_l: number,
): PreferencePair => ({
  prompt,
  chosen,
  rejected,
  sides: 'both',
  columns: {
    margin_column: score_w - score_l,
    strength: 1,
    weight: 1,
    label_probability: 1,
    score_w,
    score_l,
  },
});

/** What a formula reads as the score of a response that has none. */
const LOWEST = -10;
