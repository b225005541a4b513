/** The numbers of the recipe that a visitor may set, drawn from the parameter tables alone. One writer: the Lab. */
import { LM_SIZES, type LmSize } from '../../models/lm/config.ts';
import { defaultsOf, type Parameter, type ParameterTable, type Switch } from '../../base/parameters.ts';
import { FIRST_WORLD } from '../../worlds/index.ts';
import { objectives } from '../../objectives/index.ts';
import type { Options } from '../../objectives/options.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { optimiserParameters } from '../../training/optimiser.ts';
import {
  labelParameters,
  loopParameters,
  onlineParameters,
  seedParameter,
  syncSwitch,
} from '../../recipes/parameters.ts';
import type { ONLINE } from '../../recipes/online.ts';

export type BackendChoice = 'auto' | 'wasm' | 'webgpu';

export interface NumberSetting {
  /** Where it stands in the recipe: `optimiser.lr`. */
  path: string;
  row: Parameter;
  /** The first ones are always in view; the others wait under "More". */
  main: boolean;
  /** Whether a run that is open can take another value, or a new run must start. */
  live: boolean;
  /** The switch, or the way of training, without which the number means nothing. */
  under?: string;
}

export interface SwitchSetting {
  path: string;
  row: Switch;
  /** The numbers that it opens. */
  opens: readonly NumberSetting[];
}

const MAIN = new Set(['objective.parameters.beta', 'optimiser.lr', 'loop.batch', 'loop.steps', 'seed']);
/** These change the shape of the graph or the order of the data, so a run can't take them in mid-flight. */
const NEW_RUN = new Set(['loop.batch', 'loop.prompts_per_round', 'loop.num_generations', 'seed']);

const OBJECTIVE = 'sigmoid';

/** How labels become training: on the labelled pairs themselves, or on what they say about a taste. */
export type Way = Recipe['loop']['kind'];

/** What the run trains on: a named objective, or a formula in its place; and the numbers of it. */
export interface LossChoice {
  name: string;
  formula: string | null;
  parameters: Readonly<Record<string, number>>;
  /** Numbers that only this formula has. */
  own: Readonly<Record<string, number>>;
  /** TRL's options; null where none is set. */
  options: Options | null;
  /** The rows of both. */
  table: ParameterTable;
}

function named(name: string, parameters: LossChoice['parameters'] = {}): LossChoice {
  const table = objectives.get(name)?.parameters ?? {};
  return {
    name,
    formula: null,
    parameters: { ...defaultsOf(table), ...parameters },
    own: {},
    options: null,
    table,
  };
}

function rowsOf(prefix: string, table: ParameterTable, under?: string): NumberSetting[] {
  return Object.entries(table).map(([key, row]) => {
    const path = prefix + key;
    const setting = { path, row, main: MAIN.has(path), live: !NEW_RUN.has(path) };
    return under === undefined ? setting : { ...setting, under };
  });
}

/** All that is turned on and off; a run takes each in mid-flight. */
export const SWITCHES: readonly SwitchSetting[] = Object.entries(syncSwitch).map(([key, row]) => {
  const path = `loop.${key}`;
  return { path, row, opens: rowsOf('loop.', row.opens, path) };
});

export const NUMBERS: readonly NumberSetting[] = [
  ...rowsOf('optimiser.', optimiserParameters),
  ...rowsOf('loop.', loopParameters),
  ...rowsOf('', seedParameter),
  ...SWITCHES.flatMap(({ opens }) => opens),
  ...rowsOf('loop.', onlineParameters, 'online' satisfies Way),
];

export const NOISE_ROW: Parameter = labelParameters.noise;
/** Most stock pairs that a recipe may have labelled automatically. */
export const MOST_AUTOMATIC = labelParameters.count.max;

export { LM_SIZES };

const LOSS_PATH = /^objective\.(own|parameters)\.(.+)$/;

/** Everything that a recipe says about the numbers, in the page's own form. */
export interface SettingsTaken {
  way: Way;
  numbers: Readonly<Record<string, number>>;
  switches: Readonly<Record<string, boolean>>;
  objective: LossChoice;
  size: LmSize;
  start: Start;
  reference: Reference | null;
}

/** What a run begins with, as a recipe says it under `model`. */
export type Start = Pick<Recipe['model'], 'start' | 'digest'>;

/** What losses and rewards are measured by, where it is not the model before training. */
export type Reference = NonNullable<Recipe['model']['reference']>;

export const PRETRAINED: Start = { start: 'pretrained' };

export class Settings {
  /** The world that the Lab is about. */
  world = FIRST_WORLD;
  readonly numbers = $state<Record<string, number>>(
    Object.fromEntries(NUMBERS.map(({ path, row }) => [path, row.default])),
  );
  readonly switches = $state<Record<string, boolean>>(
    Object.fromEntries(SWITCHES.map(({ path, row }) => [path, row.default])),
  );
  objective = $state.raw<LossChoice>(named(OBJECTIVE));
  way = $state<Way>('offline');
  size = $state<LmSize>('micro');
  start = $state.raw<Start>(PRETRAINED);
  reference = $state.raw<Reference | null>(null);
  backend = $state<BackendChoice>('auto');

