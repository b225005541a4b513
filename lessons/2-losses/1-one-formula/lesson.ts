import { lately, trained, type Lesson, type Seen } from '../../../src/lessons/lesson.ts';

const margin = ({ rows }: Seen): number => lately(rows, 'rewards/margins');
const accuracy = ({ evaluations }: Seen): number => evaluations.at(-1)?.accuracies['positive'] ?? NaN;
const figures = (seen: Seen): string =>
  `margin ${margin(seen).toFixed(2)}, ${(100 * accuracy(seen)).toFixed(0)}% of unseen pairs right`;

const isBuiltIn = ({ objective, formula }: Seen, name: string): boolean => objective === name && formula === null;
/** Mean log-probs, and no reference. */
const isSimpo = (formula: string): boolean =>
  /mean_t\(\s*logp_w/.test(formula) && /mean_t\(\s*logp_l/.test(formula) && !/ref_/.test(formula);
/** Both sides against a mean over responses of other pairs, never against each other. */
const isKto = (formula: string): boolean => /logp_m/.test(formula) && !/h_w\s*-\s*h_l/.test(formula);

export const lesson: Lesson = {
  title: 'One formula at a time',
  question: 'From Bradley and Terry to DPO, IPO, SimPO and KTO: what does each of them change, and what comes of it?',
  minutes: 12,
  setups: {
    dpo: {
      version: 1,
      world: 'reviews',
      labels: { rule: 'positive', count: 200 },
      optimiser: { lr: 0.0005 },
      loop: { steps: 150 },
    },
  },
  steps: [
    { id: 'bradley-terry', setup: 'dpo', show: ['label'] },
    { id: 'implicit', show: ['loss'], point: 'loss' },
    {
      id: 'dpo',
      show: ['curves', 'held-out'],
      point: 'curves',
      predict: {
        ask: 'Two hundred pairs of the oracle, 150 steps. Once all of them are ranked right, the margin will …',
        choices: ['stop growing', 'grow on'],
        // every pair of a batch has a positive margin long before it reaches 1
        came: (seen) => (margin(seen) > 1.5 ? 1 : 0),
      },
      task: {
        words: 'Press Train and let it run to the end.',
        done: (seen) => seen.objective === 'sigmoid' && seen.formula === null && trained(seen, 100),
      },
      finding: { name: 'DPO', figures },
    },
    { id: 'slope', show: ['loss'], point: 'loss' },
    {
      id: 'ipo',
      show: ['loss', 'curves'],
      point: 'loss',
      predict: {
        ask: 'Now the loss is smallest where the difference of the log-ratios is exactly 1 / (2 beta), which is 5 nats at beta 0.1. The margin, beta times that difference, will …',
        choices: ['settle near 0.5', 'grow on as before', 'stay at 0'],
        came: (seen) => {
          const value = margin(seen);
          return value > 0.9 ? 1 : value < 0.2 ? 2 : 0;
        },
      },
      task: {
        words: 'Replace the last line by `loss = square(h_w - h_l - 1 / (2 * beta))`, press Reset, then Train to the end.',
        with: 'loss',
        done: (seen) => /loss\s*=\s*square\(/.test(seen.formula ?? '') && trained(seen, 100),
      },
      finding: { name: 'IPO', figures },
    },
    { id: 'sum-or-mean', show: ['loss'], point: 'loss' },
    {
      id: 'simpo',
      show: ['loss', 'curves'],
      point: 'loss',
      predict: {
        ask: 'SimPO reads no reference at all. Without that leash the accuracy on unseen pairs will …',
        choices: ['fall to a coin’s', 'stay well above a coin’s', 'be nearly perfect'],
        came: (seen) => {
          const value = accuracy(seen);
          return value < 0.56 ? 0 : value < 0.92 ? 1 : 2;
        },
      },
      task: {
        words:
          'Make the first two lines `h_w = mean_t(logp_w[t])` and `h_l = mean_t(logp_l[t])`, and the last `loss = -log_sigmoid(2 * (h_w - h_l) - 0.5)`; or choose SimPO from the list. Press Reset, then Train to the end.',
        with: 'loss',
        done: (seen) => (isBuiltIn(seen, 'simpo') || isSimpo(seen.formula ?? '')) && trained(seen, 100),
      },
      finding: { name: 'SimPO', figures },
    },
    {
      id: 'kto',
      show: ['loss', 'curves'],
      point: 'loss',
      predict: {
        ask: 'KTO never compares the two responses of a pair. Does it still learn to rank them?',
        choices: ['no, about as a coin', 'yes'],
        came: (seen) => (accuracy(seen) < 0.56 ? 0 : 1),
      },
      task: {
        words:
          'Choose DPO from the list and replace its last line by two: `z = max(mean(logp_m - ref_m), 0)` and `loss = (sigmoid(beta * (z - h_w)) + sigmoid(beta * (h_l - z))) / 2`; or choose KTO. Press Reset, then Train to the end.',
        with: 'loss',
        done: (seen) => (isBuiltIn(seen, 'kto') || isKto(seen.formula ?? '')) && trained(seen, 100),
      },
      finding: { name: 'KTO', figures },
    },
    { id: 'race', show: ['curves'] },
    { id: 'end', show: ['loss'] },
  ],
};
