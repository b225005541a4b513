/** The oracle with slips of the finger: each label that it decides is turned round with the same small probability. */
import { defaultsOf } from '../base/parameters.ts';
import { stream } from '../base/random.ts';
import type { Labeler } from './labeler.ts';
import { labeler as oracle } from './oracle.ts';

const parameters = {
  noise: {
    label: 'label noise',
    min: 0,
    max: 0.5,
    step: 0.01,
    default: 0.1,
    unit: '',
    help: 'Share of the decided labels that are turned round; at 0.5 they say nothing.',
  },
};

export const labeler: Labeler = {
  name: 'noisy',
  title: 'Noisy oracle',
  description: 'Prefers what the chosen rule prefers, but picks the wrong side now and then.',
  parameters,
  open(setting) {
    const { noise } = { ...defaultsOf(parameters), ...setting.parameters };
    const judge = oracle.open(setting);
    return {
      label(pair, index) {
        const choice = judge.label(pair, index);
        if (choice !== 'a' && choice !== 'b') return choice;
        if (stream(setting.seed, 'labels', index).uniform() >= noise) return choice;
        return choice === 'a' ? 'b' : 'a';
      },
    };
  },
};
