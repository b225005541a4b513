/** What a visitor chooses for a race, as plain data: the arms, and what they all share. */
import type { ParameterTable } from '../../base/parameters.ts';
import type { LmSize } from '../../models/lm/config.ts';
import type { Objective } from '../../objectives/index.ts';
import { NO_OPTIONS, type Options } from '../../objectives/options.ts';
import { setOptions } from '../loss/loss-options.ts';

/** An objective that learns from labelled pairs, as the page shows it before any of them has loaded. */
export type Offer = Pick<
  Objective,
  'name' | 'title' | 'family' | 'description' | 'formula' | 'parameters' | 'reduction' | 'paper'
>;

export interface ArmDraft {
  /** Only for the page: which draft this is, whatever becomes of its order. */
  id: number;
  objective: string;
  parameters: Record<string, number>;
  lr: number;
  /** Another formula in place of the objective's, and the numbers that only it has. */
  formula: string | null;
  own: Record<string, number>;
  options: Options;
}

export interface Shared {
  size: LmSize;
  rule: string;
  /** Stock pairs that the labeler labels. */
  count: number;
  noise: number;
  steps: number;
  batch: number;
  /** How many, and the first of them. */
  seeds: number;
  seed: number;
  /** Whether the reference follows the policy, and how. */
  sync_ref_model: boolean;
  ref_model_mixup_alpha: number;
  ref_model_sync_steps: number;
  backend: RaceBackend;
}

/** What is wished for; `auto` is WebGPU where there is a graphics processor, else WASM. */
export type RaceBackend = 'auto' | 'webgpu' | 'wasm';

export const FEWEST_SEEDS = 2;
export const MOST_SEEDS_HERE = 10;

export function defaultParameters(table: ParameterTable): Record<string, number> {
  return Object.fromEntries(Object.entries(table).map(([key, row]) => [key, row.default]));
}

/** About ten evaluations a run. */
export function evaluateEvery(steps: number): number {
  return Math.max(1, Math.round(steps / 10));
}

/** The recipe of an arm; its seed is the first of the race. Not checked. */
export function armRecipe(
  world: string,
  { objective, parameters, lr, formula, own, options }: ArmDraft,
  shared: Shared,
): Record<string, unknown> {
  const { size, rule, count, noise, steps, batch, seed } = shared;
  const { sync_ref_model, ref_model_mixup_alpha, ref_model_sync_steps } = shared;
  const moves = sync_ref_model ? { sync_ref_model, ref_model_mixup_alpha, ref_model_sync_steps } : {};
  return {
    version: 1,
    world,
    model: { kind: 'lm', size, start: 'pretrained' },
    labels: { labeler: 'noisy', rule, count, noise },
    objective: {
      name: objective,
      parameters: readBy(formula, parameters),
      formula,
      own: { ...own },
      options: { ...options },
    },
    loop: { kind: 'offline', steps, batch, evaluate_every: evaluateEvery(steps), ...moves },
    optimiser: { name: 'adamw', lr },
    seed,
  };
}

/** Another formula may read only some of the objective's numbers; a recipe has no others. */
export function readBy(
  formula: string | null,
  parameters: Readonly<Record<string, number>>,
): Record<string, number> {
  if (formula === null) return { ...parameters };
  const words = new Set(formula.match(/[A-Za-z_]\w*/g));
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => words.has(key)));
}

/** What stands behind `race/` in an address that brings an arm along, as from the Lab. */
export function armHash(arm: Omit<ArmDraft, 'id'>): `#${string}` {
  const { objective, parameters, lr, formula, own, options } = arm;
  return `#arm=${encodeURIComponent(JSON.stringify({ objective, parameters, lr, formula, own, options }))}`;
}

/** The arm that an address brings along; null for none or one that cannot be read. Its numbers are checked at the start. */
export function armOfHash(hash: string): Omit<ArmDraft, 'id'> | null {
  if (!hash.startsWith('#arm=')) return null;
  try {
    const value = JSON.parse(decodeURIComponent(hash.slice(5))) as Record<string, unknown>;
    const { objective, parameters, lr, formula = null, own = {}, options = NO_OPTIONS } = value;
    if (typeof objective !== 'string' || !isFinite(Number(lr)) || !isNumbers(parameters) || !isNumbers(own))
      return null;
    if (formula !== null && typeof formula !== 'string') return null;
    if (!isOptions(options)) return null;
    return { objective, parameters, lr: Number(lr), formula, own, options };
  } catch {
    return null;
  }
}

function isOptions(value: unknown): value is Options {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(NO_OPTIONS).every((key) => key in value);
}

function isNumbers(value: unknown): value is Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'number');
}

/**
 * An arm is named by its objective and by what rewrites the formula; where two share that, by the numbers in which they
 * differ as well.
 */
export function armNames(arms: readonly ArmDraft[]): string[] {
  const bases = arms.map(({ objective, formula, options }) => {
    const marks = [...(formula === null ? [] : ['own']), ...setOptions(options)];
    return marks.length === 0 ? objective : `${objective} (${marks.join(', ')})`;
  });
  return arms.map((arm, i) => {
    const base = bases[i] as string;
    const alike = arms.filter((_, j) => bases[j] === base);
    if (alike.length === 1) return base;
    const numbers: Record<string, number> = { ...arm.parameters, ...arm.own, lr: arm.lr };
    const differing = Object.keys(numbers).filter((key) =>
      alike.some((other) => ({ ...other.parameters, ...other.own, lr: other.lr })[key] !== numbers[key]),
    );
    const told = differing.map((key) => `${key} ${numbers[key]}`).join(', ');
    if (told !== '') return `${base}, ${told}`;
    return arm.formula === null ? base : `${base} ${1 + alike.indexOf(arm)}`;
  });
}
