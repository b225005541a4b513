/** Bradley-Terry plus a term on the sign of each reward, for checked answers. Recalled form. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'eurus',
  title: 'Eurus reward model',
  family: 'reward-model',
  description:
    'A reward model whose rewards of right answers are above 0 and of wrong ones below, wherever a checker decided; other pairs are compared only.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
compare = -log_sigmoid(head_w - head_l)
absolute = -log_sigmoid(head_w) - log_sigmoid(-head_l)
loss = compare + absolute_weight * verified * absolute`,
  parameters: {
    absolute_weight: number(
      'weight of the sign',
      [0, 2, 0.05],
      1,
      'Larger pulls rewards of right and wrong answers to the two sides of 0.',
    ),
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Advancing LLM Reasoning Generalists with Preference Trees',
    authors: 'Yuan and others',
    year: 2024,
    equation: 'L_BT + L_DR',
    url: 'https://arxiv.org/abs/2404.02078',
  },
  trl: null,
};
