/** A program as the GPU replays it: pipelines, argument offsets and workgroup counts, in order. */
import type { Operand, ProgramPlan } from '../plan.ts';
import type { OpName } from '../types.ts';
import type { Dispatch, Lowering, WebgpuKernel } from './dispatch.ts';
import { joinSmall } from './join.ts';
import { kernels } from './kernels.ts';
import type { KernelName } from './sources.ts';
import { extentOf } from './values.ts';

/** Bytes of uniform buffer that a kernel sees, and the spacing of dynamic offsets that every device grants. */
export const ARGUMENT_BYTES = 4096;
const SLOT_WORDS = 64;
/** As in prelude.wgsl: more workgroups than this are folded into y. */
const FOLD = 32768;

export interface Command {
  kernel: KernelName;
  /** Of the arguments in the uniform buffer, in bytes. */
  offset: number;
  x: number;
  y: number;
  z: number;
}

/** Words that are copied between the arena and a dense block of a transfer buffer. */
export interface Stretch {
  arena: number;
  transfer: number;
  words: number;
}

export interface Transfer {
  /** A tensor's place in the block: its arena place, moved. */
  places: ReadonlyMap<string, Operand>;
  stretches: readonly Stretch[];
  words: number;
}

export interface Program {
  replicas: number;
  commands: readonly Command[];
  feeds: Transfer;
  outputs: Transfer;
}

/** Collects the arguments of all programs for one uniform buffer. */
export class ArgumentList {
  private parts: Uint32Array[] = [];
  private slots = 0;

  /** Returns the byte offset. */
  add(words: Uint32Array): number {
    const offset = this.slots * SLOT_WORDS * 4;
    this.parts.push(words);
    this.slots += Math.ceil(words.length / SLOT_WORDS);
    return offset;
  }

  /** All arguments, with room behind the last for the range that its kernel sees. */
  toWords(): Uint32Array<ArrayBuffer> {
    const all = new Uint32Array(this.slots * SLOT_WORDS + ARGUMENT_BYTES / 4);
    let slot = 0;
    for (const part of this.parts) {
      all.set(part, slot * SLOT_WORDS);
      slot += Math.ceil(part.length / SLOT_WORDS);
    }
    return all;
  }
}

/** Scratch beyond the planned arena, shared by all steps: no value in it outlives its step. */
export class Scratch implements Lowering {
  words = 0;
  constructor(
    private readonly offset: number,
    readonly quads: boolean,
  ) {}

  scratch(words: number, replicas: number): Operand {
    this.words = Math.max(this.words, words * replicas);
    return { shape: [words], dtype: 'f32', offset: this.offset, stride: replicas > 1 ? words : 0 };
  }
}

export function lowerSteps(plan: ProgramPlan, lowering: Lowering): Dispatch[] {
  const all = plan.steps.flatMap((step) => (kernels[step.op] as WebgpuKernel<OpName>)(step, lowering));
  return all.filter((d) => d.groups > 0);
}

/** `small`: the kernel that takes runs of small steps. */
export function writeProgram(
  plan: ProgramPlan,
  dispatches: readonly Dispatch[],
  small: KernelName,
  list: ArgumentList,
): Program {
  const joined = joinSmall(dispatches, small, ARGUMENT_BYTES / 64 - 1);
  const commands = joined.map(({ kernel, words, groups, replicas }) => {
    const x = Math.min(groups, FOLD);
    return { kernel, offset: list.add(words), x, y: Math.ceil(groups / FOLD), z: replicas };
  });
  return {
    replicas: plan.replicas,
    commands,
    feeds: transferOf(plan.feeds, plan.replicas),
    outputs: transferOf(plan.outputs, plan.replicas),
  };
}

/** Lays places out densely; neighbours in the arena (but for alignment's gaps) are one copy. */
function transferOf(places: ReadonlyMap<string, Operand>, replicas: number): Transfer {
  const sorted = [...places].sort(([, a], [, b]) => a.offset - b.offset);
  const moved = new Map<string, Operand>();
  const stretches: Stretch[] = [];
  let end = 0;
  for (const [name, place] of sorted) {
    const last = stretches.at(-1);
    const after = place.offset + extentOf(place, replicas);
    if (last !== undefined && place.offset < last.arena + last.words + 4) {
      last.words = Math.max(last.words, after - last.arena);
      end = last.transfer + last.words;
      moved.set(name, { ...place, offset: last.transfer + place.offset - last.arena });
    } else {
      stretches.push({ arena: place.offset, transfer: end, words: after - place.offset });
      moved.set(name, { ...place, offset: end });
      end += after - place.offset;
    }
  }
  return { places: moved, stretches: stretches.filter((s) => s.words > 0), words: end };
}
