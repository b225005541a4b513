/** The names that data sets give to the same things, as tables. */
import type { Mapping, Row } from './shape.ts';
import { firstOf, has } from './shape.ts';

/** The first that a row has is its prompt. */
const PROMPTS = 'prompt instruction question query user_prompt messages history context post'.split(' ');
/** A prompt where there is no other (axolotl), else what an instruction is about (Alpaca). */
const INPUT = 'input';

/** The better and the worse response. */
export const CHOSEN_REJECTED: readonly (readonly [string, string])[] = [
  ['chosen', 'rejected'],
  ['chosen_response', 'rejected_response'],
  ['response_chosen', 'response_rejected'],
  ['chosen_answer', 'rejected_answer'],
  ['preferred', 'dispreferred'],
  ['preferred_output', 'non_preferred_output'],
  ['preferred_response', 'rejected_response'],
  ['accepted', 'rejected'],
  ['response_j', 'response_k'],
  ['y_w', 'y_l'],
];

/** How good each of the two is; the margin is the difference. */
const SCORES: readonly (readonly [string, string])[] = [
  ['score_chosen', 'score_rejected'],
  ['chosen_score', 'rejected_score'],
  ['chosen_rating', 'rejected_rating'],
  ['chosen-rating', 'rejected-rating'],
  ['rating_chosen', 'rating_rejected'],
  ['chosen_reward', 'rejected_reward'],
];

export const COMPLETIONS = ['completion', 'response', 'output', 'answer'];
export const LABELS = ['label', 'desirable', 'is_desirable', 'thumbs_up', 'feedback'];

/** Prompt, what it is about, and system message. */
export function promptColumns(row: Row): Mapping {
  const prompt = firstOf(row, PROMPTS);
  const system = has(row, 'system') ? { system: 'system' } : {};
  if (prompt === null) return has(row, INPUT) ? { prompt: INPUT, ...system } : system;
  const input = prompt === 'instruction' && has(row, INPUT) ? { input: INPUT } : {};
  return { prompt, ...input, ...system };
}

export function marginColumns(row: Row): Mapping {
  if (has(row, 'margin')) return { margin: 'margin' };
  const scores = SCORES.find(([chosen, rejected]) => has(row, chosen) && has(row, rejected));
  return scores === undefined ? {} : { score_chosen: scores[0], score_rejected: scores[1] };
}
