/** The Lab: what a visitor can do, and how labels, numbers and the run hang together. Components call this and draw the rest. */
import { createContext } from 'svelte';
import { stream } from '../base/random.ts';
import type { ControlPath, PanelId, View } from '../recipes/link/view.ts';
import { isHidden, isLocked, OPEN_VIEW } from '../recipes/link/visible.ts';
import type { FirstPicture } from '../recipes/views.ts';
import { pairOf } from '../labelers/pairs.ts';
import type { Candidates, Choice, PairReference } from '../labelers/labeler.ts';
import type { LabState } from '../recipes/link/shared.ts';
import { heldModel } from '../recipes/given.ts';
import type { Recipe } from '../recipes/schema.ts';
import { lastRecipe } from '../recipes/story.ts';
import type { OwnWorld } from '../session/own-world.ts';
import type { LabelsChange, Telling } from '../session/protocol.ts';
import type { Answered } from '../storage/events.ts';
import type { Prompt, Tokens, World } from '../worlds/world.ts';
import type { Atlas } from './atlas.ts';
import { Curves } from './curves.svelte.ts';
import { Keep } from './keep.svelte.ts';
import { Labelling, textOn, type Answer, type Pair, type PairSource } from './labelling.svelte.ts';
import { Picture } from './picture.svelte.ts';
import { Run } from './run.svelte.ts';
import type { RunSource } from './run-source.ts';
import type { LM_SIZES } from './settings.svelte.ts';
import {
  MOST_AUTOMATIC,
  NUMBERS,
  PRETRAINED,
  Settings,
  type BackendChoice,
  type LossChoice,
  type SettingsTaken,
} from './settings.svelte.ts';

const LOOP_STEPS = 'loop.steps';
const MOST_STEPS = NUMBERS.find(({ path }) => path === LOOP_STEPS)?.row.max ?? 1;
export const ORACLE_PAIRS = 200;

/** A change that only a new run can take, waiting for the visitor's word. */
export interface PendingChange {
  path: string;
  what: string;
  apply: () => void;
}

