/**
 * `data/train.jsonl` and `data/eval.jsonl`: the run's labels, and as many held-out pairs as the page holds its accuracies against,
 * as its rule would label them.
 */
import type { PairColumn } from '../../training/pair-quantities.ts';
import { heldOutPairs } from '../../runs/observe.ts';
import type { PreferencePair, UnusedLabels } from '../../runs/pairs.ts';
import { labelledPairs, preferencePairs } from '../../runs/pairs.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { World } from '../../worlds/world.ts';
import { jsonLines } from '../jsonl.ts';
import { labelRows } from '../labels.ts';
import { tokenRow } from '../row-text.ts';

/** A preference that neither response wins has no row. */
const DECIDED = { tie: 'excluded', bothBad: 'excluded' } as const;

export interface ClusterData {
  train: string;
  eval: string;
  /** Rows of each. */
  rows: { train: number; eval: number };
  /** Labels that have no row. */
  unused: UnusedLabels;
}

/** `unpaired`: two rows a pair, as KTO's trainer reads them. `columns`: numbers a pair that the loss reads. */
export function clusterData(
  recipe: Recipe,
  world: World,
  unpaired: boolean,
  columns: readonly PairColumn[],
): ClusterData {
  const { labels, seed } = recipe;
  const heldOut = heldOutLabels(labels, world, seed);
  const [train, held] = [labels, heldOut].map((some) =>
    unpaired ? unpairedRows(some, world, seed) : pairedRows(some, world, seed, columns),
  ) as [Rows, Rows];
  return {
    train: jsonLines(train.rows),
    eval: jsonLines(held.rows),
    rows: { train: train.rows.length, eval: held.rows.length },
    unused: train.unused,
  };
}

interface Rows {
  rows: object[];
  unused: UnusedLabels;
}

function unpairedRows(labels: Recipe['labels'], world: World, seed: number): Rows {
  const { rows, lost } = labelRows(labelledPairs(labels, world, seed), world, 'unpaired', 'words');
  return { rows, unused: { ties: lost.ties, bothBad: lost.bothBad } };
}

function pairedRows(
  labels: Recipe['labels'],
  world: World,
  seed: number,
  columns: readonly PairColumn[],
): Rows {
  const row = ({ prompt, chosen, rejected, columns: numbers }: PreferencePair): object => {
    const text = tokenRow(prompt, world);
    return {
      prompt: text.prompt,
      chosen: text.of(chosen),
      rejected: text.of(rejected),
      ...Object.fromEntries(columns.map((name) => [name, numbers[name]])),
    };
  };
  const { pairs, unused } = preferencePairs(labels, world, seed, DECIDED);
  return { rows: pairs.map(row), unused };
}

/** Held-out stock pairs, each labelled by the recipe's rule, without noise. */
function heldOutLabels(labels: Recipe['labels'], world: World, seed: number): Recipe['labels'] {
  const rule = world.rules.find(({ name }) => name === labels.rule);
  const recorded = Array.from(
    { length: heldOutPairs(world) },
    (_, index): Recipe['labels']['recorded'][number] => {
      const { prompt, a, b } = world.pair(seed, index, 'held-out');
      const [first, second] = [a, b].map((tokens) => rule?.utility(world.score(prompt, tokens)) ?? 0) as [number, number]; // prettier-ignore
      const choice = first > second ? 'a' : first < second ? 'b' : 'tie';
      return { pair: { kind: 'stock', seed, index, split: 'held-out' }, choice, source: 'oracle' };
    },
  );
  return { ...labels, labeler: 'oracle', noise: 0, count: 0, recorded };
}
