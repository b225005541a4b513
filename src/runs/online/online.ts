/**
 * The rounds of one run: what was written and judged last, the pairs that come of it, and the best parameters so far. The runner
 * asks for a round before the first update and after each `steps_per_round`; between rounds it trains as on any other pairs.
 */
import { sameValue } from '../../base/same.ts';
import { mean } from '../../base/maths.ts';
import type { Values } from '../../engine/backend.ts';
import type { CheckedRecipe } from '../../recipes/check.ts';
import type { OnlineLoop } from '../../recipes/schema.ts';
import type { Prompt, World } from '../../worlds/world.ts';
import { NO_PAIRS } from '../pairs.ts';
import type { Scorer } from '../scorer.ts';
import type { RoundView, TasteView, WrittenView } from '../views.ts';
import type { Features } from './features.ts';
import { featuresOf } from './features.ts';
import { packRound, unpackRound } from './pack.ts';
import type { Round } from './round.ts';
import type { Standing, Written } from './rounds.ts';
import { askedIn, bestAgainstWorst, judged, standingOf } from './rounds.ts';
import type { Taste } from './taste.ts';
import { tasteOf, weightsOf } from './taste.ts';

/** After so many rounds in a row in which nothing got better, the best parameters are put back and training ends. */
const PATIENCE = 5;
/** Where less than this share of the base's sound responses is left, the language breaks: training ends. */
const COLLAPSED = 0.75;

/** So far towards the target, what is written must stay as sound as this share of what the base writes, or training ends there. */
const FAR = 0.75;
const STRAINED = 0.95;

/** Why no further round is trained on. */
export type RoundsEnd = 'reached' | 'strained' | 'no-better' | 'collapsed';

/** States of a snapshot that hold a round. */
const ROUND = 'online.round';
const BEST = 'online.best';
export const ROUND_STATES: readonly string[] = [ROUND, BEST];

/** What a round does with the run's policy. */
export interface PolicyAccess {
  scorer: Scorer;
  read(): Promise<Values>;
  write(parameters: Values): void;
}

export interface Rounds {
  /** The newest; null before the first, and where labels have changed since. */
  readonly round: Round | null;
  /** What was written in it; null before the first, and for one that was brought back. */
  readonly view: RoundView | null;
  readonly end: RoundsEnd | null;
  readonly taste: TasteView;
  /** Why none can begin, as a sentence with a cure; null where one can. */
  readonly obstacle: string | null;
  /** The policy as it is now writes and is judged; where it ends here, the best parameters are put back. `step`: updates made so far. */
  begin(policy: PolicyAccess, step: number): Promise<Round>;
  /** Where there is a round and nothing to be shown of it: the policy writes for that alone. */
  look(policy: PolicyAccess, step: number): Promise<void>;
  /** Another recipe of the same shape; the round stays, unless its labels come to another taste. */
  recipeIs(checked: CheckedRecipe): void;
  /** States for a snapshot. */
  states(): Readonly<Record<string, Values>>;
  restore(states: Readonly<Record<string, Values>>): void;
}

/** What a model was asked, and what it wrote. */
interface Wrote {
  prompts: Prompt[];
  responses: number[][];
}

