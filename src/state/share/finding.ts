/** What a link shows of its run, in words and as a page draws it: the finding, its samples, and its conditions in one line. */
import { counted, number, percent } from '../../charts/format.ts';
import { compare, type MarkedWord } from '../../charts/words.ts';
import { valuesOf, type CurveName, type Seen, type SeenCurve } from '../../links/seen.ts';
import type { LabState } from '../../links/shared.ts';
import { objectives } from '../../objectives/index.ts';
import type { Recipe } from '../../recipes/schema.ts';
import { lastRecipe } from '../../runs/story.ts';
import type { World } from '../../worlds/world.ts';

export interface ShownSample {
  before: MarkedWord[];
  after: MarkedWord[];
  same: boolean;
}

export interface Finding {
  /** One sentence with the numbers. */
  sentence: string;
  /** What the held-out accuracy is by. */
  rule: string;
  steps: number;
  curves: Partial<Record<CurveName, { steps: readonly number[]; values: readonly number[] }>>;
  /** Text of the prompt that the samples answer. */
  prompt: string;
  samples: ShownSample[];
}

/** Null where a state shows nothing of its run. */
export function findingOf({ story, seen, receipt, prompt }: LabState, world: World): Finding | null {
  if (seen === undefined || receipt === null) return null;
  const { rule } = lastRecipe(story).labels;
  const title = world.rules.find(({ name }) => name === rule)?.title ?? rule;
  const samples = samplesIn(seen, world);
  return {
    sentence: sentenceOf(seen, receipt.steps, title, samples),
    rule: title,
    steps: receipt.steps,
    curves: Object.fromEntries(CURVES.flatMap((name) => drawn(name, seen[name]))),
    prompt: world.prompts.find(({ id }) => id === prompt)?.text ?? '',
    samples,
  };
}

const CURVES = ['accuracy', 'margins', 'loss'] as const satisfies readonly CurveName[];

const drawn = (name: CurveName, curve: SeenCurve | undefined) =>
  curve ? [[name, { steps: curve.steps, values: valuesOf(curve) }] as const] : [];

function samplesIn({ samples }: Seen, world: World): ShownSample[] {
  if (!samples) return [];
  return samples.before.map((tokens, i) => {
    const [before, after] = [world.decode(tokens), world.decode(samples.after[i] ?? [])];
    return { ...compare(before, after), same: before === after };
  });
}

function sentenceOf(seen: Seen, steps: number, rule: string, samples: readonly ShownSample[]): string {
  const changed = samples.filter(({ same }) => !same).length;
  const parts = [
    ...part(seen.accuracy, percent, (last, first) => `it sides with the rule “${rule}” on ${last} of held-out pairs (${first})`),
    ...part(seen.margins, number, (last, first) => `the margin of a batch is ${last} (${first})`),
    ...part(seen.loss, number, (last, first) => `the loss of a batch is ${last} (${first})`),
    ...(samples.length === 0 ? [] : [`${changed} of ${counted(samples.length, 'sample')} ${changed === 1 ? 'reads' : 'read'} differently`]),
  ];
  const rest = parts.slice(0, -1).join(', ');
  return `After ${counted(steps, 'step')} ${rest === '' ? '' : `${rest}, and `}${parts.at(-1) ?? ''}.`;
} // prettier-ignore

function part(
  curve: SeenCurve | undefined,
  write: (value: number) => string,
  say: (last: string, first: string) => string,
): string[] {
  if (!curve) return [];
  const values = valuesOf(curve);
  const [first, last, start] = [values[0] ?? NaN, values.at(-1) ?? NaN, curve.steps[0] ?? 0];
  return [say(write(last), `${write(first)} ${start <= 1 ? 'before' : `after ${counted(start, 'step')}`}`)];
}

/** Under which it came about: loss, steps, labels, seed. */
export function conditionsOf({ story, receipt }: LabState): string {
  const { labels, loop, objective, seed } = lastRecipe(story);
  const title = objectives.get(objective.name)?.title ?? objective.name;
  const changes = story.changes.length;
  return [
    objective.formula === null ? title : `${title}, changed`,
    counted(receipt?.steps ?? loop.steps, 'step'),
    labelWords(labels),
    `seed ${seed}`,
    ...(changes > 0 ? [counted(changes, 'change on the way', 'changes on the way')] : []),
  ].join(' · ');
}

function labelWords({ recorded, count, rule }: Recipe['labels']): string {
  const parts = [
    ...(recorded.length > 0 ? [counted(recorded.length, 'label')] : []),
    ...(count > 0 ? [`${counted(count, 'pair')} by the rule ${rule}`] : []),
  ];
  return parts.length === 0 ? 'no labels' : parts.join(' and ');
}
