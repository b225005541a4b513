/** A shared state that may cost too much to run unasked: what it would take, why it may not run, and whether it was agreed to. */
import type { Issue } from '../../base/errors.ts';
import { count, counted } from '../../charts/format.ts';
import { costIssues, costOf, estimatedSeconds, isHeavy, type Cost } from '../../links/cost.ts';
import type { World } from '../../worlds/world.ts';
import type { SharedState } from '../../links/shared.ts';

export class Weighed {
  /** What the newest thing that wants to run would cost, and why it may not. */
  cost = $state.raw<Cost>() as Cost;
  refused = $state.raw<readonly Issue[]>([]);
  /** It is heavy, and the visitor has to say again that it is to start. */
  asks = $state(false);
  protected agreed = false;

  /** `world`: the state's. */
  constructor(
    state: SharedState,
    protected readonly world: World,
  ) {
    this.weigh(state);
  }

  weigh(state: SharedState): void {
    this.cost = costOf(state, this.world);
    this.refused = costIssues(this.cost);
  }

  /** Whether what was weighed last may start; what is heavy is asked about first. */
  allowed(): boolean {
    if (this.refused.length > 0) return false;
    this.asks = isHeavy(this.cost) && !this.agreed;
    return !this.asks;
  }

  /** The second yes to what is heavy. */
  protected yes(): void {
    this.agreed = true;
    this.asks = false;
  }
}

/** Multiply-adds a second of a slow machine, on WASM. */
const SLOW = 1e10;

/** What it would take, as a sentence. */
export function costWords(cost: Cost): string {
  const { runs, steps, parameters } = cost;
  const seconds = estimatedSeconds(cost, SLOW);
  const time =
    seconds < 1.5
      ? 'about a second'
      : seconds < 90
        ? `about ${Math.ceil(seconds)} s`
        : seconds < 5400
          ? `about ${Math.ceil(seconds / 60)} minutes`
          : `about ${Math.ceil(seconds / 3600)} hours`;
  const all = runs > 1 ? `${counted(runs, 'run')} with ` : '';
  return `${all}${counted(steps, 'step')} of a model with ${count(parameters)} parameters: ${time} on a slow machine.`;
}
