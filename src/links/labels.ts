/** Recorded labels as a link carries them: stock pairs in a row as one letter each, other pairs written out. */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import type { Choice, Label } from '../labelers/labeler.ts';
import { CHOICES } from '../labelers/labeler.ts';
import { MOST_RECORDED } from '../recipes/parameters.ts';
import { linkIssue } from './issues.ts';

const LETTERS: Record<Choice, string> = { a: 'a', b: 'b', tie: 't', both_bad: 'x' };
const CHOICE_OF: ReadonlyMap<string, Choice> = new Map(
  CHOICES.map((choice) => [LETTERS[choice], choice] as const),
);
/** Stands for a pair without a label. */
const GAP = '-';
/** Past that many gaps another row is shorter. */
const MOST_GAPS = 12;

/** Letters of a row: readers take texts of 16,000 characters. */
const LONGEST_ROW = 15_000;

/** What a row leaves out. */
const HUMAN = 'human';
const SEED = 0;
const SPLIT = 'train';

const index = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
const source = v.optional(v.pipe(v.string(), v.maxLength(40)), HUMAN);
const row = v.strictObject({
  /** Index of the first pair; the letters are those of it and its successors. */
  from: index,
  choices: v.pipe(v.string(), v.maxLength(2 * MOST_RECORDED), v.regex(/^[abtx-]+$/, 'letters a, b, t, x, -')),
  seed: v.optional(v.number(), SEED),
  split: v.optional(v.string(), SPLIT),
  source,
});
const given = v.strictObject({
  prompt: v.string(),
  a: v.array(v.number()),
  b: v.array(v.number()),
  choice: v.picklist(CHOICES),
  source,
});
const isRow = (input: unknown): boolean => typeof input === 'object' && input !== null && 'choices' in input;

/** In the order in which they were recorded. */
export const packedLabels = v.pipe(
  v.array(v.lazy((input) => (isRow(input) ? row : given))),
  v.maxLength(MOST_RECORDED),
);

export type UnpackedLabels = v.InferOutput<typeof packedLabels>;

type Row = v.InferInput<typeof row>;
export type PackedLabels = (Row | v.InferInput<typeof given>)[];

export function packLabels(labels: readonly Label[]): PackedLabels {
  const packed: PackedLabels = [];
  let open: { row: Row; next: number; key: string } | null = null;
  for (const { pair, choice, source: by } of labels) {
    const from = by === HUMAN ? {} : { source: by };
    if (pair.kind === 'given') {
      packed.push({ prompt: pair.prompt, a: [...pair.a], b: [...pair.b], choice, ...from });
      open = null;
      continue;
    }
    const key = JSON.stringify([pair.seed, pair.split, by]);
    const gap = open !== null && open.key === key ? pair.index - open.next : -1;
    const room = LONGEST_ROW - (open?.row.choices.length ?? 0);
    if (open !== null && gap >= 0 && gap <= MOST_GAPS && gap < room) {
      open.row.choices += GAP.repeat(gap) + LETTERS[choice];
    } else {
      const seed = pair.seed === SEED ? {} : { seed: pair.seed };
      const split = pair.split === SPLIT ? {} : { split: pair.split };
      open = {
        row: { from: pair.index, choices: LETTERS[choice], ...seed, ...split, ...from },
        next: 0,
        key,
      };
      packed.push(open.row);
    }
    open.next = pair.index + 1;
  }
  return packed;
}

/** Every label written out, for the recipe's own check; at most `most` of them. */
export function unpackLabels(packed: UnpackedLabels, at: string, most = MOST_RECORDED): Checked<Label[]> {
  const labels: Label[] = [];
  for (const item of packed) {
    if ('choices' in item) labels.push(...rowLabels(item));
    else {
      const { prompt, a, b, choice, source: by } = item;
      labels.push({ pair: { kind: 'given', prompt, a, b }, choice, source: by });
    }
    if (labels.length > most) {
      return linkIssue('labels', at, `at most ${most} labels`, 'more', 'Share fewer labels.');
    }
  }
  return { ok: true, value: labels };
}

function rowLabels({ from, choices, seed, split, source: by }: v.InferOutput<typeof row>): Label[] {
  return [...choices].flatMap((letter, i): Label[] => {
    const choice = CHOICE_OF.get(letter);
    if (choice === undefined) return [];
    // whether there is such a split, the recipe's check says
    const pair = { kind: 'stock', seed, index: from + i, split: split as 'train' } as const;
    return [{ pair, choice, source: by }];
  });
}
