/** A race that a link has brought, as the page's choices; what those can't say is an issue. Loads lazily. */
import type { Checked, Issue } from '../base/errors.ts';
import { costIssues, costOf } from '../recipes/link/cost.ts';
import { readLink } from '../recipes/link/codec.ts';
import { canonicalText, checkRecipe, type Recipe } from '../recipes/schema.ts';
import type { ArmDraft, Shared } from './race-arms.ts';
import { armRecipe, MOST_SEEDS_HERE } from './race-arms.ts';

export interface RaceChoices {
  arms: Omit<ArmDraft, 'id'>[];
  shared: Omit<Shared, 'backend'>;
}

export async function choicesOfLink(hash: string): Promise<Checked<RaceChoices> | null> {
  const read = await readLink(hash);
  if (read === null || !read.ok) return read;
  if (read.value.kind !== 'race')
    return elsewhere('a race', 'a run of the Lab', 'Open it on the page of the Lab.');
  const { arms, seeds } = read.value;
  const issues = costIssues(costOf(read.value));
  const first = arms[0]?.recipe;
  if (issues.length > 0 || !first) return { ok: false, issues };
  if (seeds > MOST_SEEDS_HERE)
    return elsewhere(`at most ${MOST_SEEDS_HERE} seeds`, String(seeds), 'Run it with sway race.');
  const shared = sharedOf(first, seeds);
  const drafts = arms.map(({ recipe }) => draftOf(recipe));
  const told = drafts.every((draft, i) => {
    const again = checkRecipe(armRecipe({ ...draft, id: 0 }, { ...shared, backend: 'auto' }));
    return again.ok && canonicalText(again.value) === canonicalText(arms[i]?.recipe as Recipe);
  });
  if (told) return { ok: true, value: { arms: drafts, shared } };
  return elsewhere('numbers that this page sets', 'others as well', 'Run it with sway race.');
}

function elsewhere(expected: string, received: string, cure: string): { ok: false; issues: Issue[] } {
  return { ok: false, issues: [{ code: 'link/race', at: 'link', expected, received, cure }] };
}

function sharedOf({ model, labels, loop, seed }: Recipe, seeds: number): RaceChoices['shared'] {
  const { rule, count, noise } = labels;
  return { size: model.size, rule, count, noise, steps: loop.steps, batch: loop.batch, seeds, seed };
}

function draftOf({ objective, optimiser }: Recipe): Omit<ArmDraft, 'id'> {
  const { name, parameters, formula, own, options } = objective;
  return { objective: name, parameters: { ...parameters }, lr: optimiser.lr, formula, own, options };
}
