/**
 * The memory plan: gives every tensor of every program a place in one arena of 32-bit words, and orders the kernels.
 * From low to high: states (shared by name), then each program's feeds, constants and outputs, then one scratch region
 * that the programs share, reused by liveness. Pure arithmetic; both compiled backends follow it.
 */
import { GraphError } from '../base/errors.ts';
import type { Graph } from './graph.ts';
import { liveTensors, writesState } from './graph.ts';
import type { Moments } from './moments.ts';
import { momentsOf } from './moments.ts';
import { sameShape } from './op-row.ts';
import type { OpAttrs, OpName, Tensor, TensorType } from './types.ts';
import { sizeOf } from './types.ts';

/** A tensor's place: replica r lies at words offset + r * stride (stride 0: shared by all replicas). */
export interface Operand extends TensorType {
  offset: number;
  stride: number;
}

export interface Step<O extends OpName = OpName> {
  op: O;
  attrs: OpAttrs[O];
  inputs: readonly Operand[];
  output: Operand;
  /** How many replicas compute it: the graph's count, or 1 for a tensor that all share. */
  replicas: number;
}

export interface ProgramPlan {
  replicas: number;
  steps: readonly Step[];
  feeds: ReadonlyMap<string, Operand>;
  outputs: ReadonlyMap<string, Operand>;
  constants: readonly { place: Operand; data: ArrayLike<number> }[];
}

export interface ArenaPlan {
  words: number;
  states: ReadonlyMap<string, Operand & { replicas: number }>;
  moments: Moments;
  programs: ReadonlyMap<string, ProgramPlan>;
}

/** Every tensor starts on a multiple of this many words: vector loads stay aligned. */
const ALIGN = 4;
const aligned = (words: number): number => Math.ceil(words / ALIGN) * ALIGN;

/** `before`: moments that the device holds from an earlier plan. */
export function planArena(graphs: Readonly<Record<string, Graph>>, before?: Moments): ArenaPlan {
  const moments = momentsOf(graphs, before);
  let top = 0;
  const claim = (tensor: Tensor, replicas: number): Operand => {
    const size = aligned(sizeOf(tensor.shape));
    const copies = tensor.replicated ? replicas : 1;
    const place = { shape: tensor.shape, dtype: tensor.dtype, offset: top, stride: copies > 1 ? size : 0 };
    top += size * copies;
    return place;
  };

  const states = new Map<string, Operand & { replicas: number }>();
  for (const graph of Object.values(graphs)) {
    for (const tensor of graph.tensors) {
      if (tensor.source.kind !== 'state') continue;
      const known = states.get(tensor.source.name);
      const replicas = tensor.replicated ? graph.replicas : 1;
      if (known === undefined) states.set(tensor.source.name, { ...claim(tensor, graph.replicas), replicas });
      else checkSameState(tensor.source.name, known, tensor, replicas);
    }
  }

  const fixed = Object.entries(graphs).map(([name, graph]) => {
    const live = liveTensors(graph);
    const kept = new Set([...graph.outputs.values()].map((t) => rootOf(t).id));
    const places = new Map<number, Operand>();
    for (const tensor of live) {
      if (tensor.source.kind === 'state') places.set(tensor.id, states.get(tensor.source.name) as Operand);
      else if (tensor.source.kind !== 'op' || (kept.has(tensor.id) && !isView(tensor))) {
        places.set(tensor.id, claim(tensor, graph.replicas));
      }
    }
    return { name, graph, live, places };
  });

  let words = top;
  const programs = new Map<string, ProgramPlan>();
  for (const { name, graph, live, places } of fixed) {
    words = Math.max(words, placeScratch(graph, live, places, top));
    programs.set(name, writeProgram(graph, live, places));
  }
  return { words, states, moments, programs };
}

