/** Numbers that several objectives share. */
import type { Parameter } from '../base/parameters.ts';

export const beta: Parameter = {
  label: 'beta',
  min: 0.01,
  max: 5,
  step: 0.01,
  default: 0.1,
  unit: '',
  scale: 'log',
  help: 'Larger keeps the policy closer to the reference.',
};

export const labelSmoothing: Parameter = {
  label: 'label smoothing',
  min: 0,
  max: 0.49,
  step: 0.01,
  default: 0.1,
  unit: '',
  help: 'The share of labels believed to be wrong.',
};

/** Of the log-loss that a trainer adds to a preference loss. */
export const nllWeight: Parameter = {
  label: 'weight of the log-loss',
  min: 0,
  max: 5,
  step: 0.05,
  default: 1,
  unit: '',
  help: 'Larger keeps the chosen responses more probable.',
};

const unpairedWeight = { min: 0, max: 5, step: 0.05, default: 1, unit: '' };

export const desirableWeight: Parameter = {
  ...unpairedWeight,
  label: 'desirable weight',
  help: 'How much the good responses count.',
};

export const undesirableWeight: Parameter = {
  ...unpairedWeight,
  label: 'undesirable weight',
  help: 'How much the bad responses count.',
};
