/** Joins runs of small steps into dispatches of one kernel, where one workgroup a replica takes them in turn. */
import type { Operand } from '../plan.ts';
import { sizeOf } from '../types.ts';
import type { Dispatch, Lowering, SmallStep } from './dispatch.ts';
import type { KernelName } from './sources.ts';
import { extentOf } from './values.ts';

/**
 * The kernel for small steps: one for all functions there are, so that another formula compiles nothing; on the CPU one for
 * just the functions in these programs, as it would compile and walk through all others.
 */
export function smallKernel(dispatches: readonly Dispatch[], { quads }: Lowering): KernelName {
  if (!quads) return 'small';
  const used = new Set(dispatches.flatMap(({ small }) => small?.op ?? []));
  return `small:${[...used].sort().join(',')}`;
}

/** `kernel`: the one that takes the steps; `most`: descriptions that fit into the arguments of a dispatch. */
export function joinSmall(dispatches: readonly Dispatch[], kernel: KernelName, most: number): Dispatch[] {
  const joined: Dispatch[] = [];
  let run: Dispatch[] = [];
  const flush = (): void => {
    if (run.length === 1) joined.push(run[0] as Dispatch);
    else if (run.length > 1) joined.push(together(run, kernel));
    run = [];
  };
  for (const next of dispatches) {
    if (run.length === most || !fits(next, run)) flush();
    if (next.small === undefined) joined.push(next);
    else run.push(next);
  }
  flush();
  return joined;
}

function together(run: readonly Dispatch[], kernel: KernelName): Dispatch {
  const words = new Uint32Array(16 * (run.length + 1));
  words[0] = run.length;
  run.forEach(({ small }, i) => words.set((small as SmallStep).description, 16 * (i + 1)));
  return { kernel, words, groups: 1, replicas: run[0]?.replicas ?? 1 };
}

function fits({ small, replicas }: Dispatch, run: readonly Dispatch[]): boolean {
  if (small === undefined || replicas !== run[0]?.replicas) return false;
  return run.every(({ small: earlier }) => {
    const { reads, writes } = earlier as SmallStep;
    return [...reads, writes].every((operand) => !collide(small.writes, operand, replicas));
  });
}

/**
 * Whether one replica would write where another replica's earlier step still reads or writes: the plan gives the place of
 * a dead value to a new one, whose replicas may lie elsewhere, and replicas don't wait for each other within a dispatch.
 */
function collide(writes: Operand, other: Operand, replicas: number): boolean {
  if (replicas === 1) return false;
  const apart =
    writes.offset + extentOf(writes, replicas) <= other.offset ||
    other.offset + extentOf(other, replicas) <= writes.offset;
  if (apart) return false;
  for (let r = 0; r < replicas; r++) {
    for (let s = 0; s < replicas; s++) {
      const [a, b] = [writes.offset + r * writes.stride, other.offset + s * other.stride];
      if (r !== s && a < b + sizeOf(other.shape) && b < a + sizeOf(writes.shape)) return true;
    }
  }
  return false;
}
