/** The loss editor: the formula in it, what is wrong with it, what it looks like. One writer: this class. Loads lazily. */
import type { Checked, Issue } from '../../base/errors.ts';
import { defaultsOf, type ParameterTable } from '../../base/parameters.ts';
import type { Device } from '../../engine/backend.ts';
import { openDevice } from '../../engine/open.ts';
import type { CheckedFormula } from '../../formulas/check.ts';
import type { GradientCheck } from '../../formulas/check-gradient.ts';
import { checkGradient } from '../../formulas/check-gradient.ts';
import type { LossField } from '../../formulas/loss-field.ts';
import { lossField } from '../../formulas/loss-field.ts';
import { NEEDS, type Need } from '../../formulas/quantities.ts';
import { unparse } from '../../formulas/unparse.ts';
import { checkedObjective } from '../../objectives/check.ts';
import { objectives, type Objective } from '../../objectives/index.ts';
import { NO_OPTIONS, type Options } from '../../objectives/options.ts';
import { FAMILIES, type Family } from '../../objectives/objective.ts';
import {
  ownParameter,
  readObjective,
  sameFormula,
  unmetNeeds,
  withOwn,
  type ObjectiveChoice,
  type WrittenObjective,
} from '../../recipes/objective.ts';
import { trlConfig, type TrlConfig } from '../../recipes/trl.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { armHash } from '../race/race-arms.ts';
import { barsOf, setOptions } from './loss-options.ts';
import type { Lab } from '../lab/lab.svelte.ts';
import type { LossChoice } from '../lab/settings.svelte.ts';

/** Typing settles for this long before a formula goes live. */
const SETTLE_MS = 250;
/** Points a side of the field, and along the margin. */
export const FIELD_POINTS = 11;
const MARGIN_POINTS = 97;
const RANGES = [2, 4, 8, 16, 32, 64, 128];

/** A built-in loss as the list shows it; `needs` says why labelled pairs can't train it, `''` where they can. */
export interface Offer {
  name: string;
  title: string;
  needs: string;
}

export interface LossPlots {
  range: number;
  field: LossField;
  /** Loss and its slope at margins from -2 range to 2 range. */
  margins: number[];
  loss: number[];
  slope: number[];
}

export function offers(): [family: string, offers: Offer[]][] {
  const all = [...objectives.values()].map((objective) => {
    const why = unmetNeeds(checkedObjective(objective)).map((need: Need) => NEEDS[need]);
    const { name, title, family } = objective;
    return { name, title, family, needs: why.join(', ') };
  });
  return (Object.keys(FAMILIES) as Family[]).map((family) => [
    FAMILIES[family],
    all.filter((offer) => offer.family === family),
  ]);
}

export class Loss {
  name = $state('');
  text = $state('');
  /** TRL's options, which rewrite the formula before it runs. */
  options = $state.raw<Options>(NO_OPTIONS);
  /** Counts the formulas that did not come from typing, for the editor to take over. */
  opened = $state(0);
  plots = $state.raw<LossPlots | null>(null);
  gradient = $state.raw<{ of: CheckedFormula; result: GradientCheck } | null>(null);
  /** The newest formula without a mistake. */
  right = $state.raw<CheckedFormula | null>(null);

  #ownNames = $state.raw<readonly string[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #device: Promise<Device> | null = null;
  #using: Promise<unknown> = Promise.resolve();
  #wanted = 0;
  /** What was read last. */
  #known: { of: ObjectiveChoice; read: WrittenObjective } | null = null;