export function openRounds(first: CheckedRecipe): Rounds {
  const { world } = first;
  const features = featuresOf(world) as Features; // the recipe was checked: there are some
  let checked = first;
  let taste = tasteOf(first, features);
  let round: Round | null = null;
  let view: RoundView | null = null;
  /** In the best round; not known of one that was brought back. */
  let bestWritten: readonly Written[] | null = null;
  /** What the model before training writes, to be judged by whatever taste. */
  let start: Wrote | null = null;

  const loop = (): OnlineLoop => checked.recipe.loop as OnlineLoop;
  const current = (): Round | null =>
    round && sameValue(round.weights, taste.reward.weights) ? round : null;

  const write = async (scorer: Scorer, model: 'policy' | 'start', number: number): Promise<Wrote> => {
    const { prompts, streams } = askedIn(world, checked.recipe.seed, loop(), number);
    const tokens = prompts.map((prompt) => prompt.tokens);
    return { prompts, responses: await scorer.sampleEach(tokens, model, checked.recipe.seed, streams) };
  };

  /** How what was written stands beside what the model before training writes, by the taste of now. */
  const stand = async (scorer: Scorer, own: (base: Wrote) => Promise<Wrote> | Wrote) => {
    start ??= await write(scorer, 'start', 0);
    const [base, now] = [start, await own(start)].map(({ prompts, responses }) =>
      judged(world, taste, features, prompts, responses),
    ) as [Written[], Written[]];
    const [was, is] = [standingOf(base), standingOf(now)];
    return { base, now, shift: shiftOf(was, is), sound: is.sound, baseSound: was.sound };
  };

  const begin = async ({ scorer, read, write: put }: PolicyAccess, step: number): Promise<Round> => {
    const before = current();
    const number = (round?.number ?? -1) + 1;
    const { base, now, shift, sound, baseSound } = await stand(scorer, (untrained) =>
      step === 0 && number === 0 ? untrained : write(scorer, 'policy', number),
    );
    const better = before === null || shift > before.best.shift;
    const best = better
      ? { shift, parameters: await read(), since: 0 }
      : { ...before.best, since: before.best.since + 1 };
    const pairs = bestAgainstWorst(now, loop().num_generations);
    round = {
      number,
      weights: taste.reward.weights,
      shift,
      sound,
      baseSound,
      best,
      pairs,
    };
    const ends = endOf(round, loop());
    const isLast = step >= loop().steps;
    const putBack = (ends === 'no-better' || ends === 'collapsed' || isLast) && best.since > 0;
    if (putBack) put(best.parameters);
    if (better) bestWritten = now;
    // what is shown is of the parameters that the policy has now
    const shown = putBack && bestWritten ? { shift: best.shift, now: bestWritten } : { shift, now };
    view = viewOf({ world, features, taste, step, number, end: ends, base, ...shown });
    return round;
  };

  return {
    get round() {
      return current();
    },
    get view() {
      return view;
    },
    get end() {
      const now = current();
      return now && endOf(now, loop());
    },
    get taste() {
      return tasteView(taste, features);
    },
    get obstacle() {
      if (taste.decided === 0) return NO_PAIRS;
      return taste.understood ? null : NOT_UNDERSTOOD;
    },
    begin,
    look: async ({ scorer }, step) => {
      if (round === null || view !== null) return;
      const { number } = round;
      const { base, now, shift } = await stand(scorer, () => write(scorer, 'policy', number));
      view = viewOf({ world, features, taste, step, number, shift, end: endOf(round, loop()), base, now });
    },
    recipeIs: (next) => {
      const sameLabels = sameValue(next.recipe.labels, checked.recipe.labels);
      checked = next;
      if (!sameLabels) taste = tasteOf(next, features);
    },
    states: (): Record<string, Values> =>
      round === null ? {} : { [ROUND]: packRound(round), [BEST]: round.best.parameters },
    restore: (states) => {
      const [packed, best] = [states[ROUND], states[BEST]];
      round = packed && best ? unpackRound(packed, best) : null;
      view = null;
      bestWritten = null;
    },
  };
}

const NOT_UNDERSTOOD =
  'I can’t make out what you like: these answers fit a coin as well as a taste. Answer another pair, or take one back.';

/** In standard deviations of the base's rewards; how far a model that writes nothing sound has come is not known. */
function shiftOf(base: Standing, now: Standing): number {
  return now.sound === 0 ? -Infinity : (now.mean - base.mean) / (base.deviation || 1);
}

function endOf(
  { shift, sound, baseSound, best, pairs }: Round,
  { target_shift }: OnlineLoop,
): RoundsEnd | null {
  if (sound < COLLAPSED * baseSound) return 'collapsed';
  if (shift >= target_shift) return 'reached';
  if (shift >= FAR * target_shift && sound < STRAINED * baseSound) return 'strained';
  return best.since >= PATIENCE || pairs.length === 0 ? 'no-better' : null;
}

interface Seen {
  world: World;
  features: Features;
  taste: Taste;
  step: number;
  number: number;
  shift: number;
  end: RoundsEnd | null;
  base: readonly Written[];
  now: readonly Written[];
}

function viewOf({ world, features, taste, step, number, shift, end, base, now }: Seen): RoundView {
  return {
    step,
    round: number,
    shift,
    end,
    taste: tasteView(taste, features),
    before: writtenView(world, base),
    now: writtenView(world, now),
  };
}

export function tasteView(taste: Taste, { attributes }: Features): TasteView {
  const { reward, labels, understood } = taste;
  const weights = weightsOf(taste).map((one, k) => ({ key: attributes[k]?.key as string, ...one }));
  return { weights, evidence: reward.evidence, labels, understood };
}

function writtenView({ attributes, score }: World, written: readonly Written[]): WrittenView {
  const sound = written.filter(({ reward }) => reward !== null);
  const scores = sound.map(({ prompt, response }) => score(prompt, response));
  const columns = attributes.map(({ key }) => [key, scores.map((one) => one[key] as number)] as const);
  return {
    rewards: sound.map(({ reward }) => reward as number),
    sound: sound.length / written.length,
    scores: Object.fromEntries(columns),
    means: Object.fromEntries(columns.map(([key, values]) => [key, mean(values)])),
  };
}
