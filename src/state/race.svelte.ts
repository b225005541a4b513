/** The race: what is chosen, what runs, what has come out. One writer: this class. Loads nothing heavy before the start. */
import { createContext } from 'svelte';
import type { Checked, ErrorData, Issue } from '../base/errors.ts';
import { NO_OPTIONS } from '../objectives/options.ts';
import { defaultsOf } from '../base/parameters.ts';
import type { SharedState } from '../recipes/link/shared.ts';
import type { ControlPath, PanelId, View } from '../recipes/link/view.ts';
import { isHidden, isLocked, OPEN_VIEW } from '../recipes/link/visible.ts';
import { syncParameters } from '../recipes/parameters.ts';
import type { Arm, ArmResult, RaceTable } from '../recipes/race.ts';
import type { RacePool, RaceWay } from '../session/race-pool.ts';
import type { TrainerEvent } from '../session/protocol.ts';
import type { Atlas } from './atlas.ts';
import type { Problem } from './doors.svelte.ts';
import type { ArmDraft, Offer, Shared } from './race-arms.ts';
import { armNames, armOfHash, armRecipe, defaultParameters } from './race-arms.ts';
import type * as RaceLinks from './race-link.ts';
import type { RaceVisit } from './race-link.ts';
import type { RaceRun } from './race-run.ts';
import { resultOf, unstarted } from './race-run.ts';
import type { Shareable } from './shareable.ts';

export type RacePhase = 'choosing' | 'starting' | 'running' | 'stopped' | 'finished' | 'failed';

/** What is being raced: as it was chosen when Race was pressed. */
export interface Entry {
  arms: Arm[];
  seeds: number[];
}

/** What could be a link of any version. */
const LINK = /^#\d+\./;
const FIRST_ARMS = ['sigmoid', 'ipo', 'simpo'];
/** What Add offers first, before the rest of the list. */
const NEXT_ARMS = ['hinge', 'orpo', 'apo_zero', 'sigmoid'];
const FIRST_RATE = 3e-4;
const MOST_ARMS = 6;
const MOST_WORKERS = 4;
const workersHere = (): number => Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));
/** Drawings follow the workers at this pace, however often those report. */
const REDRAW_MILLISECONDS = 200;

export class Race {
  readonly arms = $state<ArmDraft[]>([]);
  readonly shared = $state<Shared>({
    size: 'nano',
    rule: 'positive',
    count: 200,
    noise: 0,
    steps: 100,
    batch: 16,
    seeds: 5,
    seed: 0,
    sync_ref_model: false,
    ...defaultsOf(syncParameters),
    backend: 'auto',
  });
  /** What a link hides and locks. */
  view = $state.raw<View>(OPEN_VIEW);
  /** The race that a link or file has brought: nothing of it runs unasked. */
  visit = $state.raw<RaceVisit | null>(null);
  /** Why a link or file could not be opened. */
  problem = $state.raw<Problem | null>(null);
  phase = $state<RacePhase>('choosing');
  issues = $state.raw<readonly Issue[]>([]);
  /** What trains the runs that are left; null until that is known. */
  way = $state.raw<RaceWay | null>(null);
  /** Why it is not what was wished for, as sentences. */
  notice = $state('');
  /** What stopped the whole race, as a sentence. */
  failure = $state('');
  entry = $state.raw<Entry | null>(null);
  /** In the order in which they run; a new value for a run whenever something in it has changed. */
  runs = $state.raw<readonly RaceRun[]>([]);
  table = $state.raw<RaceTable | null>(null);
  /** The arm that is looked at closely, by name. */
  chosen = $state('');
  #racedText = $state('');

