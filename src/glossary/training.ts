/** Words about training. */
import type { Entry } from './entry.ts';

export const training = {
  pretraining: {
    term: 'pretraining',
    definition:
      'Training on plain text, token after token, before any preference. The models of this site are pretrained on a grammar that writes reviews, and shipped with it done.',
    see: ['sft', 'perplexity'],
  },
  sft: {
    term: 'SFT',
    also: 'supervised fine-tuning',
    definition: 'Training on responses worth imitating. It often comes between pretraining and preferences.',
    trl: 'SFTTrainer',
    see: ['sft-loss'],
  },
  'preference-optimisation': {
    term: 'preference optimisation',
    definition: 'Training on labels that say which response is better, instead of on responses to imitate.',
    see: ['dpo'],
  },
  offline: {
    term: 'offline',
    definition:
      'Learning from pairs that were labelled beforehand. On-policy or online training labels fresh samples of the policy as it goes.',
  },
  step: {
    term: 'step',
    definition: 'One update of all parameters from one batch.',
    tex: String.raw`\theta \leftarrow \theta - \eta\, \nabla_\theta \mathcal{L}`,
    trl: 'max_steps',
  },
  batch: {
    term: 'batch',
    definition:
      'The pairs that one step learns from. A larger one gives a steadier gradient and costs more time.',
    trl: 'per_device_train_batch_size',
  },
  epoch: {
    term: 'epoch',
    definition: 'One pass through all pairs. With 200 pairs and batches of 16 it is 12.5 steps.',
    trl: 'epoch',
  },
  gradient: {
    term: 'gradient',
    definition:
      'For every parameter, how much the loss rises as that parameter does. A step goes against it.',
    tex: String.raw`\nabla_\theta \mathcal{L}`,
  },
  'gradient-norm': {
    term: 'gradient norm',
    definition:
      'The length of the gradient as one vector. Where it exceeds a limit, the gradient is scaled down to that length (clipping), so that one odd batch does not wreck the model.',
    tex: String.raw`g \leftarrow g \cdot \min\left(1, \frac{c}{\Vert g \Vert_2}\right)`,
    trl: 'grad_norm, max_grad_norm',
  },
  'learning-rate': {
    term: 'learning rate',
    definition:
      'How far a step goes. Larger moves faster, and past a point breaks the language of the model.',
    tex: String.raw`\eta`,
    trl: 'learning_rate',
    see: ['warm-up'],
  },
  'warm-up': {
    term: 'warm-up',
    definition:
      'The first steps, over which the learning rate rises from 0, while the optimiser does not yet know how large gradients are.',
    trl: 'warmup_steps',
  },
  adamw: {
    term: 'AdamW',
    definition:
      'The optimiser. It divides a running mean of the gradient by the root of a running mean of its square, so that all parameters move at a similar pace, and shrinks the weights apart from that.',
    tex: String.raw`\theta \leftarrow \theta - \eta \left(\frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon} + \lambda \theta\right)`,
    trl: 'optim',
    see: ['weight-decay'],
  },
  'weight-decay': {
    term: 'weight decay',
    definition: 'Shrinks every weight a little at each step, whatever the gradient says.',
    tex: String.raw`\lambda`,
    trl: 'weight_decay',
  },
  seed: {
    term: 'seed',
    definition:
      'The number from which all that is random follows: the order of pairs, noise, samples. The same seed gives the same run; another gives another, equally honest one.',
    trl: 'seed',
    see: ['bit-for-bit', 'interval'],
  },
  'moving-reference': {
    term: 'moving reference',
    also: 'TR-DPO',
    definition:
      'A reference that takes a share of the policy every so many steps, so that the policy may go further.',
    tex: String.raw`\htmlClass{c-reference}{\pi_{\mathrm{ref}}} \leftarrow \alpha\, \htmlClass{c-policy}{\pi_\theta} + (1 - \alpha)\, \htmlClass{c-reference}{\pi_{\mathrm{ref}}}`,
    trl: 'sync_ref_model, ref_model_mixup_alpha, ref_model_sync_steps',
  },
} as const satisfies Record<string, Entry>;
