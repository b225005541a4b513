/**
 * What a shared state would cost to run, known before anything runs. Upper bounds by arithmetic alone: no pair is drawn and no
 * program is built. Multiply-adds decide how long it takes; bytes are those of the arena.
 */
import type { Issue } from '../base/errors.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { lmConfig, parameterCount } from '../models/lm/config.ts';
import type { World } from '../worlds/world.ts';
import type { Expression } from '../formulas/syntax.ts';
import { formulaOf } from '../recipes/objective.ts';
import { heldOutPairs } from '../runs/observe.ts';
import { capacity } from '../runs/shape.ts';
import type { Recipe } from '../recipes/schema.ts';
import { lastRecipe } from '../runs/story.ts';
import type { SharedState } from './shared.ts';

export interface Cost {
  /** Runs: one for a story, arms x seeds for a race. */
  runs: number;
  /** Updates of all runs together. */
  steps: number;
  /** Of the model. */
  parameters: number;
  /** Tokens that all updates read. */
  tokens: number;
  multiplyAdds: number;
  /** Of one run's arena. */
  bytes: number;
}

/** Past this the page asks again before it starts: some minutes on a slow machine. */
export const HEAVY = 1e12;
/** Past these nothing starts: more than a day at 10^10 multiply-adds a second, and more than browsers give a page. */
export const MOST_MULTIPLY_ADDS = 1e15;
export const MOST_BYTES = 1e9;

/** Responses of a ranking, which an evaluation reads under two models; see observe.ts. */
const RANKED = 2 * 12;
/** Responses that are sampled and scored when a run is opened and when it ends. */
const SAMPLED = 2 * (96 + 32);

/** `world`: the state's. */
export function costOf(state: SharedState, world: World): Cost {
  if (state.kind === 'lab') {
    const last = lastRecipe(state.story);
    return runCost(last, world, state.receipt?.steps ?? last.loop.steps);
  }
  const costs = state.arms.map(({ recipe }) => runCost(recipe, world, recipe.loop.steps));
  const sum = (key: keyof Cost): number => state.seeds * costs.reduce((total, cost) => total + cost[key], 0);
  const most = (key: keyof Cost): number => Math.max(...costs.map((cost) => cost[key]));
  return {
    runs: sum('runs'),
    steps: sum('steps'),
    parameters: most('parameters'),
    tokens: sum('tokens'),
    multiplyAdds: sum('multiplyAdds'),
    bytes: most('bytes'),
  };
}

/** Of one run of the recipe. */
export function runCost(recipe: Recipe, world: World, steps: number): Cost {
  const { loop, model } = recipe;
  const config = lmConfig(model.size, world.words.length, world.context);
  const parameters = parameterCount(config);
  // "both bad" may give two pairs, and each pair may have a response of another pair beside its own two
  const pairs = 2 * recipe.labels.recorded.length + recipe.labels.count;
  const readings = 1 + (loop.sync_ref_model ? Math.floor(steps / loop.ref_model_sync_steps) : 0);
  const tokens = steps * 2 * loop.batch * config.context;
  const evaluated = 2 * heldOutPairs(world) + RANKED;
  const evaluations = 1 + Math.ceil(steps / loop.evaluate_every);
  const read = (3 * pairs * readings + SAMPLED + 2 * evaluations * evaluated) * config.context;
  // a token costs its parameters once forward and twice backward, once in the reference where the formula asks, and once
  // more for responses of other pairs
  const forward = parameters + config.layers * 2 * config.width * config.context;
  return {
    runs: 1,
    steps,
    parameters,
    tokens,
    multiplyAdds: forward * (5 * tokens + read),
    bytes: arenaBytes(recipe, config, parameters, pairs),
  };
}

/** Bytes of a float, and what a tensor of the forward program costs with its gradient. */
const WORD = 4;
const WITH_GRADIENT = 2;

function arenaBytes(recipe: Recipe, config: LmConfig, parameters: number, pairs: number): number {
  const { batch } = recipe.loop;
  const { context, heads, hidden, layers, vocabulary, width } = config;
  const rows = 2 * batch * context;
  // policy, reference, start, two of the optimiser, the gradient
  const states = 6 * parameters;
  const data = (5 * 2 + 4) * capacity(pairs) * context;
  const layer = 12 * width + 4 * hidden + 2 * heads * context;
  const decoder = WITH_GRADIENT * rows * (layers * layer + 2 * vocabulary + 4 * width);
  const formula = WITH_GRADIENT * formulaSize(recipe) * rows;
  // scoring rows with all their probabilities
  const scoring = SCORED * context * (2 * vocabulary + layer + 4 * width);
  return WORD * (states + data + decoder + formula + scoring);
}

/** Rows that are scored at once, under two models; see scorer.ts. */
const SCORED = 2 * 16;

/** Expressions of the formula that runs: what it adds to the program is at most a few ops for each. */
function formulaSize({ objective }: Recipe): number {
  const formula = formulaOf(objective);
  const lines = formula.ok ? formula.value.formula : [];
  return lines.reduce((sum, { value }) => sum + expressions(value), 0);
}

function expressions(e: Expression): number {
  const parts =
    e.kind === 'binary'
      ? [e.left, e.right]
      : e.kind === 'negate'
        ? [e.operand]
        : e.kind === 'call'
          ? e.arguments
          : [];
  return parts.reduce((sum, part) => sum + expressions(part), 1);
}

export const isHeavy = ({ multiplyAdds }: Cost): boolean => multiplyAdds > HEAVY;

/** `rate`: multiply-adds a second, measured by the caller. */
export const estimatedSeconds = ({ multiplyAdds }: Cost, rate: number): number => multiplyAdds / rate;

/** Why it is not run at all; empty for what may be. */
export function costIssues({ multiplyAdds, bytes, runs, steps, parameters }: Cost): Issue[] {
  const issues: Issue[] = [];
  if (multiplyAdds > MOST_MULTIPLY_ADDS) {
    issues.push({
      code: 'link/too-heavy',
      at: 'loop.steps',
      expected: `at most ${MOST_MULTIPLY_ADDS.toExponential()} multiply-adds`,
      received: `${multiplyAdds.toExponential(1)}: ${runs} runs, ${steps} steps in all, ${parameters} parameters`,
      cure: 'Take fewer steps, seeds or arms, smaller batches, or evaluate less often.',
    });
  }
  if (bytes > MOST_BYTES) {
    issues.push({
      code: 'link/too-large-to-run',
      at: 'loop.batch',
      expected: `at most ${MOST_BYTES / 1e6} MB of memory`,
      received: `${Math.ceil(bytes / 1e6)} MB`,
      cure: 'Take a smaller batch, a smaller model or a shorter formula.',
    });
  }
  return issues;
}
