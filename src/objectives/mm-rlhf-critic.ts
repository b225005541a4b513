/** A reward model that writes a critique, then scores. */
import { number } from './parts/number.ts';
import type { Objective } from './objective.ts';

export const objective: Objective = {
  name: 'mm-rlhf-critic',
  title: 'MM-RLHF critique reward model',
  family: 'reward-model',
  description:
    'Bradley-Terry on rewards read after a critique, rewards kept centred, and the log-loss of both critiques; the loop puts the critiques in place of the responses.',
  setting: 'pairs',
  formula: `rewards_chosen = head_w
rewards_rejected = head_l
compare = -log_sigmoid(head_w - head_l)
centre = square(head_w + head_l)
critiques = -logp_w / len_w - logp_l / len_l
loss = compare + centre_weight * centre + critique_weight * critiques`,
  parameters: {
    centre_weight: number(
      'weight of centring',
      [0, 0.1, 0.001],
      0.01,
      'Larger keeps the rewards of a pair closer to opposite.',
    ),
    critique_weight: number(
      'weight of the critiques',
      [0, 5, 0.1],
      1,
      'Larger learns more to write, less to score.',
    ),
  },
  reduction: 'mean',
  tie: 'excluded',
  bothBad: 'excluded',
  paper: {
    title: 'MM-RLHF: The Next Step Forward in Multimodal LLM Alignment',
    authors: 'Zhang and others',
    year: 2025,
    equation: 'critique-based reward model, critiques averaged over tokens',
    url: 'https://arxiv.org/abs/2502.10391',
  },
  trl: null,
};
