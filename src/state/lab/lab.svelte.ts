/** The Lab: how labels, settings and the run hang together, and how a run is opened, trained and left. One writer: this class. */
import { createContext } from 'svelte';
import { sameValue } from '../../base/same.ts';
import type { ControlPath, PanelId, View } from '../../links/view.ts';
import { isHidden, isLocked, OPEN_VIEW } from '../../links/visible.ts';
import type { FirstPicture } from '../../runs/views.ts';
import type { LabState } from '../../links/shared.ts';
import { broughtModels } from '../../runs/given.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { lastRecipe } from '../../runs/story.ts';
import type { OwnWorld } from '../../session/own-world.ts';
import type { OutsideReference } from '../../session/trainer-handle.ts';
import type { LabelsChange, Telling } from '../../session/protocol.ts';
import { builtInWorld } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import type { WorldSummary } from './world-summary.ts';
import { Controls } from './controls.svelte.ts';
import { Curves } from '../run/curves.svelte.ts';
import { Keep } from '../keep/keep.svelte.ts';
import { LabelActions } from '../label/label-actions.svelte.ts';
import { Labelling } from '../label/labelling.svelte.ts';
import { ModelView } from './model-view.svelte.ts';
import { TrainingRun } from '../run/training-run.svelte.ts';
import type { RunSource } from '../run/run-source.ts';
import { MOST_AUTOMATIC, Settings, type BackendChoice } from './settings.svelte.ts';
import { readPair } from '../label/shown-pair.ts';

/** A world of the visitor's own data: opened here, and as it goes to the worker. */
export interface OwnWorldHere {
  world: World;
  sent: OwnWorld;
}

export class Lab {
  readonly settings = new Settings();
  readonly curves = new Curves();
  readonly labelling: Labelling;
  readonly modelView: ModelView;
  readonly run: TrainingRun;
  readonly keep: Keep;
  /** What the visitor does with pairs, and what they set. */
  readonly labelActions: LabelActions;
  readonly controls: Controls;
  /** The world's own code, once it has loaded. */
  world = $state.raw<World | null>(null);
  /** What a link hides and locks; one's own Lab shows everything. */
  view = $state.raw<View>(OPEN_VIEW);
  /** Train was pressed with nothing to learn from. */
  needsLabels = $state(false);

  /** Asked before a run is opened; what a link has brought may be too much. Its visit sets this, and takes it back. */
  mayOpen: () => boolean = () => true;

  /** A model from outside that is open, and may be what losses are measured by. */
  #outside: OutsideReference | null = null;

  #loadingWorld: Promise<World> | null = null;
  /** The run that is open was never begun, and the numbers have changed since. */
  #stale = false;

  constructor(
    first: FirstPicture,
    readonly worldSummary: WorldSummary,
    /** What a link has brought: it stays in memory, and the storage is not opened for it. */
    private readonly guest = false,
    /** The world that it is about, where that is made of the visitor's own data. */
    private readonly own?: OwnWorldHere,
    /** Models that runs may start from because the visitor brought them, by digest; the Labs of a page share them. */
    readonly brought = broughtModels(),
  ) {
    this.settings.world = worldSummary.world;
    const [rule] = worldSummary.rules;
    this.labelling = new Labelling(first, {
      rule: rule?.name ?? '',
      most: Math.min(MOST_AUTOMATIC, worldSummary.stock ?? MOST_AUTOMATIC),
    });
    this.modelView = new ModelView(first);
    this.run = new TrainingRun(this.curves, this.modelView);
    this.keep = new Keep(this);
    this.controls = new Controls(this.settings, this.run, this);
    this.labelActions = new LabelActions(
      this.labelling,
      () => this.loadWorld(),
      ({ id }, index) => this.run.samplePair(id, index),
    );
    this.labelling.onchange = () => this.#labelsChanged();
    this.run.follower = {
      recipe: (recipe) => void this.#follow(recipe),
      returned: (recipe, step, losses) => void this.#welcome(recipe, step, losses),
      health: (health) => this.keep.workerHealth(health),
      deleted: () => void this.keep.runDeleted(),
    };
  }

