/** The settings with which a few answers change what the model writes: what the site trains with wherever it trains online. */
import { defaultsOf } from '../base/parameters.ts';
import { loopParameters, onlineParameters } from './parameters.ts';

/** Most rounds. */
const ROUNDS = 24;

const own = defaultsOf(onlineParameters);

/**
 * DPO against the base throughout, with the chosen responses' own likelihood, which is to keep the language whole. Chosen on seeds
 * 100 to 109 of `sway taste`, which measures what these settings come to; their figures are in README.
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
