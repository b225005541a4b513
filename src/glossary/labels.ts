/** Words about pairs, labels and whoever gives them. */
import type { Entry } from './entry.ts';

export const labels = {
  pair: {
    term: 'pair',
    definition:
      'Two responses to one prompt, shown side by side to be labelled; then it has a chosen and a rejected response.',
    tex: String.raw`(x, \htmlClass{c-chosen}{y_w}, \htmlClass{c-rejected}{y_l})`,
    see: ['chosen', 'rejected'],
  },
  chosen: {
    term: 'chosen',
    also: 'winner',
    definition: 'The response of a pair that the label prefers; blue wherever it occurs on this site.',
    tex: String.raw`\htmlClass{c-chosen}{y_w}`,
    trl: 'chosen',
  },
  rejected: {
    term: 'rejected',
    also: 'loser',
    definition: 'The other response of the pair; orange wherever it occurs on this site.',
    tex: String.raw`\htmlClass{c-rejected}{y_l}`,
    trl: 'rejected',
  },
  tie: {
    term: 'tie',
    definition:
      'A label that says both responses are equally good. Each loss states what it makes of one: it leaves the pair out, or counts both orders by half.',
    see: ['both-bad'],
  },
  'both-bad': {
    term: 'both bad',
    definition:
      'A label that says neither response will do. Losses that judge single responses take both as rejected; the others leave the pair out and say so.',
    see: ['kto', 'bco'],
  },
  labeler: {
    term: 'labeler',
    definition: 'Whoever says which response is better: you, or a program such as the oracle.',
    see: ['oracle'],
  },
  oracle: {
    term: 'oracle',
    definition:
      'A labeler that applies a rule of the world without error. Since its rule is known, one can measure whether a model has learned it.',
    see: ['rule', 'label-noise'],
  },
  rule: {
    term: 'rule',
    definition:
      'What the oracle prefers, such as the more positive review: a number that the world computes for every response, of which more is better.',
  },
  'label-noise': {
    term: 'label noise',
    definition:
      'The share of labels turned round at random. At 0.5 labels say nothing; losses differ in how much of it they bear.',
    tex: String.raw`\varepsilon = P(\text{label turned round})`,
    see: ['robust', 'cdpo'],
  },
  'label-smoothing': {
    term: 'label smoothing',
    definition:
      'Treats every label as wrong with a small probability, so that the loss is least at a finite margin instead of pulling on for ever.',
    trl: 'label_smoothing',
    see: ['cdpo'],
  },
  'position-bias': {
    term: 'position bias',
    definition:
      'Picking a side for where it stands. Sides are shuffled here, so an unbiased labeler picks the left one half of the time.',
  },
  'length-bias': {
    term: 'length bias',
    definition:
      'Picking a response for its length. A model trained on such labels learns to write longer; so do some losses by themselves.',
    see: ['mean-log-prob'],
  },
  agreement: {
    term: 'agreement',
    definition:
      'The share of labels on which two labelers say the same. Cohen’s kappa takes out what they would share by chance.',
    tex: String.raw`\kappa = \frac{p_o - p_e}{1 - p_e}`,
  },
  'bradley-terry': {
    term: 'Bradley-Terry',
    definition:
      'A model of choice: the chance that one response beats another depends on the difference of their rewards alone, through the sigmoid.',
    tex: String.raw`P(\htmlClass{c-chosen}{y_w} \succ \htmlClass{c-rejected}{y_l}) = \sigma\left(r(\htmlClass{c-chosen}{y_w}) - r(\htmlClass{c-rejected}{y_l})\right)`,
    see: ['sigmoid', 'reward-model'],
  },
  sigmoid: {
    term: 'sigmoid',
    definition: 'Turns any number into a probability: 0 becomes one half, large numbers come close to 1.',
    tex: String.raw`\sigma(z) = \frac{1}{1 + \exp(-z)}`,
  },
  'plackett-luce': {
    term: 'Plackett-Luce',
    definition:
      'Bradley-Terry for whole rankings: the first place is drawn in proportion to exp(reward), then the next among those left, and so on.',
    tex: String.raw`P(y_1 \succ \dots \succ y_K) = \prod_{k=1}^{K} \frac{\exp r(y_k)}{\sum_{j \ge k} \exp r(y_j)}`,
  },
  unpaired: {
    term: 'unpaired data',
    definition:
      'Single responses, each labelled good or bad, instead of pairs. KTO and BCO learn from it; here every pair gives two.',
    trl: 'prompt, completion, label',
    see: ['kto', 'bco'],
  },
} as const satisfies Record<string, Entry>;
