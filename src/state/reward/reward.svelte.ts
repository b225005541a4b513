/** The page of reward models: what is chosen, what trains, what has come out. One writer: this class. */
import { createContext } from 'svelte';
import { sameValue } from '../../base/same.ts';
import type { ErrorData } from '../../base/errors.ts';
import type { ParameterTable } from '../../base/parameters.ts';
import type { RewardRow } from '../../metrics/reward.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { RewardAudit, RewardEvaluation, RewardRanking } from '../../runs/reward/views.ts';
import type { RewardHandle } from '../../session/reward-handle.ts';
import type { RewardEvent, RewardOpened, RewardPhase } from '../../session/reward-protocol.ts';
import type { WorldSummary } from '../lab/world-summary.ts';
import { NO_LABELS, readOwnLabels, splitLabels, type OwnLabels } from './reward-labels.ts';

/** An objective that trains a reward model, as the page knows it before its code has loaded. */
export interface RewardOffer {
  name: string;
  title: string;
  description: string;
  formula: string;
  parameters: ParameterTable;
}

export interface RewardChoices {
  source: 'oracle' | 'mine';
  rule: string;
  count: number;
  noise: number;
  objective: string;
  /** Of the objective, by name. */
  parameters: Record<string, number>;
  size: 'nano' | 'micro';
  lr: number;
  steps: number;
  batch: number;
  seed: number;
}

/** Evaluations on the way. */
const EVALUATIONS = 10;
const FIRST: RewardChoices = {
  source: 'oracle',
  rule: 'positive',
  count: 200,
  noise: 0,
  objective: 'bradley_terry',
  parameters: {},
  size: 'micro',
  lr: 5e-4,
  steps: 100,
  batch: 16,
  seed: 0,
};

export class RewardPage {
  readonly choices = $state<RewardChoices>({ ...FIRST });
  own = $state.raw<OwnLabels>(NO_LABELS);
  phase = $state<'idle' | 'opening' | RewardPhase>('idle');
  step = $state(0);
  stepsPerSecond = $state<number | null>(null);
  rows = $state.raw<readonly RewardRow[]>([]);
  evaluations = $state.raw<readonly RewardEvaluation[]>([]);
  audit = $state.raw<RewardAudit | null>(null);
  ranking = $state.raw<RewardRanking | null>(null);
  failure = $state.raw<ErrorData | null>(null);
  /** Of the model that is open: what it was opened with, and what the worker made of it. */
  opened = $state.raw<{ choices: RewardChoices; recipe: unknown; reply: RewardOpened } | null>(null);
  /** Step under the pointer, shared by the curves. */
  cursor = $state<number | null>(null);

  readonly offer: RewardOffer = $derived.by(() => {
    const { objective } = this.choices;
    return this.offers.find(({ name }) => name === objective) ?? (this.offers[0] as RewardOffer);
  });
  readonly evaluation: RewardEvaluation | null = $derived(this.evaluations.at(-1) ?? null);
  /** Whether what is chosen now is not what the open model was made with. */
  readonly changed: boolean = $derived(this.opened !== null && !sameValue(this.recipe(), this.opened.recipe));
  readonly busy: boolean = $derived(['opening', 'running', 'measuring'].includes(this.phase));
  /** What stands in the way of training, as a sentence; '' where nothing does. */
  readonly lacks: string = $derived.by(() => {
    if (this.choices.source === 'oracle' || this.own.decided > 0) return '';
    return 'Your project has no label yet that says which response is better. Label some pairs in the Lab, or let the oracle label.';
  });

  /** Trained as it stands, instead of what is chosen: a lesson's. */
  #given = $state.raw<Recipe | null>(null);
  /** Absolute address of the site's root. */
  site = '';
  #handle: Promise<RewardHandle> | null = null;

  constructor(
    readonly offers: readonly RewardOffer[],
    readonly worldSummary: WorldSummary,
  ) {}

  /** Reads the visitor's labels, and takes them where there are some for the first time. */
  async readLabels(): Promise<void> {
    const before = this.own.decided;
    try {
      this.own = await readOwnLabels(await import('./reward-parts.ts'), this.worldSummary.world);
    } catch {
      return; // a browser without storage has no labels to read; the oracle's remain
    }
    const { closest, decided } = this.own;
    if (this.opened !== null || before > 0 || decided === 0 || closest === null) return;
    this.choices.source = 'mine';
    this.choices.rule = closest.rule;
  }

  /** A recipe in place of choices, untrained. */
  give(recipe: Recipe): void {
    const { labels, objective, loop, optimiser, seed } = recipe;
    this.#given = recipe;
    Object.assign(this.choices, {
      source: 'oracle',
      rule: labels.rule,
      count: labels.count,
      noise: labels.noise,
      objective: objective.name,
      lr: optimiser.lr,
      steps: loop.steps,
      batch: loop.batch,
      seed,
    });
    this.close();
    this.opened = null;
    this.phase = 'idle';
    this.step = 0;
    this.rows = [];
    this.evaluations = [];
    this.audit = null;
    this.ranking = null;
    this.failure = null;
  }

