/** The Lab: what a visitor can do, and how labels, numbers and the run hang together. Components call this and draw the rest. */
import { createContext } from 'svelte';
import { stream } from '../base/random.ts';
import type { FirstPicture } from '../recipes/views.ts';
import type { LabelsChange } from '../session/protocol.ts';
import type { World } from '../worlds/world.ts';
import type { Atlas } from './atlas.ts';
import { Curves } from './curves.svelte.ts';
import { Labelling, textOn, type Answer, type Judged, type PairSource } from './labelling.svelte.ts';
import { Picture } from './picture.svelte.ts';
import { Run, type RunSource } from './run.svelte.ts';
import type { LM_SIZES } from './settings.svelte.ts';
import { NUMBERS, Settings, type BackendChoice, type LossChoice } from './settings.svelte.ts';

const LOOP_STEPS = 'loop.steps';
const MOST_STEPS = NUMBERS.find(({ path }) => path === LOOP_STEPS)?.row.max ?? 1;
export const ORACLE_PAIRS = 200;

/** A change that only a new run can take, waiting for the visitor's word. */
export interface PendingChange {
  path: string;
  what: string;
  apply: () => void;
}

const ANNOUNCED: Record<Answer, string> = {
  left: 'Preferred A.',
  right: 'Preferred B.',
  tie: 'A tie.',
  both_bad: 'Both bad.',
  skip: 'Skipped.',
};

export class Lab {
  readonly settings = new Settings();
  readonly curves = new Curves();
  readonly labelling: Labelling;
  readonly picture: Picture;
  readonly run: Run;
  /** The world's own code, once it has loaded. */
  world = $state.raw<World | null>(null);
  pending = $state.raw<PendingChange | null>(null);
  /** Train was pressed with nothing to learn from. */
  needsLabels = $state(false);

  #loadingWorld: Promise<World> | null = null;
  /** How many steps Train adds once those asked for are done. */
  #round = this.settings.get(LOOP_STEPS);

  constructor(
    first: FirstPicture,
    readonly atlas: Atlas,
  ) {
    this.labelling = new Labelling(first);
    this.picture = new Picture(first);
    this.run = new Run(this.curves, this.picture);
  }

  /** After the first paint: live numbers take the place of the shipped ones. */
  async wake(site: string): Promise<void> {
    this.run.site = site;
    await Promise.all([this.loadWorld(), this.#openRun()]);
  }

  loadWorld(): Promise<World> {
    this.#loadingWorld ??= import('../worlds/index.ts').then(({ worldNamed }) => {
      this.world = worldNamed('reviews');
      return this.world;
    });
    return this.#loadingWorld;
  }

  // Labels

  async answer(answer: Answer): Promise<void> {
    const { labelling } = this;
    const before = labelling.current;
    if (!before) return;
    const waiting = labelling.record(answer);
    this.#labelsChanged();
    if (!waiting) await this.#nextPair();
    this.#announce(ANNOUNCED[answer]);
  }

  undo(): void {
    if (!this.labelling.undo()) return;
    this.#labelsChanged();
    this.#announce('Taken back.');
  }

  changeLabel(index: number, choice: Judged['choice']): void {
    this.labelling.change(index, choice);
    this.#labelsChanged();
  }

  removeLabel(index: number): void {
    this.labelling.remove(index);
    this.#labelsChanged();
  }

  labelWithOracle(): void {
    this.labelling.addAutomatic(ORACLE_PAIRS);
    this.#labelsChanged();
    this.labelling.announcement = `${this.labelling.automatic} pairs are labelled by the oracle.`;
  }

  removeAutomatic(): void {
    this.labelling.automatic = 0;
    this.#labelsChanged();
  }

  setRule(rule: string): void {
    this.labelling.rule = rule;
    this.#labelsChanged();
  }

  setNoise(noise: number): void {
    this.labelling.noise = noise;
    this.#labelsChanged();
  }

  async setSource(source: PairSource): Promise<void> {
    this.labelling.source = source;
    this.labelling.current = null;
    await this.#nextPair();
  }

