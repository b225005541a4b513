/** `loss.py`: an objective's formula, and all that it reads, as functions of two models' logits. Needs torch alone. */
import type { CheckedFormula } from '../../formulas/check.ts';
import { REWARD_NAMES } from '../../formulas/check.ts';
import { namesIn, linesFor } from '../../formulas/rewrite.ts';
import { printTorch, torchArguments } from '../../formulas/torch.ts';
import { OFFLINE_NEEDS, PAIR_COLUMNS } from '../../training/pair-quantities.ts';
import type { PairColumn } from '../../training/pair-quantities.ts';
import QUANTITIES from '../python/quantities.py?raw';

export interface LossModule {
  text: string;
  /** Numbers a pair that the data must have. */
  columns: PairColumn[];
  readsRewardMean: boolean;
}

/** `parameters`: the number of each of the formula's own. For formulas that an offline run can train on. */
export function lossModule(
  checked: CheckedFormula,
  parameters: Readonly<Record<string, number>>,
): LossModule {
  const rewards = (['w', 'l'] as const).map((side) => rewardFormula(checked, REWARD_NAMES[side]));
  const printed = [
    functionOf('formula_loss', checked, parameters),
    ...rewards.map((formula, i) =>
      formula === null ? null : functionOf(`formula_reward_${'wl'[i]}`, formula, parameters),
    ),
  ] as [Printed, Printed | null, Printed | null];
  const there = printed.filter((one) => one !== null);
  const helper = there.find(({ before }) => before.includes('def log1mexp'))?.before;
  const text = [
    `"""The loss of this run, written by Swayground from its formula, and what the formula reads. Needs PyTorch alone."""`,
    '',
    'import torch',
    'import torch.nn.functional as F  # noqa: F401',
    ...(helper === undefined ? [] : ['', '', helper.slice(helper.indexOf('def log1mexp')).trimEnd()]),
    ...there.map(({ body }) => `\n\n${body.trimEnd()}`),
    '',
    '',
    '# a function, what it is called with, and its numbers',
    `LOSS = ${printed[0].row}`,
    `REWARDS = (${printed[1]?.row ?? 'None'}, ${printed[2]?.row ?? 'None'})`,
    QUANTITIES,
  ].join('\n');
  const reads = new Set(there.flatMap(({ names }) => names));
  return {
    text,
    columns: PAIR_COLUMNS.filter((name) => reads.has(name)),
    readsRewardMean: reads.has('reward_mean'),
  };
}

interface Printed {
  before: string;
  body: string;
  /** As a Python tuple. */
  row: string;
  names: string[];
}

function functionOf(
  name: string,
  checked: CheckedFormula,
  numbers: Readonly<Record<string, number>>,
): Printed {
  const text = printTorch(checked, name);
  const at = text.lastIndexOf('\ndef ') + 1;
  const called = /^def (\w+)\(/.exec(text.slice(at))?.[1] as string;
  const { quantities, masks, parameters } = torchArguments(checked);
  const names = [...quantities, ...masks];
  const values = parameters.map((parameter) => numbers[parameter] as number);
  const row = `(${called}, ${tuple(names.map((one) => JSON.stringify(one)))}, ${tuple(values.map(String))})`;
  return { before: text.slice(0, at), body: text.slice(at), row, names };
}

const tuple = (items: readonly string[]): string =>
  items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;

/** The formula whose loss is a reward of the other, one a pair; null where it assigns none, or one that isn't one a pair. */
function rewardFormula(checked: CheckedFormula, name: string): CheckedFormula | null {
  if (checked.shapes.get(name)?.length !== 1) return null;
  const { lines, reads } = linesFor(checked.formula, [name]);
  if (reads.has('reward_mean')) return null;
  const value = { kind: 'name', name, place: { line: 1, column: 1 } } as const;
  const formula = [...lines.filter((line) => line.name !== 'loss'), { name: 'loss', value, place: value.place }];
  return {
    ...checked,
    formula,
    // without an axis, so that what is printed returns it as it is
    shapes: new Map([...checked.shapes, ['loss', []]]),
    reads: namesIn(formula).reads,
    needs: new Set([...checked.needs].filter((need) => OFFLINE_NEEDS.has(need))),
  };
} // prettier-ignore
