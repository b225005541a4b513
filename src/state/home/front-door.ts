/** What the front door asks, trains with and shows; and what is to be said of it. Plain data and functions. */
import { placesBy } from '../../charts/places.ts';
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { RankedResponse, Ranking } from '../../runs/views.ts';
import type { ClearRule } from '../../worlds/clear.ts';

/** Answers before it trains, and again before it trains further. */
export const ROUND = 5;

/** Pairs that are looked out; who asks for more gets the stock as it comes. */
export const PAIRS = 50;

/** Two short reviews, one glad and one not, of about one length. */
export const CLEAR: ClearRule = { attribute: 'sentiment', apart: 1, length: [6, 14], longer: 4 };

/**
 * What a round trains with; all else is as in the Lab. Found by training all 32 visitors that five pairs can have
 * (`tests/pure/front-door.test.ts` trains them again). All 32: what they chose became likelier, what they passed over less
 * likely. 20: another response came first in the ranking; on average 6.4 of the eight changed places. The 12 who chose by mood
 * (four or five times the glad one, or the other): the odds of glad against gloomy responses in the ranking went their way.
 * A higher rate or more steps move more and ruin the model: at 5e-4 and 40 steps it strays up to a nat a token.
 */
export const NUMBERS = {
  'optimiser.lr': 3e-4,
  'loop.steps': 24,
  'loop.batch': ROUND,
  'loop.evaluate_every': 2,
};

/** Of the ranking's responses, those that were likeliest before. */
const SHOWN = 8;

export interface RankedRow {
  /** Its number in the ranking, which stays. */
  i: number;
  response: RankedResponse;
  /** Its places among those shown, from 1: now, and under the reference. */
  place: number;
  before: number;
}

/** The rows that are shown, in the policy's order. */
export function rankedRows({ responses }: Ranking): RankedRow[] {
  const all = placesBy(responses.map(({ refLogp }) => refLogp));
  const shown = responses.flatMap((response, i) => {
    const before = all[i] as number;
    return before <= SHOWN ? [{ response, i, before }] : [];
  });
  const places = placesBy(shown.map(({ response }) => response.logp));
  return shown.map((row, k) => ({ ...row, place: places[k] as number })).sort((a, b) => a.place - b.place);
}

/** The row whose probability changed by most. */
export function furthest(rows: readonly RankedRow[]): RankedRow | undefined {
  const way = ({ response }: RankedRow): number => Math.abs(response.probability - response.refProbability);
  return [...rows].sort((a, b) => way(b) - way(a))[0];
}

/** How many times as probable as before the chosen and the rejected responses are: geometric means over the last pass. */
export function factors(
  rows: readonly StepMetrics[],
  labels: number,
  beta: number,
): { chosen: number; rejected: number } | null {
  const last = rows.slice(-Math.ceil(labels / ROUND));
  if (last.length === 0) return null;
  const mean = (key: 'rewards/chosen' | 'rewards/rejected'): number =>
    last.reduce((sum, row) => sum + row[key], 0) / last.length;
  return {
    chosen: Math.exp(mean('rewards/chosen') / beta),
    rejected: Math.exp(mean('rewards/rejected') / beta),
  };
}
