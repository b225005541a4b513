/**
 * What is watched of a run: its curves, the pairs of its newest step, what its model says now, and one response word by word.
 * One writer: the run.
 */
import type { StepMetrics } from '../../metrics/metrics.ts';
import type { LogRatios } from '../../runs/step-rows.ts';
import type { TrainerEvent } from '../../session/protocol.ts';
import type { Tokens } from '../../worlds/world.ts';
import type { Curves } from './curves.svelte.ts';
import type { Newest } from './newest.ts';
import type { ModelView } from '../lab/model-view.svelte.ts';
import type { RunRequests } from './run-requests.svelte.ts';

/** A response that is to be shown word by word. */
interface Wanted {
  prompt: string;
  response: Tokens;
}

type Watched = Extract<TrainerEvent, { kind: 'metrics' | 'evaluation' | 'samples' | 'round' | 'returned' }>;

export class RunMonitor {
  /** The pairs of the newest step, as log-ratios to the reference; null before the first. */
  pairs = $state.raw<LogRatios | null>(null);

  /** What came since the charts were drawn last. */
  #rows: StepMetrics[] = [];
  #newestPairs: LogRatios | null = null;
  readonly #words: Newest<Wanted>;

  constructor(
    private readonly curves: Curves,
    private readonly modelView: ModelView,
    private readonly run: RunRequests,
  ) {
    this.#words = run.newest((wanted) => this.#read(wanted));
  }

  /** Nothing has been trained; what the model says stays until it says something else. */
  begin(): void {
    this.#rows = [];
    this.#newestPairs = null;
    this.pairs = null;
    this.modelView.round = null;
    this.curves.clear();
  }

  /** The run is back at its step 0, whose evaluation is known already if it is in view. */
  backToStart(): void {
    const { evaluation } = this.modelView;
    this.begin();
    if (evaluation.step === 0) this.curves.addEvaluation(evaluation);
  }

  take(event: Watched): void {
    const { curves, modelView } = this;
    switch (event.kind) {
      case 'metrics':
        this.#rows.push(...event.rows);
        this.#newestPairs = event.pairs;
        break;
      case 'evaluation':
        curves.addEvaluation(event.evaluation);
        modelView.evaluation = event.evaluation;
        if (event.ranking.prompt === modelView.prompt) modelView.ranking = event.ranking;
        modelView.live = true;
        break;
      case 'samples':
        if (event.samples.prompt === modelView.prompt) modelView.samples = event.samples;
        break;
      case 'round':
        modelView.round = event.round;
        break;
      case 'returned':
        curves.addRows(event.rows);
        for (const evaluation of event.evaluations) curves.addEvaluation(evaluation);
        break;
      default:
        event satisfies never;
    }
  }

  /** Shows the steps that have come since it was called last. */
  drawSteps(): void {
    if (this.#rows.length === 0) return;
    this.curves.addRows(this.#rows);
    this.pairs = this.#newestPairs;
    this.#rows = [];
  }

  // What the visitor turns to

  async follow(prompt: string, text: string): Promise<void> {
    const { modelView, run } = this;
    modelView.prompt = prompt;
    modelView.promptText = text;
    if (!(await run.ready())) return;
    const reply = await run.ask('follow', prompt);
    if (!reply.ok || modelView.prompt !== prompt) return;
    modelView.ranking = reply.value.ranking;
    modelView.samples = reply.value.samples;
    const first = reply.value.ranking.responses[0];
    if (first) await this.inspect(prompt, first.tokens);
  }

  /** Shows a response word by word, now and with the samples of each later model. */
  inspect(prompt: string, response: Tokens): Promise<void> {
    return this.#words.put({ prompt, response });
  }

  /** The model has changed: the words that are shown are read anew. */
  refreshWords(): void {
    const { prompt, response } = this.#words.waiting() ?? this.modelView.inspected;
    void this.inspect(prompt, response);
  }

  async #read(wanted: Wanted): Promise<void> {
    const reply = await this.run.call('tokens', wanted.prompt, wanted.response);
    if (reply.ok) this.modelView.inspected = { ...wanted, view: reply.value };
  }
}
