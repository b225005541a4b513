/** The settings with which a few answers change what the model writes: what the site trains with wherever it trains online. */
import { defaultsOf } from '../base/parameters.ts';
import { loopParameters, onlineParameters } from './parameters.ts';

/** Most rounds. */
const ROUNDS = 24;

const own = defaultsOf(onlineParameters);

/**
 * DPO against the base throughout, with a little of the chosen responses' own likelihood, which keeps the language whole: of the
 * same steps without it one in ten responses more is broken. Found on seeds 100 to 104; `sway taste` measures it on others.
 */
export const ONLINE = {
  loop: {
    kind: 'online',
    steps: ROUNDS * own.steps_per_round,
    batch: loopParameters.batch.default,
    evaluate_every: own.steps_per_round,
    ...own,
  },
  optimiser: { lr: 5e-4, warmup_steps: 0, adam_beta2: 0.99 },
  objective: { name: 'rpo', parameters: { beta: 0.3, rpo_alpha: 1.5 } },
} as const;
