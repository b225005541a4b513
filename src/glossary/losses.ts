/** Words about losses, and the losses that are spoken of most. Their formulas are those that run. */
import type { Entry } from './entry.ts';

export const losses = {
  loss: {
    term: 'loss',
    also: 'objective',
    definition:
      'The number that training makes smaller, a formula over log-probs of responses. Here every loss is text that you can read, change and run.',
    tex: String.raw`\mathcal{L}(\theta)`,
    trl: 'loss',
  },
  reward: {
    term: 'reward',
    also: 'implicit reward',
    definition:
      'How good a response is. DPO and its kin have no reward model: their reward is beta times the log-ratio, read off the policy itself.',
    tex: String.raw`\hat{r}(y) = \beta \left(\log \htmlClass{c-policy}{\pi_\theta}(y \mid x) - \log \htmlClass{c-reference}{\pi_{\mathrm{ref}}}(y \mid x)\right)`,
    trl: 'rewards/chosen, rewards/rejected',
    see: ['log-ratio', 'reward-model'],
  },
  margin: {
    term: 'margin',
    definition:
      'The reward of the chosen response less that of the rejected one. Above 0 the policy agrees with the label, relative to the reference.',
    tex: String.raw`m = \hat{r}(\htmlClass{c-chosen}{y_w}) - \hat{r}(\htmlClass{c-rejected}{y_l})`,
    trl: 'rewards/margins',
  },
  beta: {
    term: 'beta',
    definition:
      'The scale of rewards. A small beta lets the policy go far from the reference for little reward; a large one keeps it near.',
    tex: String.raw`\beta`,
    trl: 'beta',
    see: ['kl'],
  },
  kl: {
    term: 'KL divergence',
    also: 'KL',
    definition:
      'How far the policy is from the reference: the mean log-ratio over what the policy writes. It is 0 where both are the same, and never below.',
    tex: String.raw`\mathrm{KL}(\htmlClass{c-policy}{\pi_\theta} \,\Vert\, \htmlClass{c-reference}{\pi_{\mathrm{ref}}}) = \sum_{v} \htmlClass{c-policy}{\pi_\theta}(v) \log \frac{\htmlClass{c-policy}{\pi_\theta}(v)}{\htmlClass{c-reference}{\pi_{\mathrm{ref}}}(v)}`,
    trl: 'kl',
    see: ['over-optimisation', 'f-divergence'],
  },
  'f-divergence': {
    term: 'f-divergence',
    definition:
      'A family of distances between distributions; reverse KL is the usual one. Another member changes how DPO turns a ratio of probabilities into a reward, and so what it holds tightest.',
    tex: String.raw`D_f(\htmlClass{c-policy}{\pi_\theta} \,\Vert\, \htmlClass{c-reference}{\pi_{\mathrm{ref}}}) = \sum_{v} \htmlClass{c-reference}{\pi_{\mathrm{ref}}}(v)\, f\left(\frac{\htmlClass{c-policy}{\pi_\theta}(v)}{\htmlClass{c-reference}{\pi_{\mathrm{ref}}}(v)}\right)`,
    trl: 'f_divergence_type',
  },
  dpo: {
    term: 'DPO',
    also: 'direct preference optimisation',
    definition:
      'Raises the chosen response over the rejected one, both measured against the reference, as if rewards were log-ratios and people chose by Bradley-Terry.',
    loss: 'sigmoid',
    trl: 'DPOTrainer, loss_type="sigmoid"',
    see: ['bradley-terry', 'margin'],
  },
  cdpo: {
    term: 'conservative DPO',
    definition:
      'DPO with label smoothing: it believes a share of the labels to be wrong and stops at a finite margin.',
    loss: 'cdpo',
    see: ['label-smoothing'],
  },
  robust: {
    term: 'robust DPO',
    also: 'rDPO',
    definition:
      'DPO corrected for a known share of turned labels, so that its mean over the noise is the loss without noise.',
    loss: 'robust',
    trl: 'DPOTrainer, loss_type="robust"',
    see: ['label-noise'],
  },
  ipo: {
    term: 'IPO',
    definition:
      'Aims at a fixed margin instead of an ever larger one, so that a pair without noise does not pull for ever.',
    loss: 'ipo',
    trl: 'DPOTrainer, loss_type="ipo"',
  },
  hinge: {
    term: 'hinge',
    also: 'SLiC',
    definition: 'Pulls a pair apart until its margin reaches 1, and then leaves it alone.',
    loss: 'hinge',
    trl: 'DPOTrainer, loss_type="hinge"',
  },
  simpo: {
    term: 'SimPO',
    definition:
      'Works without a reference: the reward is beta times the mean log-prob, and the margin is to exceed a target gamma.',
    loss: 'simpo',
    trl: 'CPOTrainer, loss_type="simpo"',
    see: ['mean-log-prob'],
  },
  cpo: {
    term: 'CPO',
    definition:
      'DPO without its reference, plus the log-loss of the chosen responses, which keeps them probable.',
    loss: 'cpo',
    trl: 'CPOTrainer, loss_type="sigmoid"',
  },
  orpo: {
    term: 'ORPO',
    definition:
      'Fine-tuning on the chosen responses and a preference term in one loss, without a reference; it compares odds instead of probabilities.',
    loss: 'orpo',
    trl: 'ORPOTrainer',
  },
  kto: {
    term: 'KTO',
    definition:
      'Judges single responses, good or bad, by how far each is above or below a shared point, which is the KL estimated on mismatched responses.',
    loss: 'kto',
    trl: 'KTOTrainer',
    see: ['unpaired'],
  },
  bco: {
    term: 'BCO',
    definition:
      'A classifier of good and bad responses whose logit is the reward, shifted by the running mean of all rewards.',
    loss: 'bco',
    trl: 'BCOTrainer',
    see: ['unpaired'],
  },
  sppo: {
    term: 'SPPO',
    definition:
      'Gives each response a target of its own: its log-ratio is to be a constant times its chance of winning less one half. The formula takes that chance as 1 and 0.',
    loss: 'sppo_hard',
    trl: 'DPOTrainer, loss_type="sppo_hard"',
  },
  tdpo: {
    term: 'TDPO',
    definition: 'DPO that also watches the KL token by token along both responses.',
    loss: 'tdpo1',
  },
  npo: {
    term: 'NPO',
    also: 'negative preference optimisation',
    definition:
      'DPO with its rejected half alone, for unlearning: the push fades once a response has become less likely than under the reference.',
    loss: 'npo',
  },
  'sft-loss': {
    term: 'log-loss',
    also: 'negative log-likelihood, NLL',
    definition: 'The mean of the negative log-probs of the tokens to be imitated.',
    loss: 'sft',
    trl: 'SFTTrainer',
    see: ['sft'],
  },
  'reward-model': {
    term: 'reward model',
    definition:
      'A model that reads a prompt and a response and gives one number, trained so that chosen responses get more than rejected ones.',
    loss: 'bradley_terry',
    trl: 'RewardTrainer',
    see: ['bradley-terry', 'over-optimisation'],
  },
  head: {
    term: 'head',
    also: 'scalar head, value head',
    definition:
      'A last layer that reads the model’s inner state and gives something else than next tokens, such as one number for a whole response.',
    tex: String.raw`r_\phi(x, y)`,
    see: ['reward-model'],
  },
  ppo: {
    term: 'PPO',
    definition:
      'Reinforcement learning on fresh samples: tokens better than expected become likelier, and a clipped ratio keeps each update small.',
    tex: String.raw`-\min\left(\rho_t \hat{A}_t,\; \mathrm{clip}(\rho_t, 1 - \epsilon, 1 + \epsilon)\, \hat{A}_t\right), \quad \rho_t = \frac{\htmlClass{c-policy}{\pi_\theta}(y_t)}{\pi_{\mathrm{old}}(y_t)}`,
    trl: 'PPOTrainer',
  },
  grpo: {
    term: 'GRPO',
    definition:
      'PPO without a model of the expected reward: several responses to one prompt are compared with their own mean.',
    tex: String.raw`\hat{A}_k = \frac{r_k - \mathrm{mean}(r)}{\mathrm{std}(r)}`,
    trl: 'GRPOTrainer',
  },
} as const satisfies Record<string, Entry>;
