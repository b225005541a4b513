import { lately, trained, type Lesson, type Prediction, type Seen } from '../../../src/lessons/lesson.ts';
import { judgedTwice } from '../../../src/lessons/stock.ts';

const at = ({ evaluations }: Seen, rule: string): number => evaluations.at(-1)?.accuracies[rule] ?? NaN;
const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;
const unseen = (seen: Seen): string => `${percent(at(seen, 'positive'))} of unseen pairs right`;
const best = ({ evaluations }: Seen): { step: number; share: number } =>
  evaluations.reduce(
    (top, { step, accuracies }) =>
      (accuracies['positive'] ?? 0) > top.share ? { step, share: accuracies['positive'] ?? 0 } : top,
    { step: 0, share: 0 },
  );

const labelled = (labels: object, steps = 150): object => ({
  version: 1,
  world: 'reviews',
  labels: { rule: 'positive', ...labels },
  optimiser: { lr: 0.0005 },
  loop: { steps },
});

/** A labeller who always presses the left button. */
const LEFT = Array.from({ length: 64 }, (_, index) => ({
  pair: { kind: 'stock', seed: 0, index, split: 'train' },
  choice: 'a',
  source: 'oracle',
}));

/**
 * The first 256 pairs of the stock that both of two judges decide. The first is a reader to whom a point of sentiment is worth ten
 * words less (the rule `positive-short`), the second one to whom it is worth four words more.
 */
const JUDGED = judgedTwice(
  'AbBBAaBb-aAaaABabABbbaAbaAaAbaaABBAaBbBbbaaAABABBaBBABAabABAAbBABAAABBBBbbaBABBBAABBaBbabbbaBBBB' +
  'BAaAABbbaAabABAbAAAaAbaBBa-BBbaBBBAAABaAabBbAabaABAABAbAAbbAAAABbaBABBaBBaBbBabBBBBBBbBBBBBBBaBb' +
  'BBBABBAAbAaBaBaabbabbabBBBbbBAbAbbaBbBaaabBbBBAAaBbABbABBABBAAAaba',
);

/** Every pair is read once. */
const rewarded = (recorded: object[]): object => ({
  version: 1,
  world: 'reviews',
  labels: { rule: 'positive-short', recorded },
  objective: { name: 'bradley_terry' },
  optimiser: { lr: 0.0005 },
  loop: { steps: 16, evaluate_every: 4 },
});

const measured = ({ reward }: Seen): boolean => reward !== null && reward.audit !== null && reward.step >= reward.steps;

/** What becomes of the truth as n grows. */
const TRUTH: Prediction = {
  ask: 'Of n reviews the one with the highest reward wins. As n grows from 1 to 128, the truth of the winner will …',
  choices: ['rise with the reward', 'rise at first, and be lost again', 'stay where it is'],
  came: ({ reward }) => {
    const truths = reward?.audit?.curve.map(({ truth }) => truth) ?? [];
    const top = truths.reduce((best, one) => (one.mean > best.mean ? one : best), { mean: 0, halfWidth: 0 });
    const last = truths.at(-1)?.mean ?? NaN;
    return top.mean - top.halfWidth <= 0 ? 2 : last > 0.75 * top.mean ? 0 : 1;
  },
};

/** `best of 8: reward +1.11, truth +0.02 ± 0.08; …` */
function gains({ reward }: Seen): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
  const told = (reward?.audit?.curve ?? [])
    .filter(({ n }) => [2, 16, 128].includes(n))
    .map(({ n, proxy, truth }) => `${n}: reward ${signed(proxy.mean)}, truth ${signed(truth.mean)} ± ${truth.halfWidth.toFixed(2)}`);
  return `best of ${told.join('; of ')}`;
}

/** The accuracy on unseen pairs, as one of three choices. */
const band = (seen: Seen): number => {
  const share = at(seen, 'positive');
  return share < 0.56 ? 2 : share < 0.72 ? 1 : 0;
};

