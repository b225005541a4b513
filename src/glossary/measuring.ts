/** Words about what is measured, and what goes wrong. */
import type { Entry } from './entry.ts';

export const measuring = {
  'held-out': {
    term: 'held-out pairs',
    definition: 'Pairs that are never trained on. What holds on them was learned, not memorised.',
    trl: 'eval_dataset',
  },
  'held-out-accuracy': {
    term: 'held-out accuracy',
    definition:
      'The share of held-out pairs on which the better response, by the oracle’s rule, has the higher reward. One half is chance.',
    tex: String.raw`\mathrm{mean}\left[\hat{r}(\htmlClass{c-chosen}{y_w}) > \hat{r}(\htmlClass{c-rejected}{y_l})\right]`,
    trl: 'eval_rewards/accuracies',
    see: ['batch-accuracy', 'rule'],
  },
  'batch-accuracy': {
    term: 'batch accuracy',
    definition:
      'The same share on the pairs of the batch, which are learned from; it comes near 1 even where nothing general is learned.',
    trl: 'rewards/accuracies',
  },
  'kendall-tau': {
    term: 'Kendall’s tau',
    definition:
      'How alike two rankings are: pairs in the same order less pairs in the opposite order, over the number of pairs. 1 is the same ranking, 0 no relation, -1 the reverse. Ties are taken out as in tau-b.',
    tex: String.raw`\tau_b = \frac{C - D}{\sqrt{(C + D + T_a)(C + D + T_b)}}`,
  },
  interval: {
    term: '95% interval',
    definition:
      'A range around a mean of several seeds. Ranges made in this way hold the true mean 95 times in 100, by Student’s t.',
    tex: String.raw`\bar{x} \pm t_{n-1}\, \frac{s}{\sqrt{n}}`,
    see: ['seed', 'paired-test'],
  },
  'paired-test': {
    term: 'paired test',
    definition:
      'Compares two arms of a race seed by seed, which takes out what a seed does to both. Where many pairs of arms are compared, Holm’s method asks for more.',
    tex: String.raw`t = \frac{\bar{d}}{s_d / \sqrt{n}}`,
    see: ['interval', 'arm'],
  },
  'ranking-accuracy': {
    term: 'ranking accuracy',
    definition:
      'The share of pairs on which the policy finds the chosen response likelier outright, not just more so than the reference did. It can stay low while margins grow.',
    tex: String.raw`\mathrm{mean}\left[\log \htmlClass{c-policy}{\pi_\theta}(\htmlClass{c-chosen}{y_w}) \ge \log \htmlClass{c-policy}{\pi_\theta}(\htmlClass{c-rejected}{y_l})\right]`,
  },
  'likelihood-displacement': {
    term: 'likelihood displacement',
    definition:
      'Chosen and rejected responses both become less likely while the margin grows, and the probability goes to responses that nobody labelled.',
    see: ['margin', 'log-prob'],
  },
  'over-optimisation': {
    term: 'over-optimisation',
    also: 'reward hacking',
    definition:
      'Past some distance from the reference the measured reward goes on rising while the true quality falls: the policy has found what the measure gets wrong.',
    see: ['kl', 'reward-model'],
  },
  'best-of-n': {
    term: 'best-of-n',
    definition:
      'Sampling n responses and keeping the one with the highest reward. It improves what is given out without training, at n times the cost.',
    tex: String.raw`y^\star = \arg\max_{i \le n} r(y_i), \quad \mathrm{KL} \le \log n - \frac{n - 1}{n}`,
  },
  'win-rate': {
    term: 'win rate',
    definition:
      'How often a judge prefers one model’s responses to another’s, over many prompts; a tie counts half.',
  },
  calibration: {
    term: 'calibration',
    also: 'ECE',
    definition:
      'Whether a model that says 80% is right 80 times in 100. The expected calibration error is the mean gap between what is said and what happens, over bins of what is said.',
    tex: String.raw`\mathrm{ECE} = \sum_{b} \frac{n_b}{n} \left|\mathrm{acc}_b - \mathrm{conf}_b\right|`,
  },
  'finite-differences': {
    term: 'finite differences',
    definition:
      'A slope measured by moving an input a little both ways. The loss editor checks the gradient of your formula against it.',
    tex: String.raw`f'(z) \approx \frac{f(z + h) - f(z - h)}{2h}`,
  },
} as const satisfies Record<string, Entry>;
