/** DPO as TRL's `loss_type="sigmoid"`; with label smoothing it is conservative DPO. */
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'sigmoid',
  title: 'DPO',
  description:
    'Raises the chosen response against the rejected one, both measured against the reference, and lets go once the margin is large.',
  formula: `reward_w = beta * (logp_w - ref_w)
reward_l = beta * (logp_l - ref_l)
margin = reward_w - reward_l
loss = -(1 - label_smoothing) * log_sigmoid(margin) - label_smoothing * log_sigmoid(-margin)`,
  parameters: {
    beta: {
      label: 'beta',
      min: 0.01,
      max: 5,
      step: 0.01,
      default: 0.1,
      unit: '',
      scale: 'log',
      help: 'Larger keeps the policy closer to the reference.',
    },
    label_smoothing: {
      label: 'label smoothing',
      min: 0,
      max: 0.49,
      step: 0.01,
      default: 0,
      unit: '',
      help: 'The share of labels believed to be wrong.',
    },
  },
  reduction: 'sum',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'Direct Preference Optimization: Your Language Model is Secretly a Reward Model',
    authors: 'Rafailov, Sharma, Mitchell, Ermon, Manning and Finn',
    year: 2023,
    equation: 'equation 7',
    url: 'https://arxiv.org/abs/2305.18290',
  },
};
