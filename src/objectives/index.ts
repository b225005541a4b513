/** All objectives by name, collected from the files of this folder: adding one touches no other file. */
import type { Objective } from './objective.ts';

const rooms = import.meta.glob<{ objective: Objective }>(
  ['./*.ts', '!./{index,objective,check,parameters,options,combine}.ts'],
  {
    eager: true,
  },
);

export const objectives: ReadonlyMap<string, Objective> = new Map(
  Object.values(rooms).map(({ objective }) => [objective.name, objective]),
);
export type { Objective } from './objective.ts';
