/** All labelers by name, collected from the files of this folder: adding one touches no other file. */
import { UnknownNameError } from '../base/errors.ts';
import type { Labeler } from './labeler.ts';

const rooms = import.meta.glob<Labeler>(
  ['./*.ts', '!./index.ts', '!./labeler.ts', '!./pairs.ts', '!./agreement.ts'],
  { eager: true, import: 'labeler' },
);

export const labelers: ReadonlyMap<string, Labeler> = new Map(
  Object.values(rooms).map((labeler): [string, Labeler] => [labeler.name, labeler]),
);

export function labelerNamed(name: string): Labeler {
  const labeler = labelers.get(name);
  if (!labeler)
    throw new UnknownNameError(`No labeler "${name}". There are: ${[...labelers.keys()].join(', ')}.`);
  return labeler;
}