/** Two different responses to a prompt, for pair number `index`; null where there is none to be had. */
export type Sampler = (prompt: Prompt, index: number) => Promise<{ a: Tokens; b: Tokens } | null>;

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
  readonly keep: Keep;
  /** The world's own code, once it has loaded. */
  world = $state.raw<World | null>(null);
  pending = $state.raw<PendingChange | null>(null);
  /** What a link hides and locks; one's own Lab shows everything. */
  view = $state.raw<View>(OPEN_VIEW);
  /** Train was pressed with nothing to learn from. */
  needsLabels = $state(false);
  /** Grows whenever all settings are replaced at once: what holds copies of them begins anew. */
  replaced = $state(0);

  /** Asked before any run is opened; what a link has brought may be too much. */
  mayOpen: () => boolean = () => true;

  /** Another model whose samples are labelled. */
  sampler = $state.raw<Sampler | null>(null);

  #loadingWorld: Promise<World> | null = null;
  /** The run that is open was never begun, and the numbers have changed since. */
  #stale = false;
  /** How many steps Train adds once those asked for are done. */
  #round = this.settings.get(LOOP_STEPS);

  constructor(
    first: FirstPicture,
    readonly atlas: Atlas,
    /** What a link has brought: it stays in memory, and the storage is not opened for it. */
    private readonly guest = false,
    /** The world that it is about, where that is made of the visitor's own data. */
    readonly own?: OwnWorld,
  ) {
    this.settings.world = atlas.world;
    const [rule] = atlas.rules;
    this.labelling = new Labelling(first, {
      rule: rule?.name ?? '',
      most: Math.min(MOST_AUTOMATIC, atlas.stock ?? MOST_AUTOMATIC),
    });
    this.picture = new Picture(first);
    this.run = new Run(this.curves, this.picture);
    this.keep = new Keep(this);
    this.run.follower = {
      recipe: (recipe) => void this.#follow(recipe),
      returned: (recipe, step, losses) => void this.#welcome(recipe, step, losses),
      health: (health) => this.keep.workerHealth(health),
    };
  }

  /** After the first paint: what was kept comes back, and live numbers take the place of the shipped ones. */
  async wake(site: string): Promise<void> {
    this.run.site = site;
    await Promise.all([this.loadWorld(), this.keep.open()]);
    await this.openKept();
  }

  /** The page is left: what runs is kept as it is, and nothing trains on unseen. */
  leave(): void {
    if (this.guest) void this.run.leave();
    else this.keep.close();
  }

  hides(panel: PanelId): boolean {
    return isHidden(this.view, panel);
  }

  locks(path: ControlPath): boolean {
    return isLocked(this.view, path);
  }

  loadWorld(): Promise<World> {
    this.#loadingWorld ??= import('../worlds/index.ts').then(({ worldNamed }) => {
      const world = worldNamed(this.atlas.world);
      this.world = world;
      this.labelling.readBy((reference) => readPair(world, reference));
      return world;
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

  changeLabel(id: string, choice: Answered): void {
    this.labelling.change(id, choice);
    this.#labelsChanged();
  }

  removeLabel(id: string): void {
    this.labelling.remove(id);
    this.#labelsChanged();
  }

  /**
   * Labels by somebody else (`source`: a labeler's name), of `count` pairs of the stock that nobody has seen. Rejects as
   * `choose` does, and then records nothing.
   */
  async labelWith(
    source: string,
    count: number,
    choose: (pairs: readonly Candidates[]) => Promise<readonly Choice[]>,
  ): Promise<void> {
    const world = await this.loadWorld();
    const first = this.labelling.reserve(count);
    const pairs = Array.from({ length: count }, (_, i) => {
      const pair: PairReference = { kind: 'stock', seed: 0, index: first + i, split: 'train' };
      return { index: first + i, pair };
    });
    const choices = await choose(pairs.map(({ pair }) => pairOf(world, pair)));
    const said = pairs.flatMap((one, i) => {
      const choice = choices[i];
      return choice === undefined ? [] : [{ ...one, choice }];
    });
    this.labelling.recordFrom(source, said);
    this.#labelsChanged();
  }

  removeLabelsFrom(source: string): void {
    this.labelling.removeFrom(source);
    this.#labelsChanged();
  }

  /** Whose samples are labelled while it is there; null: the stock's or the policy's, as the visitor chose. */
  async setSampler(sampler: Sampler | null): Promise<void> {
    this.sampler = sampler;
    this.labelling.current = null;
    await this.#nextPair();
  }

  labelWithOracle(pairs = ORACLE_PAIRS): void {
    this.labelling.addAutomatic(pairs);
    this.#labelsChanged();
    this.labelling.announcement = `${this.labelling.automatic} pairs are labelled by the oracle.`;
  }

  removeAutomatic(): void {
    this.labelling.removeAutomatic();
    this.#labelsChanged();
  }

  setRule(rule: string): void {
    this.labelling.setRule(rule);
    this.#labelsChanged();
  }

  setNoise(noise: number): void {
    this.labelling.setNoise(noise);
    this.#labelsChanged();
  }

  async setSource(source: PairSource): Promise<void> {
    this.sampler = null;
    this.labelling.setSource(source);
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
    const sampled =
      this.sampler || labelling.source === 'policy' ? await this.#sampledPair(world, index) : null;
    if (labelling.current) return; // Undo was quicker
    if (labelling.next !== index) return this.#nextPair(); // another tab was
    const reference: PairReference = sampled
      ? { kind: 'given', prompt: sampled.prompt.id, a: sampled.a, b: sampled.b }
      : { kind: 'stock', seed: 0, index, split: 'train' };
    const pair = readPair(world, reference);
    if (pair) labelling.show(pair);
  }

  async #sampledPair(world: World, index: number) {
    const prompts = world.prompts.filter(({ split }) => split === 'train');
    const prompt = stream(0, 'prompts to label', index).pick(prompts);
    const pair = await (this.sampler?.(prompt, index) ?? this.run.samplePair(prompt.id, index));
    return pair && { prompt, ...pair };
  }

  #labels(): LabelsChange {
    const { learned, automatic, noise, rule } = this.labelling;
    return { recorded: [...learned], count: automatic, noise, rule };
  }

  #labelsChanged(): void {
    if (!this.labelling.empty) this.needsLabels = false;
    if (this.run.phase !== 'opening' && !this.run.alive) return;
    void this.run.changes.setLabels(this.#labels());
  }

  // Training

  /** What a new run would train; not checked. */
  recipe(): Record<string, unknown> {
    return {
      ...this.settings.recipe(),
      labels: { labeler: 'noisy', ...this.#labels() },
    };
  }

  #source(): RunSource {
    return { recipe: this.recipe(), backend: this.settings.backend, own: this.own };
  }

  /** A new run in place of the one before; `tell`: one that tells a story to its end, from the recipe that it began with. */
  async openRun(tell?: { recipe: Recipe; telling: Telling; backend?: BackendChoice }): Promise<boolean> {
    if (!tell) return this.#open(false);
    const { recipe, telling, backend = this.settings.backend } = tell;
    return this.#open(false, { recipe, backend, tell: telling });
  }

  /** The run as it was left, if one was kept; else a new one. Nothing trains by itself. */
  openKept(): Promise<boolean> {
    return this.#open(true);
  }

  /** The only way to a run, so that none is opened unasked. */
  async #open(resume: boolean, instead: Partial<RunSource> = {}): Promise<boolean> {
    this.pending = null;
    if (!this.mayOpen()) return false;
    this.#stale = false;
    const source = { ...this.#source(), ...this.keep.place(resume), ...instead };
    const digest = (source.recipe as Recipe).model.digest;
    return this.run.open({ ...source, given: digest === undefined ? undefined : heldModel(digest) });
  }

  /** The run goes by another recipe than the page. */
  async #follow(recipe: Recipe): Promise<void> {
    const { settingsOf } = await import('./adopt.ts');
    this.takeSettings(settingsOf(recipe));
  }

  /** A run that was kept has come back: the page's numbers follow it, and it follows the labels, which other tabs write too. */
  async #welcome(recipe: Recipe, step: number, losses: readonly string[]): Promise<void> {
    await this.#follow(recipe);
    if (!(await this.run.ready())) return;
    const { steps } = recipe.loop;
    const where =
      step < steps ? `step ${step} of ${steps}. Train goes on from there.` : `finished at step ${step}.`;
    const here = step > 0 ? [`Your run is here as you left it: ${where}`] : [];
    this.run.notice = [...losses, ...here].join(' ');
    if (!sameLabels(recipe, this.#labels())) await this.run.changes.setLabels(this.#labels());
  }

  /** Labels came from another tab or an earlier visit. */
  labelsCame(more: boolean): void {
    this.#labelsChanged();
    if (more) void this.#nextPair();
  }

  /** Another tab set the numbers: a run that was not begun is opened anew when it is wanted. */
  settingsCame(): void {
    this.#stale = true;
  }

  /**
   * Sets everything to what a link or file says, as it stands at the end of its story: settings, labels, prompt. No run is
   * open afterwards, and none is started: Train opens one, or `openRun`. For a Lab that a link has brought.
   */
  async adopt({ story, prompt }: LabState): Promise<void> {
    const recipe = lastRecipe(story);
    const { actsOf, settingsOf } = await import('./adopt.ts');
    const world = await this.loadWorld();
    await this.run.leave();
    this.pending = null;
    this.needsLabels = false;
    this.takeSettings(settingsOf(recipe));
    const asked = world.prompts.find(({ id }) => id === prompt);
    if (asked) await this.run.watch.follow(asked.id, asked.text);
    if (this.labelling.beginWith(actsOf(recipe.labels))) await this.#nextPair();
  }

  takeSettings(taken: SettingsTaken): void {
    this.settings.take(taken);
    this.#round = this.settings.get(LOOP_STEPS);
    this.replaced++;
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
      await this.run.changes.setNumber(LOOP_STEPS, steps);
    }
    await this.keep.worked();
    await this.run.train();
  }

  async stepOnce(): Promise<void> {
    if (this.labelling.empty) {
      this.needsLabels = true;
      return;
    }
    if (!(await this.#openIfNeeded())) return;
    await this.keep.worked();
    await this.run.stepOnce();
  }

  async reset(): Promise<void> {
    this.needsLabels = false;
    this.pending = null;
    if (!(await this.run.reset())) await this.openRun();
  }

  async #openIfNeeded(): Promise<boolean> {
    if (!this.guest) await this.keep.open();
    if (this.run.phase === 'opening') return this.run.ready();
    // after a crash of the worker the run goes on from where it was kept
    if (!this.run.alive) return this.openKept();
    return this.#stale ? this.openRun() : this.run.ready();
  }

  // Numbers

  /** A number that a running run can take goes to it at once; another waits for the visitor's word. */
  setNumber(path: string, value: number): void {
    const setting = [...this.settings.lossRows, ...NUMBERS].find((one) => one.path === path);
    if (!setting || this.settings.get(path) === value) return;
    if (setting.live) {
      this.settings.set(path, value);
      if (path === LOOP_STEPS) this.#round = value;
      if (this.run.phase === 'opening' || this.run.alive) void this.run.changes.setNumber(path, value);
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
    if (!(await this.run.changes.setLoop(this.settings.loopRecipe()))) this.settings.switches[path] = !on;
  }

  /** Another loss; a run that is open trains on it from its next step on. */
  setObjective(choice: LossChoice): void {
    this.settings.objective = choice;
    if (this.run.phase !== 'opening' && !this.run.alive) return;
    void this.run.changes.setObjective(this.settings.objectiveRecipe());
  }

  setSize(size: (typeof LM_SIZES)[number]): void {
    const given = this.settings.start.start === 'given'; // such a model has a size of its own
    const of = given ? ' of the base model' : '';
    this.#needsNewRun('model.size', `the size ${size}${of}`, () => {
      this.settings.size = size;
      if (given) this.settings.start = PRETRAINED;
    });
  }

  /** From a model that was brought and is held here. A run that waits for just this one goes on where it was kept. */
  startFrom({ size, digest }: { size: (typeof LM_SIZES)[number]; digest: string }): void {
    const { settings } = this;
    if (settings.start.digest === digest && settings.size === size && !this.run.alive)
      return void this.openKept();
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

  setBackend(backend: BackendChoice): void {
    this.#needsNewRun('backend', 'another backend', () => {
      this.settings.backend = backend;
    });
  }

  /** With steps behind it, a run is not thrown away unasked. */
  #needsNewRun(path: string, what: string, apply: () => void): void {
    const accept = (): void => {
      apply();
      void this.openRun();
    };
    if (this.run.step > 0) this.pending = { path, what, apply: accept };
    else accept();
  }
}

function sameLabels({ labels }: Recipe, { recorded, count, noise, rule }: LabelsChange): boolean {
  const { recorded: before, count: counted, noise: flipped, rule: by } = labels;
  return JSON.stringify([before, counted, flipped, by]) === JSON.stringify([recorded, count, noise, rule]);
}

/** Null for what this world can't say: labels that came from elsewhere are no mistake of the program. */
function readPair(world: World, reference: PairReference): Pair | null {
  try {
    const { prompt, a, b } = pairOf(world, reference);
    const [first, second] = [world.decode(a), world.decode(b)];
    return { reference, prompt: prompt.id, promptText: prompt.text, a: first, b: second };
  } catch {
    return null;
  }
}

export const [useLab, provideLab] = createContext<Lab>();
