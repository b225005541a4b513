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