  /** The numbers of the loss; a run can take all of them on the way. */
  readonly lossRows: NumberSetting[] = $derived(
    Object.entries(this.objective.table).flatMap(([key, row]) => {
      const part = Object.hasOwn(this.objective.own, key) ? 'own' : 'parameters';
      return rowsOf(`objective.${part}.`, { [key]: row });
    }),
  );

  get(path: string): number {
    const [, part, key] = LOSS_PATH.exec(path) ?? [];
    if (key === undefined) return this.numbers[path] as number;
    return this.objective[part as 'own' | 'parameters'][key] as number;
  }

  set(path: string, value: number): void {
    const [, part, key] = LOSS_PATH.exec(path) ?? [];
    if (key === undefined) this.numbers[path] = value;
    else {
      const numbers = { ...this.objective[part as 'own' | 'parameters'], [key]: value };
      this.objective = { ...this.objective, [part as 'own' | 'parameters']: numbers };
    }
  }

  take({ way, numbers, switches, objective, size, start, reference }: SettingsTaken): void {
    this.way = way;
    Object.assign(this.numbers, numbers);
    Object.assign(this.switches, switches);
    this.objective = objective;
    this.size = size;
    this.start = start;
    this.reference = reference;
  }

  /** Another way of training, with the numbers and the loss that are made for it. */
  turnTo(way: Way, { loop, optimiser, objective }: typeof ONLINE): void {
    const own = { ...prefixed('loop.', loop), ...prefixed('optimiser.', optimiser) };
    const usual = NUMBERS.map(({ path, row }) => [
      path,
      way === 'online' ? (own[path] ?? row.default) : row.default,
    ]);
    Object.assign(this.numbers, Object.fromEntries(usual), { seed: this.numbers['seed'] });
    this.objective = way === 'online' ? named(objective.name, objective.parameters) : named(OBJECTIVE);
    this.way = way;
  }

  /** What stands under `objective` in the recipe. */
  objectiveRecipe(): Record<string, unknown> {
    const { name, formula, parameters, own, options } = this.objective;
    return { name, formula, parameters: { ...parameters }, own: { ...own }, ...(options && { options }) };
  }

  /** The numbers and switches of a part of the recipe; what a switch opens only where it is on. */
  #part(prefix: string): Record<string, number | boolean> {
    const numbers = NUMBERS.filter(
      ({ under }) => under === undefined || under === this.way || this.switches[under] === true,
    );
    const all: [string, number | boolean][] = [
      ...numbers.map(({ path }): [string, number] => [path, this.get(path)]),
      ...Object.entries(this.switches),
    ];
    const inside = all.filter(([path]) => path.startsWith(prefix));
    return Object.fromEntries(inside.map(([path, value]) => [path.slice(prefix.length), value]));
  }

  /** What stands under `loop` in the recipe. */
  loopRecipe(): Record<string, unknown> {
    return { kind: this.way, ...this.#part('loop.') };
  }

  /** The recipe's parts that these numbers make; labels are added by the Lab. */
  recipe(): Record<string, unknown> {
    return {
      version: 1,
      world: this.world,
      model: {
        kind: 'lm',
        size: this.size,
        ...this.start,
        ...(this.reference && { reference: this.reference }),
      },
      objective: this.objectiveRecipe(),
      loop: this.loopRecipe(),
      optimiser: { name: 'adamw', ...this.#part('optimiser.') },
      seed: this.get('seed'),
    };
  }
}

const prefixed = (prefix: string, values: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'number' ? [[prefix + key, value]] : [],
    ),
  );

/** The number that a typed text means, or why it can't be used. */
export function readNumber(
  text: string,
  row: Parameter,
): { ok: true; value: number } | { ok: false; why: string } {
  const value = Number(text.trim().replace('\u2212', '-'));
  const kind = row.integer === true ? 'a whole number' : 'a number';
  if (text.trim() === '' || !Number.isFinite(value) || (row.integer === true && !Number.isInteger(value))) {
    return { ok: false, why: `Give ${kind} from ${row.min} to ${row.max}.` };
  }
  if (value < row.min || value > row.max) return { ok: false, why: `From ${row.min} to ${row.max}.` };
  return { ok: true, value };
}

/** Slider positions run from 0 to 1; a logarithmic row spreads its range by ratios. */
export function toPosition(value: number, row: Parameter): number {
  if (row.scale === 'log') return Math.log(value / row.min) / Math.log(row.max / row.min);
  return (value - row.min) / (row.max - row.min);
}

export function fromPosition(position: number, row: Parameter): number {
  if (row.scale !== 'log') {
    const value = row.min + Math.round((position * (row.max - row.min)) / row.step) * row.step;
    return Number(clamp(value, row).toPrecision(10));
  }
  const value = row.min * (row.max / row.min) ** position;
  return clamp(row.integer === true ? Math.round(value) : Number(value.toPrecision(2)), row);
}

function clamp(value: number, row: Parameter): number {
  return Math.min(row.max, Math.max(row.min, value));
}
