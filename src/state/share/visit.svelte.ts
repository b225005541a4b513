/** A shared state that is looked at: what it would cost, its run, and what holding that against its receipt shows. Loads lazily. */
import { sameValue } from '../../base/same.ts';
import { worldsOf } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import type { LabState } from '../../links/shared.ts';
import { OPEN_VIEW } from '../../links/visible.ts';
import { isSeenAgain } from '../../links/seen.ts';
import { compare } from '../../runs/receipt.ts';
import { checkRecipe } from '../../recipes/check.ts';
import { lastRecipe, storyOf, type Story } from '../../runs/story.ts';
import { describeVerdict, isReproduced } from '../../runs/verdict.ts';
import { settingsOf } from '../lab/adopt.ts';
import type { Lab } from '../lab/lab.svelte.ts';
import type { RunPhase } from '../run/training-run.svelte.ts';
import type { ToldRun } from '../../session/protocol.ts';
import { Weighed } from '../lab/weighed.svelte.ts';
import { findingOf, type Finding } from './finding.ts';
import { recordedOf } from './recorded.ts';

export interface Outcome {
  good: boolean;
  /** A sentence, without its full stop. */
  words: string;
}

/** What is known of what a link shows: that somebody says so, that it came out again here, or that something else did. */
export type Claim = 'told' | 'reproduced' | 'other';

export class Visit extends Weighed {
  /** The story is being told to be held against its receipt. */
  verifying = $state(false);
  outcome = $state.raw<Outcome | null>(null);
  /** Of the finding. */
  claim = $state<Claim>('told');
  /** What it shows of its run; null where it shows nothing. */
  readonly finding: Finding | null;

  /** The visitor has labelled here, set numbers or trained: something that is nowhere else. */
  readonly changed: boolean = $derived.by(
    () =>
      this.lab.run.step > 0 ||
      this.lab.labelling.events !== this.#labelsCame ||
      !sameValue(this.lab.settings.recipe(), this.#numbersCame),
  );
  /** Labels and numbers as the state has them. */
  #labelsCame = $state.raw<readonly unknown[]>([]);
  #numbersCame = $state.raw<unknown>(null);
  #started = false;
  #turned = false;

  constructor(
    readonly lab: Lab,
    readonly state: LabState,
    world: World,
  ) {
    super(state, world);
    this.finding = findingOf(state, world);
  }

  /** Whether it opens on what whoever shared it has to say. */
  get opensOnFinding(): boolean {
    return this.state.note !== undefined || this.finding !== null;
  }

  /** Shows what the state says; nothing runs. */
  async enter(): Promise<void> {
    this.lab.view = this.state.view;
    this.lab.mayOpen = () => this.#mayOpen();
    this.lab.run.onphase = (phase) => void this.#look(phase);
    const { prompt: _prompt, ...rest } = this.state;
    await this.lab.adopt({ ...rest });
    this.#labelsCame = this.lab.labelling.events;
    this.#came();
  }

  #came(): void {
    this.#numbersCame = $state.snapshot(this.lab.settings.recipe());
  }

  /** The prompt is turned to when a run opens: until then the ranking that came with the page is about another. */
  turnToPrompt(): void {
    const prompt = this.lab.worldSummary.prompts.find(({ id }) => id === this.state.prompt);
    if (prompt && !this.#turned) void this.lab.run.monitor.follow(prompt.id, prompt.text);
    this.#turned = true;
  }

  /** Asked by the Lab before any run of it is opened: what is set now decides, not what the link said. */
  #mayOpen(): boolean {
    const checked = checkRecipe(this.lab.recipe(), worldsOf(this.world));
    if (checked.ok) this.weigh({ ...this.state, receipt: null, story: storyOf(checked.value.recipe) });
    const allowed = this.allowed();
    if (allowed) this.turnToPrompt();
    return allowed;
  }

  async agree(): Promise<void> {
    this.yes();
    await this.begin();
  }

  /** Trains as the state says; what has a receipt is held against it at the end. */
  async begin(): Promise<void> {
    const { story, receipt } = this.state;
    this.weigh(this.state);
    if (!this.allowed()) return;
    this.outcome = null;
    this.claim = 'told';
    this.lab.controls.take(settingsOf(story.recipe));
    this.#came();
    this.#started = false;
    this.verifying = false;
    if (receipt === null && story.changes.length === 0) return this.lab.train();
    const steps = receipt?.steps ?? lastRecipe(story).loop.steps;
    // what is open already was not told, so it can't be held against anything
    this.turnToPrompt();
    const backend = receipt !== null && receipt.digest !== null ? 'wasm' : undefined;
    const opened = await this.lab.tellStory(story.recipe, { changes: story.changes, steps }, backend);
    if (!opened) return;
    this.verifying = receipt !== null;
    await this.lab.run.train();
  }

  /** Whether the story has been told to its end, or won't be. */
  async #look(phase: RunPhase): Promise<void> {
    if (!this.verifying) return;
    // the worker's answer may be here before its news: the run is under way once that is heard
    this.#started ||= phase !== 'ready';
    if (!this.#started || phase === 'running' || phase === 'paused') return;
    this.verifying = false;
    this.outcome = phase === 'finished' ? await this.#judged() : phase === 'failed' ? STOPPED : CHANGED;
  }

  async #judged(): Promise<Outcome> {
    const told = await this.lab.run.told();
    const { receipt, story } = this.state;
    if (!told?.receipt || receipt === null) return STOPPED;
    if (told.receipt.steps !== receipt.steps || !isSame(told.story, story, receipt.steps)) return CHANGED;
    const verdict = compare(receipt, told.receipt);
    const words = describeVerdict(verdict, receipt);
    // within a tolerance nothing that is shown comes out to the letter
    if (verdict.kind === 'reproduced') this.claim = await this.#heldAgainst(told);
    if (this.claim === 'other') return { good: false, words: `${words}. ${OTHER}` };
    return { good: isReproduced(verdict), words };
  }

  /** The receipt holds the run, not what its link shows: that is held against what was seen here. */
  async #heldAgainst(told: ToldRun): Promise<Claim> {
    const { seen, prompt } = this.state;
    const recorded = seen && (await recordedOf(this.lab, told, prompt));
    if (!seen || !recorded) return 'told';
    return isSeenAgain(seen, recorded, prompt) ? 'reproduced' : 'other';
  }

  showEverything(): void {
    this.lab.view = OPEN_VIEW;
  }

  /** The Lab stays as it is, and is the visitor's own from now on. */
  release(): void {
    this.showEverything();
    this.lab.mayOpen = () => true;
    this.lab.run.onphase = null;
  }
}

const OTHER = 'But the curves and samples that the link shows are not those of this run';
const CHANGED: Outcome = { good: false, words: 'Changed on the way, so there is nothing to verify' };
const STOPPED: Outcome = { good: false, words: 'Stopped on the way, so there is nothing to compare' };

/** Changes after the last step made no difference. */
function isSame(told: Story, shared: Story, steps: number): boolean {
  const heard = ({ recipe, changes }: Story): Story => ({
    recipe,
    changes: changes.filter(({ step }) => step < steps),
  });
  return sameValue(heard(told), heard(shared));
}
