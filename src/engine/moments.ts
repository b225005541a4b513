/**
 * Whose the moments of AdamW are. States are shared by name, so two optimisers of one name would silently average the
 * gradients of two models into each other's moments; that is always a mistake.
 */
import { GraphError } from '../base/errors.ts';
import type { Graph } from './graph.ts';

/** The block of parameters, by its state's name, that each state of moments belongs to. */
export type Moments = ReadonlyMap<string, string>;

export const NO_MOMENTS: Moments = new Map();

/**
 * What the programs say of moments, beside what was said `before` of those that the device still holds. Throws GraphError
 * where moments would belong to two blocks.
 */
export function momentsOf(graphs: Readonly<Record<string, Graph>>, before: Moments = NO_MOMENTS): Moments {
  const states = new Set<string>();
  const owners = new Map<string, string>();
  for (const { tensors } of Object.values(graphs)) {
    for (const { source } of tensors) {
      if (source.kind === 'state') states.add(source.name);
      if (source.kind !== 'op' || source.op !== 'adamw') continue;
      const [block, ...moments] = source.inputs
        .slice(0, 3)
        .map((input) => (input.source.kind === 'state' ? input.source.name : '')) as [string, ...string[]];
      for (const name of moments) claim(owners, name, block);
    }
  }
  for (const [name, block] of before) if (states.has(name)) claim(owners, name, block);
  return owners;
}

function claim(owners: Map<string, string>, moments: string, block: string): void {
  const owner = owners.get(moments) ?? block;
  if (owner !== block) {
    throw new GraphError(
      `the moments ${moments} would be of both ${owner} and ${block}. Give each optimiser a prefix of its own.`,
    );
  }
  owners.set(moments, block);
}
