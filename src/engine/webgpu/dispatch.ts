/** What a plan step becomes: dispatches, each a kernel's name, its arguments as words, and a number of workgroups. */
import type { Operand, Step } from '../plan.ts';
import type { OpName } from '../types.ts';
import type { Elementwise } from './functions.ts';
import type { KernelName } from './sources.ts';

export interface Dispatch {
  kernel: KernelName;
  /** What the kernel reads from the uniform buffer; `wgsl/prelude.wgsl` and `wgsl/element.wgsl` say which word is what. */
  words: Uint32Array<ArrayBuffer>;
  groups: number;
  replicas: number;
  /** Where set, the step is small enough to be one of several in a dispatch of `small`. */
  small?: SmallStep;
}

export interface SmallStep {
  /** The function; undefined for a move or a sum. */
  op: Elementwise | undefined;
  /** As `wgsl/element.wgsl` says. */
  description: Uint32Array<ArrayBuffer>;
  reads: readonly Operand[];
  writes: Operand;
}

/** What lowering a step may ask for. */
export interface Lowering {
  /**
   * The device computes on the CPU, in subgroups of four threads: barriers and workgroup memory are slow there, every branch
   * is walked, a kernel's text is compiled for long, and few workgroups keep it busy. It has kernels of its own.
   */
  readonly quads: boolean;
  /** Room for intermediate values of one step, the same words for every step. */
  scratch(words: number, replicas: number): Operand;
}

export type WebgpuKernel<O extends OpName> = (step: Step<O>, lowering: Lowering) => Dispatch[];
export type WebgpuKernels<Names extends OpName> = { [O in Names]: WebgpuKernel<O> };

const WORDS = 64;
const COUNTS = 16;
const NUMBERS = 40;

interface Arguments {
  operands: readonly (Operand | undefined)[];
  counts: readonly number[];
  numbers?: readonly number[];
}

/** A dispatch of `groups` workgroups a replica. */
export function dispatch(
  kernel: KernelName,
  { replicas }: { replicas: number },
  groups: number,
  { operands, counts, numbers = [] }: Arguments,
): Dispatch {
  const words = new Uint32Array(WORDS);
  operands.forEach((operand, i) => words.set([operand?.offset ?? 0, operand?.stride ?? 0], 2 * i));
  words.set(counts, COUNTS);
  new Float32Array(words.buffer).set(numbers, NUMBERS);
  return { kernel, words, groups, replicas };
}

export const ceilDivide = (n: number, by: number): number => Math.ceil(n / by);
