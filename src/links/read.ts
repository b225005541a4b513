/** From the JSON of a link or file to a checked state. */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import type { Worlds } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import { parsed } from '../recipes/parse.ts';
import type { Arm } from '../runs/race/race.ts';
import { MOST_ARMS, MOST_SEEDS, raceIssues } from '../runs/race/race.ts';
import { packedChanges } from './changes.ts';
import type { Plain } from './compact.ts';
import { expandRecipe, isPlain } from './compact.ts';
import { packedData, unpackData } from './data.ts';
import { linkIssue, shapeIssues, tellable } from './issues.ts';
import { packedLabels } from './labels.ts';
import { packedSeen, unpackSeen } from './packed-seen.ts';
import { packedReceipt, unpackReceipt } from './receipt.ts';
import type { LabState, RaceState, SharedState } from './shared.ts';
import { LONGEST_NOTE, shownText } from './shown.ts';
import type { StoryCaps } from './story.ts';
import { checkedLabels, readStory, SHARED_CAPS, withoutRecorded, withRecorded } from './story.ts';
import type { View } from './view.ts';
import { viewEntries, viewIssues } from './view.ts';

const shown = shownText();
const plain = v.custom<Plain>(isPlain, 'an object');
const labels = v.optional(packedLabels, () => []);
const view = {
  ...viewEntries,
  title: v.optional(shown, ''),
  note: v.optional(shownText(LONGEST_NOTE), ''),
};

const labSchema = v.strictObject({
  kind: v.literal('lab'),
  recipe: plain,
  labels,
  changes: v.optional(packedChanges, () => []),
  receipt: v.optional(packedReceipt),
  prompt: v.optional(v.string()),
  data: v.optional(packedData),
  seen: v.optional(packedSeen),
  ...view,
});
const raceSchema = v.strictObject({
  kind: v.literal('race'),
  /** What the arms share. */
  recipe: plain,
  labels,
  arms: v.pipe(
    v.array(v.strictObject({ name: shown, objective: v.optional(plain), optimiser: v.optional(plain) })),
    v.maxLength(MOST_ARMS),
  ),
  seeds: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(MOST_SEEDS)),
  ...view,
});

/** The state that the JSON of version 1 stands for, or the mistakes that were found in it. `worlds`: the one that it names, where there is one. */
export function readShared(json: unknown, worlds: Worlds, caps = SHARED_CAPS): Checked<SharedState> {
  const read = parsed(v.variant('kind', [labSchema, raceSchema]), json);
  if (!read.success) return { ok: false, issues: shapeIssues(read.issues) };
  const { output } = read;
  const wrong = viewIssues(output.kind, output);
  if (wrong.length > 0) return { ok: false, issues: tellable(wrong) };
  return output.kind === 'lab' ? readLab(output, worlds, caps) : readRace(output, worlds);
}

function readLab(
  packed: v.InferOutput<typeof labSchema>,
  worlds: Worlds,
  caps: StoryCaps,
): Checked<LabState> {
  const story = readStory(packed, worlds, caps);
  if (!story.ok) return story;
  const { recipe, changes } = story.value;
  const receipt = packed.receipt === undefined ? null : unpackReceipt(packed.receipt);
  if (receipt?.ok === false) return receipt;
  const last = changes.at(-1)?.step ?? 0;
  if (receipt !== null && receipt.value.steps < last) {
    const expected = `at least the ${last} steps before the last change`;
    const received = String(receipt.value.steps);
    return linkIssue('receipt', 'receipt.steps', expected, received, 'Ask for the link again.');
  }
  const { prompt } = packed;
  const world = worlds.get(recipe.world) as World; // its recipe was checked in it
  if (prompt !== undefined && !world.prompts.some(({ id }) => id === prompt)) {
    const cure = 'Remove it, or check its spelling.';
    return linkIssue('prompt', 'prompt', 'a prompt of the world', prompt, cure);
  }
  const data = packed.data === undefined ? null : unpackData(packed.data, recipe.world);
  if (data?.ok === false) return data;
  const of = { world, prompt, steps: receipt === null ? null : receipt.value.steps };
  const seen = packed.seen === undefined ? null : unpackSeen(packed.seen, of);
  if (seen?.ok === false) return seen;
  return {
    ok: true,
    value: {
      kind: 'lab',
      story: story.value,
      receipt: receipt === null ? null : receipt.value,
      ...(prompt === undefined ? {} : { prompt }),
      ...(data === null ? {} : { data: data.value }),
      ...(seen === null ? {} : { seen: seen.value }),
      ...viewOf(packed),
    },
  };
}

function readRace(packed: v.InferOutput<typeof raceSchema>, worlds: Worlds): Checked<RaceState> {
  const arms: Arm[] = [];
  for (const [i, { name, objective, optimiser }] of packed.arms.entries()) {
    const whole = { ...packed.recipe, ...(objective && { objective }), ...(optimiser && { optimiser }) };
    const recipe = expandRecipe(withoutRecorded(whole), worlds, `arms.${i}: `);
    if (!recipe.ok) return recipe;
    const recorded = checkedLabels(packed.labels, recipe.value.world, 'labels');
    if (!recorded.ok) return recorded;
    arms.push({ name, recipe: withRecorded(recipe.value.recipe, recorded.value) });
  }
  const issues = raceIssues(arms);
  if (issues.length > 0) return { ok: false, issues: tellable(issues) };
  return { ok: true, value: { kind: 'race', arms, seeds: packed.seeds, ...viewOf(packed) } };
}

/** The names have been looked up. */
function viewOf({
  hide,
  lock,
  title,
  note,
}: {
  hide: string[];
  lock: string[] | 'all';
  title: string;
  note: string;
}): Pick<SharedState, 'view' | 'title' | 'note'> {
  return {
    view: { hide, lock } as View,
    ...(title === '' ? {} : { title }),
    ...(note === '' ? {} : { note }),
  };
}
