import { lately, type Lesson, type Seen } from '../../../src/lessons/lesson.ts';

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

/** The run read the oracle's pairs from its first step on: sixteen pairs are then that small a part of all of them. */
const withOracle = ({ rows, automatic }: Seen): boolean => {
  const first = rows[0];
  return first !== undefined && first.epoch * automatic <= first.step * 16;
};

export const lesson: Lesson = {
  title: 'Your preferences, a model',
  question: 'How does a click become a change in what a model says?',
  minutes: 8,
  setups: {
    start: { version: 1, world: 'reviews', labels: { rule: 'positive' }, optimiser: { lr: 0.0005 }, loop: { steps: 60 } },
  },
  steps: [
    { id: 'model', setup: 'start', show: ['ranking'], point: 'ranking' },
    {
      id: 'pair',
      show: ['label'],
      point: 'label',
      task: { words: 'Judge one pair. Then go on here, or with Space.', with: 'label', done: ({ labels }) => labels >= 1 },
    },
    {
      id: 'taste',
      show: ['label'],
      point: 'label',
      task: { words: 'Judge ten pairs in all, always by the same taste. Then go on here, or with Space.', with: 'label', done: ({ labels }) => labels >= 10 },
      finding: { name: 'labels', figures: ({ labels }) => `${labels} judged by you` },
    },
    {
      id: 'guess',
      show: ['ranking'],
      predict: {
        ask: 'Ten answers against a model that has read hundreds of thousands of reviews. After training, the ranking of its own reviews will be …',
        choices: ['exactly as before', 'in another order'],
        came: ({ evaluations }) => ((evaluations.at(-1)?.kl ?? 0) > 0.001 ? 1 : 0),
      },
      point: 'ranking',
      task: { words: 'Press Train, and watch the ranking.', done: ({ step, steps }) => step > 0 && step >= steps },
      finding: {
        name: 'after training',
        figures: ({ rows, evaluations }) =>
          `margin ${signed(lately(rows, 'rewards/margins'))}, distance ${evaluations.at(-1)?.kl.toFixed(2)} nats a word`,
      },
    },
    { id: 'margin', show: ['curves'], point: 'curves' },
    { id: 'words', show: ['tokens'], point: 'tokens' },
    { id: 'dice', show: ['samples'], point: 'samples' },
    { id: 'unseen', show: ['held-out'], point: 'held-out' },
    {
      id: 'oracle',
      show: ['oracle', 'label', 'held-out'],
      point: 'label',
      predict: {
        ask: 'Two hundred more pairs, judged by a rule that never errs (“the happier review”). The accuracy on pairs it has not seen will be …',
        choices: ['about half, a coin’s', 'clearly above half', 'nearly all'],
        came: ({ evaluations }) => {
          const accuracy = evaluations.at(-1)?.accuracies['positive'] ?? 0;
          return accuracy < 0.58 ? 0 : accuracy < 0.92 ? 1 : 2;
        },
      },
      task: {
        words: 'Let the oracle label 200 pairs, press Reset, then Train to the end.',
        with: 'oracle',
        done: (seen) => seen.automatic >= 200 && seen.step >= seen.steps && withOracle(seen),
      },
      finding: {
        name: 'with the oracle',
        figures: ({ evaluations }) =>
          `${((evaluations.at(-1)?.accuracies['positive'] ?? NaN) * 100).toFixed(0)}% of unseen pairs right`,
      },
    },
    { id: 'end', show: ['ranking', 'curves', 'samples'] },
  ],
};