  readonly objective: Objective = $derived(objectives.get(this.name) as Objective);
  readonly edited: boolean = $derived(this.text !== this.objective.formula);
  readonly formula: string | null = $derived(this.edited ? this.text : null);
  readonly own: Readonly<Record<string, number>> = $derived(
    Object.fromEntries(
      this.#ownNames
        .filter((name) => this.edited && new RegExp(`\\b${name}\\b`).test(this.text))
        .map((name) => [name, this.lab.settings.objective.own[name] ?? ownParameter(name).default]),
    ),
  );
  readonly #read: WrittenObjective = $derived(
    this.#readOnce({ name: this.name, formula: this.formula, own: this.own, options: this.options }),
  );
  readonly table: ParameterTable = $derived(withOwn(this, this.#read.named));
  readonly checked: Checked<CheckedFormula> = $derived(this.#read.formula);
  readonly bars = $derived(barsOf(this.objective.setting, this.#read.written));
  readonly optionsSet: readonly string[] = $derived(setOptions(this.options));
  /** The formula as it runs, where options have rewritten it; '' where it runs as it is written. */
  readonly rewritten: string = $derived(
    this.optionsSet.length > 0 && this.checked.ok ? unparse(this.checked.value.formula) : '',
  );
  readonly issues: readonly Issue[] = $derived(
    this.checked.ok ? needIssues(this.checked.value) : this.checked.issues,
  );
  /** Every number of the formula as it is set now. */
  readonly numbers: Readonly<Record<string, number>> = $derived.by(() => {
    const { parameters, own } = this.lab.settings.objective;
    const same = this.lab.settings.objective.name === this.name;
    return { ...defaultsOf(this.table), ...(same ? pick({ ...parameters, ...own }, this.table) : {}) };
  });

  constructor(private readonly lab: Lab) {
    const { name, formula, own, options } = lab.settings.objective;
    this.name = name;
    this.options = options ?? NO_OPTIONS;
    this.text = formula ?? this.objective.formula;
    this.#ownNames = Object.keys(own);
    this.#keepRight();
  }

  /** What stands behind `race/` in an address that takes this loss along as an arm. */
  get raceHash(): `#${string}` {
    return armHash({
      objective: this.name,
      parameters: pick(this.numbers, this.objective.parameters),
      lr: this.lab.settings.get('optimiser.lr'),
      formula: this.formula,
      own: this.own,
      options: this.options,
    });
  }

  /** Opens a built-in loss, with its own numbers. */
  open(name: string): void {
    if (!objectives.has(name)) return;
    this.name = name;
    this.text = this.objective.formula;
    this.#ownNames = [];
    this.options = NO_OPTIONS;
    this.opened += 1;
    this.#goLive(true);
  }

  /** Back to the formula as it came. */
  restore(): void {
    this.open(this.name);
  }

  edit(text: string): void {
    if (text === this.text) return;
    this.text = text;
    this.#keepRight();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#goLive(false), SETTLE_MS);
  }

  /** Rewrites the formula anew; a run takes it from its next step on. */
  setOptions(options: Options): void {
    this.options = options;
    this.#goLive(false);
  }

  /** The text with another name in place of the one that an issue received. */
  corrected({ at, received }: Issue, name: string): string {
    const [, line, column] = /line (\d+), column (\d+)/.exec(at) ?? [];
    const lines = this.text.split('\n');
    const row = lines[Number(line) - 1];
    const wrong = received.replaceAll("'", '');
    const start = Number(column) - 1;
    if (row?.startsWith(wrong, start) !== true) return this.text;
    const corrected = row.slice(0, start) + name + row.slice(start + wrong.length);
    return lines.with(Number(line) - 1, corrected).join('\n');
  }

  /** A name that the formula reads becomes a number with a slider. */
  makeNumber(name: string): void {
    this.#ownNames = [...this.#ownNames.filter((other) => other !== name), name];
    this.#goLive(false);
  }

  /** Another number of the same formula is no reason to read it again. */
  #readOnce(of: ObjectiveChoice): WrittenObjective {
    if (this.#known === null || !sameFormula(this.#known.of, of))
      this.#known = { of, read: readObjective(of) };
    return this.#known.read;
  }

  #keepRight(): void {
    if (this.checked.ok) this.right = this.checked.value;
  }

  #goLive(fresh: boolean): void {
    clearTimeout(this.#timer);
    this.#keepRight();
    if (this.issues.length > 0) return;
    const { own, options, name, formula, table } = this;
    const numbers: Record<string, number> = fresh ? defaultsOf(this.table) : this.numbers;
    const parameters = Object.fromEntries(
      Object.entries(numbers).filter(([key]) => !Object.hasOwn(own, key)),
    );
    const choice: LossChoice = { name, formula, parameters, own, options, table };
    this.lab.controls.setObjective(choice);
  }

  /** Loss and slopes over the plane of log-ratios, up to a range that holds all that was asked for. */
  async draw(
    checked: CheckedFormula,
    numbers: Readonly<Record<string, number>>,
    reach: number,
  ): Promise<void> {
    const order = ++this.#wanted;
    const range = RANGES.find((one) => one >= reach) ?? (RANGES.at(-1) as number);
    const margins = Array.from(
      { length: MARGIN_POINTS },
      (_, i) => range * (i / ((MARGIN_POINTS - 1) / 2) - 1),
    );
    const chosen = [...gridPoints(range).map(({ chosen: x }) => x), ...margins.map((m) => m / 2)];
    const rejected = [...gridPoints(range).map(({ rejected: x }) => x), ...margins.map((m) => -m / 2)];
    await this.#use(async (device) => {
      if (order !== this.#wanted) return;
      const all = await lossField(device, checked, numbers, { chosen, rejected });
      if (all === null) return;
      const size = FIELD_POINTS * FIELD_POINTS;
      const part = (values: ArrayLike<number>, from: number, to?: number): number[] =>
        Array.from(values).slice(from, to);
      const slopes = part(all.chosen, size).map((w, i) => (w - (all.rejected[size + i] as number)) / 2);
      this.plots = {
        range,
        field: {
          loss: part(all.loss, 0, size),
          chosen: part(all.chosen, 0, size),
          rejected: part(all.rejected, 0, size),
        },
        margins,
        loss: part(all.loss, size),
        slope: slopes,
      };
    });
  }

  async checkGradient(): Promise<void> {
    const { checked, numbers } = this;
    if (!checked.ok) return;
    await this.#use(async (device) => {
      this.gradient = { of: checked.value, result: await checkGradient(device, checked.value, numbers) };
    });
  }

  /** The float64 reference, one use after the other. */
  async #use(work: (device: Device) => Promise<void>): Promise<void> {
    this.#device ??= openDevice('reference', {
      wasm: () => Promise.reject(new Error('the reference needs no kernels')),
      gpu: undefined,
    });
    const device = await this.#device;
    const next = this.#using.then(() => work(device));
    this.#using = next.catch(() => undefined);
    await next;
  }

  trl(): TrlConfig {
    const { loop, optimiser, seed } = this.lab.settings.recipe() as Pick<
      Recipe,
      'loop' | 'optimiser' | 'seed'
    >;
    const { name, formula, options } = this;
    const objective = { name, formula, parameters: { ...this.numbers }, options };
    return trlConfig({ objective, loop, optimiser, seed });
  }
}

/** The plane's points, row by row from the lowest rejected log-ratio. */
export function gridPoints(range: number): { chosen: number; rejected: number }[] {
  const at = (i: number): number => range * ((2 * i) / (FIELD_POINTS - 1) - 1);
  return Array.from({ length: FIELD_POINTS * FIELD_POINTS }, (_, i) => ({
    chosen: at(i % FIELD_POINTS),
    rejected: at(Math.floor(i / FIELD_POINTS)),
  }));
}

function pick(numbers: Readonly<Record<string, number>>, table: ParameterTable): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).filter(([key]) => Object.hasOwn(table, key)));
}

function needIssues(checked: CheckedFormula): Issue[] {
  return unmetNeeds(checked).map((need) => ({
    code: 'recipe/unmet-need',
    at: 'the formula',
    expected: 'what labelled pairs can give',
    received: `something that needs ${NEEDS[need]}`,
    cure: 'Read log-probs, lengths and columns of pairs only.',
  }));
}
