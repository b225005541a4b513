import { lately, trained, type Lesson, type Seen } from '../../../src/lessons/lesson.ts';
import { judged } from '../../../src/lessons/stock.ts';

/**
 * The 64 pairs of the first 20,000 of the stock (of equal length, decided by the rule `positive`) that share most words at the same
 * places, and the 64 that share fewest.
 */
const SIMILAR = judged(`1b 359b 476b 765a 1013b 1487b 1622a 2000b 2255a 3039a 3157b 3791b 4447a 4744b 4924a 4963b 5271b 5288a 5874b 
5941a 6602b 6947b 8252b 8533a 8923a 8968b 10010a 10613b 10645a 11053b 11091a 11301a 11306b 11394a 11423b 
11433a 11948b 12426a 12600b 12927a 13118a 13354a 13809b 13870b 13988a 14413b 14531a 14587a 14603a 14886b 
16005a 16040b 16371b 16642b 16788b 17001b 17421a 18184a 18296b 18313a 18474a 19229a 19459a 19659b`);
const DISTINCT = judged(`9369a 9521b 10152a 10155b 10182b 10383b 10540b 10740b 10803a 10837a 11162b 11216a 11384a 11504b 11638a 11991b 
12062b 12294a 12313b 12551a 12711b 13226b 13252a 13431a 13495b 14501a 14549b 14575b 14722a 14878a 15154a 
15427b 15434b 15443b 15746b 15845a 16055b 16067a 16369a 16520a 16823b 17107b 17210b 17313b 17343a 17609a 
17758a 17856a 18102a 18105a 18318b 18323b 18426b 18580a 18703a 19003b 19101a 19107a 19238a 19411b 19452a 
19475b 19651b 19893a`);

const on = (recorded: object[]): object => ({
  version: 1,
  world: 'reviews',
  labels: { rule: 'positive', recorded },
  optimiser: { lr: 0.0005 },
  loop: { steps: 100 },
});

/** How many nats likelier the chosen (rejected) responses are than before training: the reward without its beta. */
const moved = ({ rows, parameters }: Seen, side: 'chosen' | 'rejected'): number =>
  lately(rows, `rewards/${side}`) / (parameters['beta'] ?? 1);

const nats = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} nats`;
const both = (seen: Seen): string => `chosen ${nats(moved(seen, 'chosen'))}, rejected ${nats(moved(seen, 'rejected'))}`;

/** Within a nat is "hardly". */
const direction = (seen: Seen): number => {
  const change = moved(seen, 'chosen');
  return change > 1 ? 0 : change < -1 ? 2 : 1;
};
const DIRECTIONS = ['likelier than before', 'hardly changed', 'less likely than before'];

export const lesson: Lesson = {
  title: 'Why do the chosen log-probs fall too?',
  question: 'Training is told that these reviews are good. Why does it make them less likely?',
  minutes: 10,
  setups: { similar: on(SIMILAR), distinct: on(DISTINCT) },
  steps: [
    { id: 'question', setup: 'similar', show: ['label'] },
    {
      id: 'guess',
      setup: 'similar',
      show: ['curves'],
      point: 'curves',
      predict: {
        ask: 'After a hundred steps of DPO on these pairs, the chosen reviews will be …',
        choices: DIRECTIONS,
        came: direction,
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 50) },
      finding: { name: 'look-alike pairs', figures: both },
    },
    { id: 'both', show: ['curves'], point: 'curves' },
    { id: 'difference', show: ['loss'], point: 'loss' },
    { id: 'elsewhere', show: ['ranking'], point: 'ranking' },
    { id: 'shared', show: ['tokens', 'curves'], point: 'tokens' },
    {
      id: 'distinct',
      setup: 'distinct',
      show: ['curves'],
      point: 'curves',
      predict: {
        ask: 'The same loss, steps and learning rate, but pairs that share hardly a word. In comparison with the look-alike pairs, the chosen reviews will fall …',
        choices: ['as much', 'less, or not at all', 'more'],
        came: (seen) => {
          const change = moved(seen, 'chosen');
          return change > -6 ? 1 : change > -14 ? 0 : 2;
        },
      },
      task: { words: 'Press Train and let it run to the end.', done: (seen) => trained(seen, 50) },
      finding: { name: 'pairs that share little', figures: both },
    },
    {
      id: 'anchor',
      setup: 'similar',
      show: ['loss', 'curves'],
      point: 'loss',
      predict: {
        ask: 'With a small reward for the chosen log-prob itself, on the look-alike pairs, the chosen reviews will be …',
        choices: DIRECTIONS,
        came: direction,
      },
      task: {
        words: 'At the end of the last line of the formula write `- 0.05 * logp_w`, then Train to the end.',
        with: 'loss',
        done: (seen) => /-\s*0?\.\d+\s*\*\s*logp_w/.test(seen.formula ?? '') && trained(seen, 50),
      },
      finding: { name: 'with the extra term', figures: both },
    },
    { id: 'matter', show: ['held-out', 'curves'], point: 'held-out' },
    { id: 'end', show: ['curves', 'ranking'] },
  ],
};
