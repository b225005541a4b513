/** What is chosen for a race: the arms, and what they share. One writer: this class. */
import { defaultsOf } from '../../base/parameters.ts';
import { NO_OPTIONS } from '../../objectives/options.ts';
import { syncParameters } from '../../recipes/parameters.ts';
import type { ArmDraft, Offer, Shared } from './race-arms.ts';
import { armNames, armOfHash, armRecipe, defaultParameters } from './race-arms.ts';

const FIRST_ARMS = ['sigmoid', 'ipo', 'simpo'];
/** What Add offers first, before the rest of the list. */
const NEXT_ARMS = ['hinge', 'orpo', 'apo_zero', 'sigmoid'];
const FIRST_RATE = 3e-4;
const MOST_ARMS = 6;

export class RaceChoices {
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
  readonly names: string[] = $derived(armNames(this.arms));
  readonly full: boolean = $derived(this.arms.length >= MOST_ARMS);
  #ids = 0;

  constructor(
    readonly offers: readonly Offer[],
    /** What the race is about, by name. */
    private readonly world: string,
  ) {
    for (const name of FIRST_ARMS) this.add(name);
  }

  offer(name: string): Offer {
    return this.offers.find((one) => one.name === name) ?? (this.offers[0] as Offer);
  }

  add(objective = this.#unused()): void {
    this.#push({ objective, parameters: {}, lr: FIRST_RATE, formula: null, own: {}, options: NO_OPTIONS });
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

  /** Adds the arm that an address brings along, if it does; the last one makes room where there are six. */
  bring(hash: string): void {
    const brought = armOfHash(hash);
    if (!brought || !this.offers.some(({ name }) => name === brought.objective)) return;
    if (this.full) this.arms.pop();
    this.#push(brought);
  }

  /** Another race in place of what is chosen. */
  take(arms: readonly Omit<ArmDraft, 'id'>[], shared: Partial<Shared>): void {
    this.arms.length = 0;
    for (const arm of arms) this.#push(arm);
    Object.assign(this.shared, shared);
  }

  /** Numbers that it does not bring are the objective's own. */
  #push(arm: Omit<ArmDraft, 'id'>): void {
    const parameters = { ...defaultParameters(this.offer(arm.objective).parameters), ...arm.parameters };
    this.arms.push({ ...arm, parameters, id: ++this.#ids });
  }

  /** The first objective that no arm has yet: a well-known one, then in the order of the list. */
  #unused(): string {
    const taken = this.arms.map(({ objective }) => objective);
    const offered = this.offers.map(({ name }) => name);
    const known = NEXT_ARMS.filter((name) => offered.includes(name));
    return [...known, ...offered].find((name) => !taken.includes(name)) ?? 'sigmoid';
  }

  /** What would be raced, to be compared. */
  raced(): unknown {
    const { seeds, backend } = this.shared;
    return $state.snapshot([this.arms.map((arm) => armRecipe(this.world, arm, this.shared)), seeds, backend]);
  }

  /** As plain data. */
  snapshot(): { arms: ArmDraft[]; shared: Shared } {
    return { arms: $state.snapshot(this.arms), shared: $state.snapshot(this.shared) };
  }
}