function checkSameState(
  name: string,
  known: Operand & { replicas: number },
  tensor: Tensor,
  replicas: number,
): void {
  if (!sameShape(known.shape, tensor.shape) || known.dtype !== tensor.dtype || known.replicas !== replicas) {
    throw new GraphError(
      `state ${name} has two types: [${known.shape.join(',')}] and [${tensor.shape.join(',')}].`,
    );
  }
}

const isView = (tensor: Tensor): boolean => tensor.source.kind === 'op' && tensor.source.op === 'view';

/** The tensor that owns the memory: itself, or what a chain of views looks into. */
function rootOf(tensor: Tensor): Tensor {
  let root = tensor;
  while (root.source.kind === 'op' && root.source.op === 'view') root = root.source.inputs[0] as Tensor;
  return root;
}

/** A tensor that a `pack` can have computed in place: an op's own result, not yet placed, and not in two packs. */
function packParts(
  pack: Tensor,
  places: ReadonlyMap<number, Operand>,
  taken: ReadonlySet<number>,
): Map<Tensor, number> {
  const parts = new Map<Tensor, number>();
  let offset = 0;
  for (const input of pack.source.kind === 'op' ? pack.source.inputs : []) {
    const own =
      input.source.kind === 'op' && !isView(input) && input.source.op !== 'pack' && !writesState(input);
    const free = !places.has(input.id) && !taken.has(input.id) && !parts.has(input);
    if (own && free && input.replicated === pack.replicated) parts.set(input, offset);
    offset += sizeOf(input.shape);
  }
  return parts;
}

/** Places all remaining tensors above `base`; returns the end of the highest. First fit, largest lifetimes by order. */
function placeScratch(
  graph: Graph,
  live: readonly Tensor[],
  places: Map<number, Operand>,
  base: number,
): number {
  const lastUse = new Map<number, number>();
  for (const tensor of live) {
    if (tensor.source.kind !== 'op') continue;
    for (const input of tensor.source.inputs) lastUse.set(rootOf(input).id, tensor.id);
    if (isView(tensor)) continue;
    lastUse.set(tensor.id, lastUse.get(tensor.id) ?? tensor.id);
  }
  const inPack = new Map<number, { pack: Tensor; offset: number }>();
  const taken = new Set<number>();
  for (const tensor of live) {
    if (tensor.source.kind !== 'op' || tensor.source.op !== 'pack') continue;
    for (const [part, offset] of packParts(tensor, places, taken)) {
      inPack.set(part.id, { pack: tensor, offset });
      taken.add(part.id);
      // the block lives as long as the last of its parts
      lastUse.set(tensor.id, Math.max(lastUse.get(tensor.id) ?? tensor.id, lastUse.get(part.id) ?? 0));
    }
  }

  const blocks = new FreeList(base);
  const expiring = new Map<number, Operand[]>();
  const allocate = (tensor: Tensor): Operand => {
    const size = aligned(sizeOf(tensor.shape));
    const copies = tensor.replicated ? graph.replicas : 1;
    const place: Operand = {
      shape: tensor.shape,
      dtype: tensor.dtype,
      offset: blocks.take(size * copies),
      stride: copies > 1 ? size : 0,
    };
    const end = lastUse.get(tensor.id) ?? tensor.id;
    expiring.set(end, [...(expiring.get(end) ?? []), place]);
    places.set(tensor.id, place);
    return place;
  };

  for (const tensor of live) {
    if (!places.has(tensor.id)) {
      const seat = inPack.get(tensor.id);
      if (isView(tensor)) {
        places.set(tensor.id, viewPlace(tensor, places));
      } else if (seat !== undefined) {
        const pack = places.get(seat.pack.id) ?? allocate(seat.pack);
        places.set(tensor.id, { ...pack, shape: tensor.shape, offset: pack.offset + seat.offset });
      } else {
        allocate(tensor);
      }
    }
    for (const place of expiring.get(tensor.id) ?? []) {
      const copies = place.stride > 0 ? graph.replicas : 1;
      blocks.give(place.offset, aligned(sizeOf(place.shape)) * copies);
    }
  }
  return blocks.highest;
}

