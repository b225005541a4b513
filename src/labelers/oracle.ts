/** The oracle: a rule of the world, applied without error. */
import { UnknownNameError } from '../base/errors.ts';
import type { Labeler } from './labeler.ts';

export const labeler: Labeler = {
  name: 'oracle',
  title: 'Oracle',
  description:
    'Always prefers what the chosen rule of the world prefers; where the rule sees no difference, a tie.',
  parameters: {},
  open({ world, rule: name }) {
    const rule = world.rules.find((candidate) => candidate.name === name);
    if (!rule) {
      const names = world.rules.map((candidate) => candidate.name).join(', ');
      throw new UnknownNameError(`The world "${world.name}" has no rule "${name}". It has: ${names}.`);
    }
    return {
      label({ prompt, a, b }) {
        const left = rule.utility(world.score(prompt, a));
        const right = rule.utility(world.score(prompt, b));
        return left === right ? 'tie' : left > right ? 'a' : 'b';
      },
    };
  },
};
