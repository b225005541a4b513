/** A race that was begun: its runs, how far they are, and what has come out. One writer: this class. */
import type { ErrorData } from '../../base/errors.ts';
import type { Arm, ArmResult, RaceTable } from '../../runs/race/race.ts';
import type { RaceListener, RacePool, RaceWay } from '../../session/race-pool.ts';
import type { TrainerEvent } from '../../session/protocol.ts';
import type { RaceRun } from './race-run.ts';
import { resultOf, unstarted } from './race-run.ts';

/** What is being raced: as it was chosen when Race was pressed. */
export interface Entry {
  arms: readonly Arm[];
  seeds: readonly number[];
  /** One arm under one seed each, in the order in which they run. */
  jobs: readonly Pick<RaceRun, 'arm' | 'seed' | 'recipe'>[];
}

export interface CourseParts {
  pool: (runs: readonly RaceRun[], listener: RaceListener<RaceRun>) => RacePool<RaceRun>;
  table: (arms: readonly Arm[], results: readonly ArmResult[]) => RaceTable;
}

/** Drawings follow the workers at this pace, however often those report. */
const REDRAW_MILLISECONDS = 200;

export class RaceCourse {
  phase = $state<'running' | 'stopped' | 'finished'>('running');
  /** What trains the runs that are left; null until that is known. */
  way = $state.raw<RaceWay | null>(null);
  /** Why it is not what was wished for, as sentences. */
  notice = $state('');
  /** In the order in which they run; a new value for a run whenever something in it has changed. */
  runs = $state.raw<readonly RaceRun[]>([]);
  table = $state.raw<RaceTable | null>(null);
  /** The arm that is looked at closely, by name. */
  chosen = $state('');

  readonly done: number = $derived(
    this.runs.filter(({ state }) => state === 'done' || state === 'failed').length,
  );
  readonly failed: RaceRun[] = $derived(this.runs.filter(({ state }) => state === 'failed'));

  readonly #pool: RacePool<RaceRun>;
  /** The same runs, as they are written to between two drawings, and which of them have been. */
  readonly #live: readonly RaceRun[];
  #touched: RaceRun[] = [];
  #redraw: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly entry: Entry,
    private readonly parts: CourseParts,
  ) {
    this.#live = entry.jobs.map((job): RaceRun => ({ ...job, ...unstarted() }));
    this.runs = this.#live.map((run) => ({ ...run }));
    this.#pool = parts.pool(this.#live, {
      way: (way) => this.#goes(way),
      again: (run) => Object.assign(run, unstarted()),
      event: (run, event) => this.#take(run, event),
      over: (run, error) => this.#over(run, error),
      empty: () => (this.phase = 'finished'),
    });
  }

  start(): void {
    this.#pool.start();
  }

  stop(): void {
    if (this.phase !== 'running') return;
    this.#pool.stop();
    this.phase = 'stopped';
  }

  goOn(): void {
    if (this.phase !== 'stopped') return;
    this.phase = 'running';
    this.#pool.goOn();
  }

  /** Ends the workers; nothing changes any more. */
  close(): void {
    this.#pool.close();
    if (this.#redraw !== null) clearTimeout(this.#redraw);
  }

  #goes(way: RaceWay): void {
    const lost = this.way?.backend === 'webgpu';
    this.way = way;
    if (lost) {
      this.notice = `WebGPU went away: ${way.why} The runs that were not through start again on WASM.`;
      this.#touched.push(...this.#live);
      this.#draw();
    } else if (way.why !== '') this.notice = `Why not WebGPU: ${way.why}`;
  }

  #take(run: RaceRun, event: TrainerEvent): void {
    if (run.state === 'waiting') run.state = 'running';
    if (event.kind === 'progress') run.step = event.progress.step;
    else if (event.kind === 'metrics') run.metrics.push(...event.rows);
    else if (event.kind === 'samples') run.samples = event.samples;
    else if (event.kind === 'evaluation') {
      run.evaluations.push(event.evaluation);
      run.ranking = event.ranking;
    }
    this.#touched.push(run);
    this.#redraw ??= setTimeout(() => this.#draw(), REDRAW_MILLISECONDS);
  }

  #over(run: RaceRun, error: ErrorData | null): void {
    run.state = error ? 'failed' : 'done';
    run.error = error;
    run.backend = this.way?.backend ?? null;
    this.#touched.push(run);
    this.#draw();
    const table = this.parts.table(this.entry.arms, this.#live.flatMap(resultOf));
    if (table.seeds.length > 0) this.table = table;
  }

  #draw(): void {
    if (this.#redraw !== null) clearTimeout(this.#redraw);
    this.#redraw = null;
    const touched = this.#touched;
    this.#touched = [];
    this.runs = this.#live.map((run, i) => (touched.includes(run) ? { ...run } : (this.runs[i] ?? run)));
  }
}
