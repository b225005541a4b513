/** Races as states that are shared: what the page chooses as such a state, and back; what it can't say is an issue. Loads lazily. */
import type { Checked, Issue } from '../../base/errors.ts';
import type { RaceState, SharedState } from '../../links/shared.ts';
import type { View } from '../../links/view.ts';
import type { Arm } from '../../runs/race/race.ts';
import { MOST_FILE, readLink, readSharedFile } from '../../links/codec.ts';
import { raceIssues } from '../../runs/race/race.ts';
import { sameValue } from '../../base/same.ts';
import { checkRecipe } from '../../recipes/check.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { bringWorld, builtInWorld, worldsOf } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import type { ArmDraft, Shared } from './race-arms.ts';
import { armNames, armRecipe, MOST_SEEDS_HERE } from './race-arms.ts';
import { Weighed } from '../lab/weighed.svelte.ts';

export interface BroughtRace {
  arms: Omit<ArmDraft, 'id'>[];
  shared: Omit<Shared, 'backend'>;
}

/** A race that a link or file has brought, and what it would take. */
export class RaceVisit extends Weighed {
  constructor(
    readonly state: RaceState,
    readonly choices: BroughtRace,
    world: World,
  ) {
    super(state, world);
  }

  agree(): void {
    this.yes();
  }
}

/** Null for a hash that is no link. */
export async function raceOfLink(hash: string): Promise<Checked<RaceVisit> | null> {
  const read = await readLink(hash, bringWorld);
  return read?.ok ? visitOf(read.value) : read;
}

export async function raceOfFile(file: Blob): Promise<Checked<RaceVisit>> {
  // what is longer is refused by its length alone
  const read = await readSharedFile(await file.slice(0, 4 * MOST_FILE + 1).text(), bringWorld);
  return read.ok ? visitOf(read.value) : read;
}

async function visitOf(state: SharedState): Promise<Checked<RaceVisit>> {
  if (state.kind !== 'race')
    return elsewhere('a race', 'a run of the Lab', 'Open it on the page of the Lab.');
  const { arms, seeds } = state;
  if (seeds > MOST_SEEDS_HERE)
    return elsewhere(`at most ${MOST_SEEDS_HERE} seeds`, String(seeds), 'Run it with sway race.');
  const [first] = arms as readonly [Arm];
  const world = await builtInWorld(first.recipe.world);
  const shared = sharedOf(first.recipe, seeds);
  const drafts = arms.map(({ recipe }) => draftOf(recipe));
  const told = drafts.every((draft, i) => {
    const again = armRecipe(world.name, { ...draft, id: 0 }, { ...shared, backend: 'auto' });
    const checked = checkRecipe(again, worldsOf(world));
    return checked.ok && sameValue(checked.value.recipe, arms[i]?.recipe);
  });
  if (told) return { ok: true, value: new RaceVisit(state, { arms: drafts, shared }, world) };
  return elsewhere('numbers that this page sets', 'others as well', 'Run it with sway race.');
}

function elsewhere(expected: string, received: string, cure: string): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ code: 'link/race', at: 'link', expected, received, cure }] };
}

function sharedOf({ model, labels, loop, seed }: Recipe, seeds: number): BroughtRace['shared'] {
  const { rule, count, noise } = labels;
  const { steps, batch, sync_ref_model, ref_model_mixup_alpha, ref_model_sync_steps } = loop;
  const moves = { sync_ref_model, ref_model_mixup_alpha, ref_model_sync_steps };
  return { size: model.size, rule, count, noise, steps, batch, seeds, seed, ...moves };
}

function draftOf({ objective, optimiser }: Recipe): Omit<ArmDraft, 'id'> {
  const { name, parameters, formula, own, options } = objective;
  return { objective: name, parameters: { ...parameters }, lr: optimiser.lr, formula, own, options };
}

/** What is chosen, as a race under a view; else every mistake in it, with the arm that it is in. */
export function stateOf(
  world: World,
  drafts: readonly ArmDraft[],
  shared: Shared,
  view: View,
): Checked<RaceState> {
  const names = armNames(drafts);
  const arms: Arm[] = [];
  const issues: Issue[] = [];
  drafts.forEach((draft, i) => {
    const name = names[i] as string;
    const checked = checkRecipe(armRecipe(world.name, draft, shared), worldsOf(world));
    if (checked.ok) arms.push({ name, recipe: checked.value.recipe });
    else issues.push(...checked.issues.map((issue) => ({ ...issue, at: `${name}: ${issue.at}` })));
  });
  const found = issues.length > 0 ? issues : raceIssues(arms);
  if (found.length > 0) return { ok: false, issues: found };
  return { ok: true, value: { kind: 'race', arms, seeds: shared.seeds, view } };
}
