/** The page of races: what is chosen, the race that runs, and what a link brings. One writer: this class. Loads nothing heavy before the start. */
import { createContext } from 'svelte';
import { sameValue } from '../../base/same.ts';
import { builtInWorld } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import type { Checked, Issue } from '../../base/errors.ts';
import type { SharedState } from '../../links/shared.ts';
import type { ControlPath, PanelId, View } from '../../links/view.ts';
import { isHidden, isLocked, OPEN_VIEW } from '../../links/visible.ts';
import type { WorldSummary } from '../lab/world-summary.ts';
import type { Problem } from '../share/open-labs.svelte.ts';
import type { Offer } from './race-arms.ts';
import { RaceChoices } from './race-choices.svelte.ts';
import { RaceCourse } from './race-course.svelte.ts';
import type * as RaceLinks from './race-link.ts';
import type { RaceVisit } from './race-link.ts';
import type { Shareable } from '../share/shareable.ts';
import { UNLOADED } from '../share/unloaded.ts';

export type RacePhase = 'choosing' | 'starting' | 'failed' | RaceCourse['phase'];

/** What could be a link of any version. */
const LINK = /^#\d+\./;
const MOST_WORKERS = 4;
const workersHere = (): number => Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));

export class Race {
  readonly choices: RaceChoices;
  /** The race that was begun last; null before the first. */
  course = $state.raw<RaceCourse | null>(null);
  /** What a link hides and locks. */
  view = $state.raw<View>(OPEN_VIEW);
  /** The race that a link or file has brought: nothing of it runs unasked. */
  visit = $state.raw<RaceVisit | null>(null);
  /** Why a link or file could not be opened. */
  problem = $state.raw<Problem | null>(null);
  issues = $state.raw<readonly Issue[]>([]);
  /** Why no race could begin, as a sentence. */
  failure = $state('');
  #starting = $state(false);
  #raced = $state.raw<unknown>(null);

  readonly phase: RacePhase = $derived.by(() => {
    if (this.#starting) return 'starting';
    return this.failure === '' ? (this.course?.phase ?? 'choosing') : 'failed';
  });
  readonly busy: boolean = $derived(this.phase === 'starting' || this.phase === 'running');
  /** Whether what is chosen now is not what was raced. */
  readonly changed: boolean = $derived.by(
    () => this.course !== null && !sameValue(this.choices.raced(), this.#raced),
  );

  /** Absolute address of the site's root. */
  site = '';
  #asked = 0;
  #brought = '';

  constructor(
    offers: readonly Offer[],
    readonly worldSummary: WorldSummary,
  ) {
    this.choices = new RaceChoices(offers, worldSummary.world);
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

  // What is brought, and what is shared

  /** What the page's address brings along: a whole race, or an arm. */
  bring(hash: string): void {
    if (hash === this.#brought) return; // the visitor comes back to a race that has it
    this.#brought = hash;
    if (LINK.test(hash)) void this.#open('This link can’t be opened', ({ raceOfLink }) => raceOfLink(hash));
    else this.choices.bring(hash);
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
    const found = await import('./race-link.ts').then(read).catch(() => UNLOADED);
    if (found === null || asked !== this.#asked) return;
    this.problem = null;
    if (!found.ok || this.busy) {
      this.problem = { what, issues: found.ok ? [BUSY] : found.issues };
      return;
    }
    const { choices, state } = found.value;
    this.choices.take(choices.arms, choices.shared);
    this.issues = [];
    this.view = state.view;
    this.visit = found.value;
  }

  /** What the dialog shares: the race that is chosen. */
  get shareable(): Shareable {
    const { title, note } = this.visit?.state ?? {};
    return {
      view: this.view,
      loadWorld: () => this.#loadWorld(),
      ...(title !== undefined && { title }),
      ...(note !== undefined && { note }),
      take: async (): Promise<Checked<SharedState>> => {
        const [{ stateOf }, world] = await Promise.all([import('./race-link.ts'), this.#loadWorld()]);
        const { arms, shared } = this.choices.snapshot();
        return stateOf(world, arms, shared, OPEN_VIEW);
      },
    };
  }

  #loadWorld(): Promise<World> {
    return builtInWorld(this.worldSummary.world);
  }

  // The race

  /** Checks everything; then trains all arms over all seeds in place of the race before. */
  async start(): Promise<void> {
    if (this.busy) return;
    this.#starting = true;
    this.failure = '';
    try {
      await this.#start();
    } catch {
      this.failure =
        'The program that trains could not be loaded. Check the connection, then press Race again.';
    } finally {
      this.#starting = false;
    }
  }

  /** The second yes to a race that is heavy. */
  async agree(): Promise<void> {
    this.visit?.agree();
    await this.start();
  }

  /** Where it may not start, mistakes are told, and what a link has brought is asked about if it is heavy. */
  async #start(): Promise<void> {
    const [{ stateOf }, { raceJobs, raceSeeds, raceTable }, { RacePool }, world] = await Promise.all([
      import('./race-link.ts'),
      import('../../runs/race/race.ts'),
      import('../../session/race-pool.ts'),
      this.#loadWorld(),
    ]);
    const { arms: drafts, shared } = this.choices.snapshot();
    const chosen = stateOf(world, drafts, shared, this.view);
    this.issues = chosen.ok ? [] : chosen.issues;
    if (!chosen.ok) return;
    // what is set now decides, not what the link said
    this.visit?.weigh(chosen.value);
    if (this.visit?.allowed() === false) return;
    const arms = [...chosen.value.arms];
    const seeds = raceSeeds(shared.seed, shared.seeds);
    const prompt = this.worldSummary.prompts[0]?.id ?? '';
    const where = { site: this.site, backend: shared.backend, prompt, workers: workersHere() };
    this.course?.close();
    this.#raced = this.choices.raced();
    this.course = new RaceCourse(
      { arms, seeds, jobs: raceJobs(arms, seeds) },
      {
        pool: (runs, listener) => new RacePool(runs, where, listener),
        table: (all, results) => raceTable(all, results, world),
      },
    );
    this.course.start();
  }
}

const BUSY: Issue = {
  code: 'link/busy',
  at: 'the page',
  expected: 'no race that runs',
  received: 'one that does',
  cure: 'Stop it, then open the link or file again.',
};

export const [useRace, provideRace] = createContext<Race>();