  /** After the first paint: what was kept comes back, and live numbers take the place of the shipped ones. */
  async wake(site: string): Promise<void> {
    this.run.site = site;
    await Promise.all([this.loadWorld(), this.keep.open()]);
    await this.resumeRun();
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
    this.#loadingWorld ??= this.#bringWorld().catch((error: unknown) => {
      this.#loadingWorld = null; // what could not be loaded is asked for again
      throw error;
    });
    return this.#loadingWorld;
  }

  async #bringWorld(): Promise<World> {
    const world = this.own?.world ?? (await builtInWorld(this.worldSummary.world));
    this.world = world;
    this.labelling.readBy((reference) => readPair(world, reference));
    return world;
  }

  // Labels

  #labels(): LabelsChange {
    const { learned, automatic, noise, rule } = this.labelling;
    return { recorded: [...learned], count: automatic, noise, rule };
  }

  #labelsChanged(): void {
    if (!this.labelling.empty) this.needsLabels = false;
    if (this.run.takesChanges) void this.run.setLabels(this.#labels());
  }

  /** Labels came from another tab or an earlier visit. */
  labelsCame(more: boolean): void {
    this.#labelsChanged();
    if (more) void this.labelActions.nextPair();
  }

  // Opening a run

  /** What a new run would train; not checked. */
  recipe(): Record<string, unknown> {
    return {
      ...this.settings.recipe(),
      labels: { labeler: 'noisy', ...this.#labels() },
    };
  }

  #source(): RunSource {
    return { recipe: this.recipe(), backend: this.settings.backend, own: this.own?.sent };
  }

  /** A new run in place of the one before. */
  openRun(): Promise<boolean> {
    return this.#open(false);
  }

  /** A run that tells a story to its end, from the recipe that it began with; whoever tells it has weighed it. */
  tellStory(recipe: Recipe, tell: Telling, backend?: BackendChoice): Promise<boolean> {
    return this.#open(false, { recipe, tell, ...(backend && { backend }) }, true);
  }

  /** The run as it was left, if one was kept; else a new one. Nothing trains by itself. */
  resumeRun(): Promise<boolean> {
    return this.#open(true);
  }

  /** The only way to a run, so that none is opened unasked. */
  async #open(resume: boolean, instead: Partial<RunSource> = {}, weighed = false): Promise<boolean> {
    this.controls.pending = null;
    if (!weighed && !this.mayOpen()) return false;
    this.#stale = false;
    const source = { ...this.#source(), ...this.keep.place(resume), ...instead };
    const digest = (source.recipe as Recipe).model.digest;
    const given = digest === undefined ? undefined : this.brought.get(digest)?.parameters;
    return this.run.open({ ...source, given, outside: this.#outside });
  }

  /** The run goes by another recipe than the page. */
  async #follow(recipe: Recipe): Promise<void> {
    const { settingsOf } = await import('./adopt.ts');
    this.controls.take(settingsOf(recipe));
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
    if (!sameLabels(recipe, this.#labels())) await this.run.setLabels(this.#labels());
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
    this.controls.pending = null;
    this.needsLabels = false;
    this.controls.take(settingsOf(recipe));
    const asked = world.prompts.find(({ id }) => id === prompt);
    if (asked) await this.run.monitor.follow(asked.id, asked.text);
    if (this.labelling.beginWith(actsOf(recipe.labels))) await this.labelActions.nextPair();
  }

  // Training

  async train(): Promise<void> {
    if (!(await this.#isReadyToTrain())) return;
    const { run, settings, controls } = this;
    // rounds end before the last step that was asked for
    if (run.phase === 'finished' && run.step >= settings.get('loop.steps')) await controls.addRound();
    await this.keep.worked();
    await this.run.train();
  }

  async stepOnce(): Promise<void> {
    if (!(await this.#isReadyToTrain())) return;
    await this.keep.worked();
    await this.run.stepOnce();
  }

  async reset(): Promise<void> {
    this.needsLabels = false;
    this.controls.pending = null;
    if (await this.run.reset()) return;
    await this.keep.restoreIfGone();
    await this.openRun();
  }

  /** There is something to learn from, and a run is open. */
  async #isReadyToTrain(): Promise<boolean> {
    this.needsLabels = this.labelling.empty;
    if (this.needsLabels) return false;
    if (!this.guest) await this.keep.open();
    if (this.run.phase === 'opening') return this.run.ready();
    // after a crash of the worker the run goes on from where it was kept
    if (!this.run.alive) return this.resumeRun();
    return this.#stale ? this.openRun() : this.run.ready();
  }

  /** From now on there is such a model, or none. A run of one's own that waits for just this one goes on where it was kept. */
  offerReference(outside: OutsideReference | null): void {
    this.#outside = outside;
    const { phase, alive } = this.run;
    const waits = phase === 'failed' && !alive && !this.guest;
    if (outside && waits && this.settings.reference?.sha256 === outside.sha256) void this.resumeRun();
  }
}

function sameLabels({ labels }: Recipe, { recorded, count, noise, rule }: LabelsChange): boolean {
  const { recorded: before, count: counted, noise: flipped, rule: by } = labels;
  return sameValue([before, counted, flipped, by], [recorded, count, noise, rule]);
}

export const [useLab, provideLab] = createContext<Lab>();