  #announce(what: string): void {
    const { current } = this.labelling;
    const pair = current
      ? ` Next: ${current.promptText} A: ${textOn('left', current)} B: ${textOn('right', current)}`
      : '';
    this.labelling.announcement = what + pair;
  }

  async #nextPair(): Promise<void> {
    const { labelling } = this;
    const world = await this.loadWorld();
    const index = labelling.next;
    const sampled = labelling.source === 'policy' ? await this.#sampledPair(world, index) : null;
    if (labelling.current || labelling.next !== index) return; // Undo was quicker
    const seed = 0;
    const pair = sampled ?? world.pair(seed, index);
    labelling.show({
      reference: sampled
        ? { kind: 'given', prompt: pair.prompt.id, a: pair.a, b: pair.b }
        : { kind: 'stock', seed, index, split: 'train' },
      prompt: pair.prompt.id,
      promptText: pair.prompt.text,
      a: world.decode(pair.a),
      b: world.decode(pair.b),
    });
  }

  async #sampledPair(world: World, index: number) {
    const prompts = world.prompts.filter(({ split }) => split === 'train');
    const prompt = stream(0, 'prompts to label', index).pick(prompts);
    const pair = await this.run.samplePair(prompt.id, index);
    return pair && { prompt, ...pair };
  }

  #labels(): LabelsChange {
    const { labels, automatic, noise, rule } = this.labelling;
    return { recorded: [...labels], count: automatic, noise, rule };
  }

  #labelsChanged(): void {
    if (!this.labelling.empty) this.needsLabels = false;
    if (this.run.phase !== 'opening' && !this.run.alive) return;
    void this.run.setLabels(this.#labels());
  }

  // Training

  #source(): RunSource {
    const { settings } = this;
    const recipe = { ...settings.recipe(), labels: { labeler: 'noisy', ...this.#labels() } };
    return { recipe, backend: settings.backend };
  }

  #openRun(): Promise<boolean> {
    this.pending = null;
    return this.run.open(this.#source());
  }

  async train(): Promise<void> {
    if (this.labelling.empty) {
      this.needsLabels = true;
      return;
    }
    if (!(await this.#openIfNeeded())) return;
    if (this.run.phase === 'finished') {
      const steps = Math.min(MOST_STEPS, this.settings.get(LOOP_STEPS) + this.#round);
      this.settings.set(LOOP_STEPS, steps);
      await this.run.setNumber(LOOP_STEPS, steps);
    }
    await this.run.train();
  }

  async stepOnce(): Promise<void> {
    if (this.labelling.empty) {
      this.needsLabels = true;
      return;
    }
    if (await this.#openIfNeeded()) await this.run.stepOnce();
  }

  async reset(): Promise<void> {
    this.needsLabels = false;
    this.pending = null;
    if (!(await this.run.reset())) await this.#openRun();
  }

  async #openIfNeeded(): Promise<boolean> {
    return this.run.phase === 'opening' || this.run.alive ? this.run.ready() : this.#openRun();
  }

  // Numbers

  /** A number that a running run can take goes to it at once; another waits for the visitor's word. */
  setNumber(path: string, value: number): void {
    const setting = [...this.settings.lossRows, ...NUMBERS].find((one) => one.path === path);
    if (!setting || this.settings.get(path) === value) return;
    if (setting.live) {
      this.settings.set(path, value);
      if (path === LOOP_STEPS) this.#round = value;
      if (this.run.phase === 'opening' || this.run.alive) void this.run.setNumber(path, value);
      return;
    }
    const unit = setting.row.unit ? ` ${setting.row.unit}` : '';
    this.#needsNewRun(path, `${setting.row.label} ${value}${unit}`, () => {
      this.settings.set(path, value);
    });
  }

  /** Turns something on or off, in a run that is open too. */
  async setSwitch(path: string, on: boolean): Promise<void> {
    this.settings.switches[path] = on;
    if (this.run.phase !== 'opening' && !this.run.alive) return;
    // refused where the loss has no use for it
    if (!(await this.run.setLoop(this.settings.loopRecipe()))) this.settings.switches[path] = !on;
  }

  /** Another loss; a run that is open trains on it from its next step on. */
  setObjective(choice: LossChoice): void {
    this.settings.objective = choice;
    if (this.run.phase !== 'opening' && !this.run.alive) return;
    void this.run.setObjective(this.settings.objectiveRecipe());
  }

  setSize(size: (typeof LM_SIZES)[number]): void {
    this.#needsNewRun('model.size', `the size ${size}`, () => {
      this.settings.size = size;
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
      void this.#openRun();
    };
    if (this.run.step > 0) this.pending = { path, what, apply: accept };
    else accept();
  }
}

export const [useLab, provideLab] = createContext<Lab>();
