/** A story as a link carries it: its last list of labels once, the recipe it starts from, and what each change sets. */
import type { Checked } from '../base/errors.ts';
import type { Label } from '../labelers/labeler.ts';
import { MOST_RECORDED } from '../recipes/parameters.ts';
import { parsed } from '../recipes/parse.ts';
import type { Recipe } from '../recipes/schema.ts';
import { RECIPE_VERSION } from '../recipes/schema.ts';
import type { Story } from '../runs/story.ts';
import { lastRecipe, MOST_CHANGES } from '../runs/story.ts';
import type { PackedChanges } from './changes.ts';
import { packChange, unpackChanges } from './changes.ts';
import { worldsOf, type Worlds } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import type { DefaultsOf, Plain } from './compact.ts';
import { checked, compactRecipe, expandRecipe, isPlain } from './compact.ts';
import { linkIssue, shapeIssues } from './issues.ts';
import type { PackedLabels, UnpackedLabels } from './labels.ts';
import { packedLabels, packLabels, unpackLabels } from './labels.ts';

export type Recorded = Recipe['labels']['recorded'];

/** Labels of all lists of a story that are written out, so that checking a hostile one takes no second. */
const MOST_LABELS_IN_ALL = 20_000;

/** How much of a story is read. */
export interface StoryCaps {
  changes: number;
  /** Labels of all lists together. */
  labels: number;
}
/** Of a stranger's. */
export const SHARED_CAPS: StoryCaps = { changes: MOST_CHANGES, labels: MOST_LABELS_IN_ALL };
/** Of one that this browser has kept: whatever has come about is read again. */
export const KEPT_CAPS: StoryCaps = { changes: Infinity, labels: Infinity };

export interface PackedStory {
  recipe: Plain;
  /** What the last recipe records; the others record its first n, or a list of their own. */
  labels: UnpackedLabels;
  changes: PackedChanges;
}

export function readStory(
  { recipe: compact, labels, changes }: PackedStory,
  worlds: Worlds,
  caps = SHARED_CAPS,
): Checked<Story> {
  const first = expandRecipe(withoutRecorded(compact), worlds, 'recipe.');
  if (!first.ok) return first;
  const { world } = first.value;
  const all = checkedLabels(labels, world, 'labels');
  if (!all.ok) return all;
  let most = caps.labels;
  const recordedOf = (value: unknown, at: string): Checked<Recorded> => {
    if (typeof value === 'number') return firstLabels(all.value, value, at);
    const list = parsed(packedLabels, value);
    if (!list.success) return { ok: false, issues: shapeIssues(list.issues, `${at}.`) };
    const own = checkedLabels(list.output, world, at, most);
    if (own.ok) most -= own.value.length;
    return own;
  };
  const start = isPlain(compact['labels']) ? compact['labels']['recorded'] : undefined;
  const recorded = start === undefined ? all : recordedOf(start, 'recipe.labels.recorded');
  if (!recorded.ok) return recorded;
  const recipe = withRecorded(first.value.recipe, recorded.value);
  const told = unpackChanges(changes, recipe, worldsOf(world), recordedOf, caps.changes);
  return told.ok ? { ok: true, value: { recipe, changes: told.value } } : told;
}

function firstLabels(all: Recorded, count: number, at: string): Checked<Recorded> {
  if (Number.isInteger(count) && count >= 0 && count <= all.length)
    return { ok: true, value: all.slice(0, count) };
  const expected = `a whole number from 0 to ${all.length}, or a list`;
  return linkIssue('labels', at, expected, String(count), 'Ask for the link again.');
}

/** The labels of a list, at most `most`, as the recipe's own check leaves them. */
export function checkedLabels(
  packed: UnpackedLabels,
  world: World,
  at: string,
  most = MOST_RECORDED,
): Checked<Recorded> {
  const labels = unpackLabels(packed, at, Math.min(most, MOST_RECORDED));
  if (!labels.ok) return labels;
  if (labels.value.length === 0) return { ok: true, value: [] };
  const own = { rule: world.rules[0]?.name, recorded: labels.value };
  const input = { version: RECIPE_VERSION, world: world.name, labels: own };
  const recipe = checked(input, worldsOf(world), '');
  if (recipe.ok) return { ok: true, value: recipe.value.recipe.labels.recorded };
  const issues = recipe.issues.map((issue) => ({ ...issue, at: issue.at.replace('labels.recorded', at) }));
  return { ok: false, issues };
}

export function withoutRecorded(compact: Plain): Plain {
  if (!isPlain(compact['labels'])) return compact;
  const { recorded: _recorded, ...labels } = compact['labels'];
  return { ...compact, labels };
}

export function withRecorded(recipe: Recipe, recorded: Recorded): Recipe {
  return { ...recipe, labels: { ...recipe.labels, recorded } };
}

export function writeStory(
  story: Story,
  defaults: DefaultsOf,
): {
  recipe: Plain;
  labels?: PackedLabels;
  changes?: PackedChanges;
} {
  const all = lastRecipe(story).labels.recorded;
  const { startsWith, same } = comparison();
  const packRecorded = (recorded: Recorded): unknown =>
    startsWith(all, recorded) ? recorded.length : packLabels(recorded);

  const recipe = compactRecipe(story.recipe, defaults);
  const start = packRecorded(story.recipe.labels.recorded);
  if (start !== all.length)
    recipe['labels'] = { ...(recipe['labels'] as Plain | undefined), recorded: start };
  const changes = story.changes.map(({ step, recipe: after }, i) => {
    const before = story.changes[i - 1]?.recipe ?? story.recipe;
    const set = packChange(before, after);
    const { recorded } = after.labels;
    if (!same(before.labels.recorded, recorded)) set['labels.recorded'] = packRecorded(recorded);
    return { step, set };
  });
  return {
    recipe,
    ...(all.length > 0 ? { labels: packLabels(all) } : {}),
    ...(changes.length > 0 ? { changes } : {}),
  };
}

/** Lists of labels compared by value; each label is written out once. */
function comparison(): Record<'startsWith' | 'same', (list: Recorded, other: Recorded) => boolean> {
  const texts = new Map<Label, string>();
  const text = (label: Label): string => {
    const known = texts.get(label) ?? JSON.stringify(label);
    texts.set(label, known);
    return known;
  };
  const startsWith = (list: Recorded, start: Recorded): boolean =>
    start.length <= list.length && start.every((label, i) => text(label) === text(list[i] as Label));
  return { startsWith, same: (a, b) => a.length === b.length && startsWith(a, b) };
}
