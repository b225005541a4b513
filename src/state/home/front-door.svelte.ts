/**
 * The front door at work: five answers, a run on them, five more. Its Lab is one of its own, in memory, so that nothing of the
 * visitor's own work is touched; it trains on WASM, which is there at once. One writer: this class.
 */
import type { FirstPicture } from '../../runs/views.ts';
import type { WorldSummary } from '../lab/world-summary.ts';
import { factors, furthest, NUMBERS, rankedRows, ROUND } from './front-door.ts';
import { Lab } from '../lab/lab.svelte.ts';
import type { Side } from '../label/shown-pair.ts';
import { shareableLab } from '../share/shareable.ts';

export interface FrontDoorData {
  first: FirstPicture;
  worldSummary: WorldSummary;
  /** Numbers of the stock's pairs that are shown, in order. */
  pairs: readonly number[];
}

export type Stage = 'asking' | 'learning' | 'learned' | 'failed';

export class FrontDoor {
  readonly lab: Lab;
  /** Answers until it trains. */
  wanted = $state(ROUND);
  /** What stands in the way, as a sentence; of a run that failed, the run says it. */
  problem = $state('');

  readonly given: number = $derived.by(() => this.lab.labelling.decided);
  readonly steps: number = $derived((this.wanted / ROUND) * NUMBERS['loop.steps']);
  readonly stage: Stage = $derived.by(() => {
    const { phase, step } = this.lab.run;
    if (phase === 'failed') return 'failed';
    if (this.given < this.wanted) return 'asking';
    return phase === 'finished' && step >= this.steps ? 'learned' : 'learning';
  });
  readonly rows = $derived.by(() => rankedRows(this.lab.modelView.ranking));
  readonly mover = $derived(furthest(this.rows));
  readonly factors = $derived.by(() => {
    const { curves, settings } = this.lab;
    return factors(curves.table.rows, this.given, settings.get('objective.parameters.beta'));
  });

  constructor({ first, worldSummary, pairs }: FrontDoorData) {
    this.lab = new Lab(first, worldSummary, true);
    const last = pairs.at(-1) ?? 0;
    this.lab.labelActions.order = (shown) => pairs[shown] ?? last + 1 + shown - pairs.length;
    const { way, switches, objective, size, start, reference } = this.lab.settings;
    this.lab.controls.take({ way, numbers: NUMBERS, switches, objective, size, start, reference });
  }

  /** After the first paint: the model and the program that trains are fetched, and a run without labels is opened. */
  async begin(site: string): Promise<void> {
    const { lab } = this;
    lab.run.site = site;
    lab.controls.setBackend('wasm'); // opens the run
    await lab.loadWorld().catch(() => {
      this.problem = 'The next pair could not be loaded. Check the connection, then load the page again.';
    });
  }

  async answer(side: Side): Promise<void> {
    if (this.stage !== 'asking') return;
    const next = this.lab.labelActions.answer(side);
    if (this.given === this.wanted) await this.lab.train();
    await next.catch(() => undefined); // the world did not load, which `begin` has said
  }

  undo(): void {
    if (this.stage === 'asking') this.lab.labelActions.undo();
  }

  more(): void {
    this.wanted = this.given + ROUND;
  }

  /** After a failure: the run is begun anew, with the answers that were given. */
  async again(): Promise<void> {
    await this.lab.reset();
    if (this.given >= this.wanted) await this.lab.train();
  }

  /** The link that brings labels, numbers and run to the Lab; null where there is none to be had. */
  async link(): Promise<string | null> {
    const [{ linkOf }, world, taken] = await Promise.all([
      import('../../links/codec.ts'),
      this.lab.loadWorld(),
      shareableLab(this.lab, null).take(),
    ]);
    if (!taken.ok || taken.value.kind !== 'lab') return null;
    // the visitor's own run goes on: nobody has to be shown what came of it
    const { seen: _seen, ...state } = taken.value;
    const linked = await linkOf({ ...state, title: 'From the front door' }, world);
    return 'link' in linked ? linked.link : null;
  }

  leave(): void {
    this.lab.leave();
  }
}