  readonly names: string[] = $derived(armNames(this.arms));
  readonly full: boolean = $derived(this.arms.length >= MOST_ARMS);
  readonly done: number = $derived(
    this.runs.filter(({ state }) => state === 'done' || state === 'failed').length,
  );
  readonly failed: RaceRun[] = $derived(this.runs.filter(({ state }) => state === 'failed'));
  readonly busy: boolean = $derived(this.phase === 'starting' || this.phase === 'running');
  /** Whether what is chosen now is not what was raced. */
  readonly changed: boolean = $derived(this.entry !== null && this.#chosenText() !== this.#racedText);

  /** Absolute address of the site's root. */
  site = '';
  #ids = 0;
  #asked = 0;
  #pool: RacePool<RaceRun> | null = null;
  /** The same runs, as they are written to between two drawings, and which of them have been. */
  #live: RaceRun[] = [];
  #touched: RaceRun[] = [];
  #redraw: ReturnType<typeof setTimeout> | null = null;
  #tableOf: ((arms: readonly Arm[], results: readonly ArmResult[]) => RaceTable) | null = null;

  constructor(
    readonly offers: readonly Offer[],
    readonly atlas: Atlas,
  ) {
    for (const name of FIRST_ARMS) this.add(name);
  }

  offer(name: string): Offer {
    return this.offers.find((one) => one.name === name) ?? (this.offers[0] as Offer);
  }

  add(objective = this.#unused()): void {
    const parameters = defaultParameters(this.offer(objective).parameters);
    const plain = { lr: FIRST_RATE, formula: null, own: {}, options: NO_OPTIONS };
    this.arms.push({ id: ++this.#ids, objective, parameters, ...plain });
  }

  remove(id: number): void {
    const at = this.arms.findIndex((arm) => arm.id === id);
    if (at >= 0 && this.arms.length > 2) this.arms.splice(at, 1);
  }

  setObjective(arm: ArmDraft, objective: string): void {
    arm.objective = objective;
    arm.parameters = defaultParameters(this.offer(objective).parameters);
    arm.formula = null;
    arm.own = {};
    arm.options = NO_OPTIONS;
  }

  /** Adds the arm that the page's address brings along; the last one makes room where there are six. */
  bring(hash: string): void {
    if (LINK.test(hash)) return void this.#openLink(hash);
    const brought = armOfHash(hash);
    if (!brought || !this.offers.some(({ name }) => name === brought.objective)) return;
    const parameters = {
      ...defaultParameters(this.offer(brought.objective).parameters),
      ...brought.parameters,
    };
    if (this.full) this.arms.pop();
    this.arms.push({ ...brought, parameters, id: ++this.#ids });
  }

  hides(panel: PanelId): boolean {
    return isHidden(this.view, panel);
  }

  locks(path: ControlPath): boolean {
    return isLocked(this.view, path);
  }

  showEverything(): void {
    this.view = OPEN_VIEW;
  }

  async #openLink(hash: string): Promise<void> {
    await this.#open('This link can’t be opened', ({ raceOfLink }) => raceOfLink(hash));
  }

  async openFile(file: File): Promise<void> {
    const what = `The file ${file.name.slice(0, 80)} can’t be opened`;
    await this.#open(what, ({ raceOfFile }) => raceOfFile(file));
  }

  /** The race that was brought takes the place of what was chosen, unless one runs; it waits for Race to be pressed. */
  async #open(
    what: string,
    read: (reader: typeof RaceLinks) => Promise<Checked<RaceVisit> | null>,
  ): Promise<void> {
    const asked = ++this.#asked;
    const found = await import('./race-link.ts').then(read, () => UNLOADED);
    if (found === null || asked !== this.#asked) return;
    this.problem = null;
    if (!found.ok || this.busy) {
      this.problem = { what, issues: found.ok ? [BUSY] : found.issues };
      return;
    }
    const { choices, state } = found.value;
    this.arms.length = 0;
    for (const arm of choices.arms) {
      const parameters = { ...defaultParameters(this.offer(arm.objective).parameters), ...arm.parameters };
      this.arms.push({ ...arm, parameters, id: ++this.#ids });
    }
    Object.assign(this.shared, choices.shared);
    this.issues = [];
    this.view = state.view;
    this.visit = found.value;
  }

  /** What the dialog shares: the race that is chosen. */
  get shareable(): Shareable {
    const title = this.visit?.state.title;
    return {
      view: this.view,
      ...(title !== undefined && { title }),
      take: async (): Promise<Checked<SharedState>> => {
        const { stateOf } = await import('./race-link.ts');
        return stateOf($state.snapshot(this.arms), $state.snapshot(this.shared), OPEN_VIEW);
      },
    };
  }

  /** The first objective that no arm has yet: a well-known one, then in the order of the list. */
  #unused(): string {
    const taken = this.arms.map(({ objective }) => objective);
    const offered = this.offers.map(({ name }) => name);
    const known = NEXT_ARMS.filter((name) => offered.includes(name));
    return [...known, ...offered].find((name) => !taken.includes(name)) ?? 'sigmoid';
  }

  #chosenText(): string {
    const { seeds, backend } = this.shared;
    return JSON.stringify([this.arms.map((arm) => armRecipe(arm, this.shared)), seeds, backend]);
  }

  /** Checks everything; then trains all arms over all seeds in place of the race before. */
  async start(): Promise<void> {
    if (this.busy) return;
    const before = this.phase;
    this.phase = 'starting';
    this.failure = '';
    try {
      if (!(await this.#start())) this.phase = before;
    } catch {
      this.phase = 'failed';
      this.failure =
        'The program that trains could not be loaded. Check the connection, then press Race again.';
    }
  }

  /** The second yes to a race that is heavy. */
  async agree(): Promise<void> {
    this.visit?.agree();
    await this.start();
  }

  /** False where it may not start: mistakes are told, and what a link has brought is asked about if it is heavy. */
  async #start(): Promise<boolean> {
    const [{ stateOf }, { raceJobs, raceSeeds, raceTable }, { RacePool }] = await Promise.all([
      import('./race-link.ts'),
      import('../recipes/race.ts'),
      import('../session/race-pool.ts'),
    ]);
    const chosen = stateOf($state.snapshot(this.arms), $state.snapshot(this.shared), this.view);
    this.issues = chosen.ok ? [] : chosen.issues;
    if (!chosen.ok) return false;
    // what is set now decides, not what the link said
    this.visit?.weigh(chosen.value);
    if (this.visit?.allowed() === false) return false;
    this.#pool?.close();
    const arms = [...chosen.value.arms];
    const seeds = raceSeeds(this.shared.seed, this.shared.seeds);
    const runs = raceJobs(arms, seeds).map((job): RaceRun => ({ ...job, ...unstarted() }));
    const { backend } = this.shared;
    const prompt = this.atlas.prompts[0]?.id ?? '';
    this.#pool = new RacePool(
      runs,
      { site: this.site, backend, prompt, workers: workersHere() },
      {
        way: (way) => this.#goes(way),
        again: (run) => Object.assign(run, unstarted()),
        event: (run, event) => this.#take(run, event),
        over: (run, error) => this.#over(run, error),
        empty: () => (this.phase = 'finished'),
      },
    );
    this.#tableOf = raceTable;
    this.#racedText = this.#chosenText();
    this.entry = { arms, seeds };
    this.way = null;
    this.notice = '';
    this.#live = runs;
    this.#touched = [];
    this.runs = runs.map((run) => ({ ...run }));
    this.table = null;
    this.chosen = '';
    this.phase = 'running';
    this.#pool.start();
    return true;
  }

  stop(): void {
    if (this.phase !== 'running') return;
    this.#pool?.stop();
    this.phase = 'stopped';
  }

  goOn(): void {
    if (this.phase !== 'stopped') return;
    this.phase = 'running';
    this.#pool?.goOn();
  }

  /** When the visitor leaves the page. */
  close(): void {
    this.#pool?.close();
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
    if (!this.entry || !this.#tableOf) return;
    const table = this.#tableOf(this.entry.arms, this.#live.flatMap(resultOf));
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

const UNLOADED: Checked<never> = {
  ok: false,
  issues: [
    {
      code: 'link/unloaded',
      at: 'the page',
      expected: 'the part that reads links',
      received: 'nothing',
      cure: 'Check the connection, then open it again.',
    },
  ],
};

const BUSY: Issue = {
  code: 'link/busy',
  at: 'the page',
  expected: 'no race that runs',
  received: 'one that does',
  cure: 'Stop it, then open the link or file again.',
};

export const [useRace, provideRace] = createContext<Race>();