export const lesson: Lesson = {
  title: 'When the labels are wrong',
  question: 'People disagree, slip, and pick the left one. What does a model make of that, and what helps?',
  minutes: 15,
  setups: {
    clean: labelled({ count: 200 }),
    noisy: labelled({ count: 200, noise: 0.3 }),
    many: labelled({ count: 1000, noise: 0.3 }),
    left: labelled({ recorded: LEFT }, 100),
    long: labelled({ rule: 'long', count: 200 }, 100),
  },
  rewards: { right: rewarded(JUDGED.first), impressed: rewarded(JUDGED.second) },
  steps: [
    { id: 'wrong', setup: 'clean', show: ['held-out'] },
    {
      id: 'clean',
      setup: 'clean',
      show: ['curves', 'held-out'],
      point: 'curves',
      task: { words: 'Press Train and let it run to the end: this is what the others are compared with.', done: (seen) => trained(seen, 100) },
      finding: { name: '200 right labels', figures: unseen },
    },
    {
      id: 'heart',
      setup: 'noisy',
      show: ['curves', 'held-out'],
      point: 'curves',
      predict: {
        ask: 'Three labels of ten are turned round. On the pairs that it learns from (batch accuracy), the model will agree with …',
        choices: ['about 70% of the labels, the right ones', 'nearly all labels, wrong ones too'],
        came: ({ rows }) => (lately(rows, 'rewards/accuracies') > 0.85 ? 1 : 0),
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 100) },
      finding: {
        name: '200 labels, 30% wrong',
        figures: (seen) => `${unseen(seen)}; ${percent(best(seen).share)} at its best, at step ${best(seen).step}`,
      },
    },
    { id: 'early', show: ['curves', 'held-out'], point: 'curves' },
    {
      id: 'robust',
      setup: 'noisy',
      show: ['loss', 'curves'],
      point: 'loss',
      predict: {
        ask: 'robust is told that 30% are wrong. At the end its accuracy on unseen pairs will be …',
        choices: ['as with right labels, 72% or more', 'about as without it', 'a coin’s'],
        came: band,
      },
      task: {
        words: 'Choose robust from the list of losses, set its label smoothing to 0.3, press Reset, then Train to the end.',
        with: 'loss',
        done: (seen) =>
          seen.objective === 'robust' && (seen.parameters['label_smoothing'] ?? 0) >= 0.25 && trained(seen, 100),
      },
      finding: { name: 'robust, the same labels', figures: unseen },
    },
    { id: 'average', show: ['loss'], point: 'loss' },
    {
      id: 'many',
      setup: 'many',
      show: ['curves', 'held-out'],
      point: 'held-out',
      predict: {
        ask: 'A thousand labels, 30% of them wrong, with the plain loss. Its accuracy on unseen pairs will be …',
        choices: ['as with 200 right labels, 72% or more', 'between', 'a coin’s'],
        came: band,
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 100) },
      finding: { name: '1,000 labels, 30% wrong', figures: unseen },
    },
    {
      id: 'left',
      setup: 'left',
      show: ['label', 'curves', 'held-out'],
      point: 'label',
      predict: {
        ask: 'Somebody pressed the left button 64 times. The loss of the model that learns from it will …',
        choices: ['stay near 0.69, since there is nothing to learn', 'fall as if all were well'],
        came: ({ rows }) => (lately(rows, 'loss') > 0.5 ? 0 : 1),
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 50) },
      finding: { name: 'always the left one', figures: unseen },
    },
    {
      id: 'long',
      setup: 'long',
      show: ['samples', 'held-out'],
      point: 'samples',
      predict: {
        ask: 'Now a labeller who likes the longer review, whatever it says. The model’s own reviews will become …',
        choices: ['longer', 'better liked, at the same length'],
        came: (seen) => (at(seen, 'long') > at(seen, 'positive') ? 0 : 1),
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 50) },
      finding: {
        name: 'always the longer one',
        figures: (seen) => `longer preferred on ${percent(at(seen, 'long'))}, happier on ${percent(at(seen, 'positive'))} of unseen pairs`,
      },
    },
    {
      id: 'judge',
      show: [],
      reward: 'right',
      predict: TRUTH,
      task: { words: 'Press Train. It takes 16 steps; then the two curves are measured.', done: measured },
      finding: { name: 'reward model, right labels', figures: gains },
    },
    {
      id: 'proxy',
      show: [],
      reward: 'impressed',
      predict: TRUTH,
      task: { words: 'Press Train, and compare the two curves.', done: measured },
      finding: { name: 'reward model, impressed by length', figures: gains },
    },
    { id: 'end', show: ['curves', 'held-out'] },
  ],
};