  setSource(source: RewardChoices['source']): void {
    this.choices.source = source;
    if (source === 'mine' && this.own.closest) this.choices.rule = this.own.closest.rule;
  }

  setObjective(name: string): void {
    this.choices.objective = name;
    this.choices.parameters = {};
  }

  recipe(): Record<string, unknown> {
    if (this.#given) return { ...this.#given };
    const { source, rule, count, noise, objective, parameters, size, lr, steps, batch, seed } = this.choices;
    const labels =
      source === 'mine'
        ? { rule, count: 0, noise: 0, recorded: splitLabels(this.own.labels).learned }
        : { rule, count, noise, recorded: [] };
    return {
      version: 1,
      world: this.worldSummary.world,
      model: { size, start: 'pretrained' },
      labels: { labeler: 'noisy', ...labels },
      objective: { name: objective, parameters: { ...parameters } },
      loop: { steps, batch, evaluate_every: Math.max(1, Math.round(steps / EVALUATIONS)) },
      optimiser: { lr },
      seed,
    };
  }

  /** Goes on with the model that is open; where there is none, or another was chosen after its end, begins one. */
  async train(): Promise<void> {
    const ended = this.phase === 'finished' && this.changed;
    if ((this.opened === null || this.phase === 'failed' || ended) && !(await this.#open())) return;
    await this.#call((handle) => handle.call('train'));
  }

  async stepOnce(): Promise<void> {
    if ((this.opened === null || this.phase === 'failed') && !(await this.#open())) return;
    await this.#call((handle) => handle.call('step'));
  }

  pause(): Promise<unknown> {
    return this.#call((handle) => handle.call('pause'));
  }

  /** A model before its first step, of what is chosen now. */
  async reset(): Promise<void> {
    await this.#open();
  }

  /** Ranks the responses to another prompt. */
  async follow(prompt: string): Promise<void> {
    const ranking = await this.#call((handle) => handle.call('follow', prompt));
    if (ranking) this.ranking = ranking;
  }

  /** The model as an ONNX file; null where it could not be had. */
  async file(): Promise<File | null> {
    const model = await this.#call((handle) => handle.call('exported'));
    if (!model) return null;
    const { builtInWorld, rewardFile } = await import('./reward-parts.ts');
    const world = await builtInWorld(this.worldSummary.world);
    const name = `reward-${this.opened?.choices.rule ?? 'model'}-${this.step}.onnx`;
    return new File([rewardFile(model, world)], name, { type: 'application/octet-stream' });
  }

  close(): void {
    void this.#handle?.then((handle) => handle.stop());
    this.#handle = null;
  }

  async #open(): Promise<boolean> {
    if (this.lacks !== '') return false;
    this.failure = null;
    this.phase = 'opening';
    const choices = $state.snapshot(this.choices);
    const recipe = $state.snapshot(this.recipe()) as Record<string, unknown>;
    const kept = choices.source === 'mine' ? splitLabels(this.own.labels).kept : [];
    const prompt = this.ranking?.prompt ?? '';
    const reply = await this.#call((handle) => handle.open({ site: this.site, recipe, kept, prompt }));
    if (!reply) return false;
    this.opened = { choices, recipe, reply };
    this.step = 0;
    this.rows = [];
    this.evaluations = [reply.evaluation];
    this.ranking = reply.evaluation.ranking;
    this.audit = null;
    this.phase = 'ready';
    if (reply.obstacle === null) return true;
    this.#fail({ name: 'StateError', message: reply.obstacle });
    return false;
  }

  async #call<T>(
    ask: (handle: RewardHandle) => Promise<{ ok: true; value: T } | { ok: false; error: ErrorData }>,
  ): Promise<T | null> {
    this.#handle ??= import('../../session/reward-handle.ts').then(
      ({ RewardHandle: Handle }) =>
        new Handle({ event: (event) => this.#hear(event), died: (error) => this.#died(error) }),
    );
    const reply = await ask(await this.#handle);
    if (reply.ok) return reply.value;
    this.#fail(reply.error);
    return null;
  }

  #fail(error: ErrorData): void {
    this.failure = error;
    this.phase = 'failed';
  }

  #died(error: ErrorData): void {
    this.opened = null;
    this.#fail(error);
  }

  #hear(event: RewardEvent): void {
    switch (event.kind) {
      case 'progress':
        this.phase = event.phase;
        this.step = event.step;
        this.stepsPerSecond = event.stepsPerSecond;
        if (event.rows.length > 0) this.rows = [...this.rows, ...event.rows];
        if (event.phase === 'running') this.audit = null;
        return;
      case 'evaluation':
        this.evaluations = [...this.evaluations, event.evaluation];
        this.ranking = event.evaluation.ranking;
        return;
      case 'audit':
        this.audit = event.audit;
        return;
      case 'failed':
        this.#fail(event.error);
        return;
      default:
        event satisfies never;
    }
  }
}

export const [useRewardPage, provideRewardPage] = createContext<RewardPage>();
