/**
 * What the visitor sets. A run that is open takes it at once where it can; what only a new run can take waits for the
 * visitor's word where there is something to lose. One writer: this class.
 */
import type { TrainingRun } from '../run/training-run.svelte.ts';
import {
  NUMBERS,
  PRETRAINED,
  type BackendChoice,
  type LM_SIZES,
  type LossChoice,
  type Reference,
  type Settings,
  type SettingsTaken,
  type Way,
} from './settings.svelte.ts';

type Size = (typeof LM_SIZES)[number];

const LOOP_STEPS = 'loop.steps';
const MOST_STEPS = NUMBERS.find(({ path }) => path === LOOP_STEPS)?.row.max ?? 1;

/** A change that only a new run can take, waiting for the visitor's word. */
export interface PendingChange {
  path: string;
  what: string;
  apply: () => void;
}

export interface RunOpener {
  /** A new run in place of the one before. */
  openRun(): Promise<boolean>;
  /** The run as it was left, if one was kept; else a new one. */
  resumeRun(): Promise<boolean>;
}

export class Controls {
  pending = $state.raw<PendingChange | null>(null);
  /** Grows whenever all settings are replaced at once: what holds copies of them begins anew. */
  replaced = $state(0);

  /** How many steps Train adds once those asked for are done. */
  #round: number;

  constructor(
    private readonly settings: Settings,
    private readonly run: TrainingRun,
    private readonly opener: RunOpener,
  ) {
    this.#round = settings.get(LOOP_STEPS);
  }

  /** All settings at once, from a link, a file or what was kept; no run hears of it. */
  take(taken: SettingsTaken): void {
    this.settings.take(taken);
    this.#round = this.settings.get(LOOP_STEPS);
    this.replaced++;
  }

  // At once

  /** A number that a running run can take goes to it at once; another waits for the visitor's word. */
  setNumber(path: string, value: number): void {
    const { settings, run } = this;
    const setting = [...settings.lossRows, ...NUMBERS].find((one) => one.path === path);
    if (!setting || settings.get(path) === value) return;
    if (setting.live) {
      settings.set(path, value);
      if (path === LOOP_STEPS) this.#round = value;
      if (run.takesChanges) void run.setNumber(path, value);
      return;
    }
    const unit = setting.row.unit ? ` ${setting.row.unit}` : '';
    this.#needsNewRun(path, `${setting.row.label} ${value}${unit}`, () => settings.set(path, value));
  }

  /** A run that is through goes on for another round. */
  async addRound(): Promise<void> {
    const steps = Math.min(MOST_STEPS, this.settings.get(LOOP_STEPS) + this.#round);
    this.settings.set(LOOP_STEPS, steps);
    await this.run.setNumber(LOOP_STEPS, steps);
  }

  /** Turns something on or off, in a run that is open too. */
  async setSwitch(path: string, on: boolean): Promise<void> {
    const { settings, run } = this;
    settings.switches[path] = on;
    if (!run.takesChanges) return;
    // refused where the loss has no use for it
    if (!(await run.setLoop(settings.loopRecipe()))) settings.switches[path] = !on;
  }

  /** Another loss; a run that is open trains on it from its next step on. */
  setObjective(choice: LossChoice): void {
    this.settings.objective = choice;
    if (this.run.takesChanges) void this.run.setObjective(this.settings.objectiveRecipe());
  }

  // With a new run

  /** Another way from labels to training, with the numbers that are made for it. */
  async setWay(way: Way): Promise<void> {
    const { ONLINE } = await import('../../recipes/online.ts');
    const { settings } = this;
    if (settings.way === way) return;
    this.#needsNewRun(
      'loop.kind',
      way === 'online' ? 'training on your taste' : 'training on these pairs',
      () => {
        settings.turnTo(way, ONLINE);
        this.#round = settings.get(LOOP_STEPS);
        this.replaced++;
      },
    );
  }

  setSize(size: Size): void {
    const { settings } = this;
    const given = settings.start.start === 'given'; // such a model has a size of its own
    const of = given ? ' of the base model' : '';
    this.#needsNewRun('model.size', `the size ${size}${of}`, () => {
      settings.size = size;
      if (given) settings.start = PRETRAINED;
    });
  }

  /** From a model that was brought and is held here. A run that waits for just this one goes on where it was kept. */
  startFrom({ size, digest }: { size: Size; digest: string }): void {
    const { settings } = this;
    if (settings.start.digest === digest && settings.size === size && !this.run.alive)
      return void this.opener.resumeRun();
    this.#needsNewRun('model.digest', 'this model', () => {
      settings.size = size;
      settings.start = { start: 'given', digest };
    });
  }

  /** From the world's base model again. */
  startFromBase(): void {
    this.#needsNewRun('model.start', 'the base model', () => {
      this.settings.start = PRETRAINED;
    });
  }

  /** Losses and rewards are measured by this model from outside; null: by the model before training again. */
  measureBy(reference: Reference | null): void {
    const what = reference ? 'a reference from outside' : 'the model before training as its reference';
    this.#needsNewRun('model.reference', what, () => {
      this.settings.reference = reference;
    });
  }

  setBackend(backend: BackendChoice): void {
    this.#needsNewRun('backend', 'another backend', () => {
      this.settings.backend = backend;
    });
  }

  /** With steps behind it, a run is not thrown away unasked. */
  #needsNewRun(path: string, what: string, apply: () => void): void {
    const accept = (): void => {
      apply();
      void this.opener.openRun();
    };
    if (this.run.step > 0) this.pending = { path, what, apply: accept };
    else accept();
  }
}