function viewPlace(view: Tensor, places: ReadonlyMap<number, Operand>): Operand {
  if (view.source.kind !== 'op') throw new GraphError('a view is an op');
  const { offset } = view.source.attrs as OpAttrs['view'];
  const under = places.get((view.source.inputs[0] as Tensor).id) as Operand;
  return { shape: view.shape, dtype: view.dtype, offset: under.offset + offset, stride: under.stride };
}

/** Free stretches of the scratch region, kept sorted and merged. */
class FreeList {
  highest: number;
  private free: { offset: number; size: number }[] = [];
  private end: number;

  constructor(base: number) {
    this.end = base;
    this.highest = base;
  }

  take(size: number): number {
    const i = this.free.findIndex((block) => block.size >= size);
    const block = this.free[i];
    if (block === undefined) return this.grow(size);
    const { offset } = block;
    block.offset += size;
    block.size -= size;
    if (block.size === 0) this.free.splice(i, 1);
    return offset;
  }

  give(offset: number, size: number): void {
    if (size === 0) return;
    this.free.push({ offset, size });
    this.free.sort((a, b) => a.offset - b.offset);
    this.free = this.free.reduce<{ offset: number; size: number }[]>((merged, block) => {
      const last = merged.at(-1);
      if (last !== undefined && last.offset + last.size === block.offset) last.size += block.size;
      else merged.push(block);
      return merged;
    }, []);
  }

  private grow(size: number): number {
    const last = this.free.at(-1);
    if (last !== undefined && last.offset + last.size === this.end) {
      this.free.pop();
      this.end = last.offset + size;
      this.highest = Math.max(this.highest, this.end);
      return last.offset;
    }
    const offset = this.end;
    this.end += size;
    this.highest = Math.max(this.highest, this.end);
    return offset;
  }
}

function writeProgram(graph: Graph, live: readonly Tensor[], places: Map<number, Operand>): ProgramPlan {
  const steps: Step[] = [];
  const feeds = new Map<string, Operand>();
  const constants: { place: Operand; data: ArrayLike<number> }[] = [];
  for (const tensor of live) {
    const place = (): Operand => places.get(tensor.id) as Operand;
    const { source } = tensor;
    if (source.kind === 'feed') feeds.set(source.name, place());
    else if (source.kind === 'constant') constants.push({ place: place(), data: source.data });
    else if (source.kind === 'op' && source.op === 'pack')
      steps.push(...copiesInto(place(), tensor, places, graph.replicas));
    else if (source.kind === 'op' && !isView(tensor)) {
      const inputs = source.inputs.map((t) => places.get(t.id) as Operand);
      const replicas = tensor.replicated ? graph.replicas : 1;
      steps.push({ op: source.op, attrs: source.attrs, inputs, output: place(), replicas });
    }
  }
  const outputs = new Map(
    [...graph.outputs].map(([name, t]) => [name, places.get(t.id) ?? viewPlace(t, places)]),
  );
  return { replicas: graph.replicas, steps, feeds, outputs, constants };
}

/** A pack costs nothing for the parts that were computed in place; the others are copied. */
function copiesInto(pack: Operand, tensor: Tensor, places: Map<number, Operand>, replicas: number): Step[] {
  if (tensor.source.kind !== 'op') return [];
  let offset = pack.offset;
  return tensor.source.inputs.flatMap((input) => {
    const from = places.get(input.id) as Operand;
    const to: Operand = { shape: input.shape, dtype: input.dtype, offset, stride: pack.stride };
    offset += sizeOf(input.shape);
    if (from.offset === to.offset && from.stride === to.stride) return [];
    const none: Operand = { shape: [0], dtype: 'f32', offset: 0, stride: 0 };
    return [
      { op: 'copy', attrs: {}, inputs: [to, from], output: none, replicas: tensor.replicated ? replicas : 1 },
    ];
  });
}
