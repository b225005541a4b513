/** The reference backend: naive TypeScript in float64, the oracle of every test. Never optimised. */
import { ShapeError, UnknownNameError } from '../../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from '../backend.ts';
import type { Graph } from '../graph.ts';
import { liveTensors } from '../graph.ts';
import { momentsOf, NO_MOMENTS } from '../moments.ts';
import type { OpName, Tensor } from '../types.ts';
import { sizeOf } from '../types.ts';
import { axis } from './axis.ts';
import { decoder } from './decoder.ts';
import { elementwise } from './elementwise.ts';
import type { Block, Kernel, Kernels } from './kernel.ts';
import { linear } from './linear.ts';
import { stateful } from './stateful.ts';
import { vocabulary } from './vocabulary.ts';

const kernels: Kernels<OpName> = {
  ...elementwise,
  ...linear,
  ...axis,
  ...decoder,
  ...vocabulary,
  ...stateful,
};

/** One array a replica; a shared tensor has one. */
type Copies = Float64Array[];

export function openReference(): Device {
  let programs: Readonly<Record<string, Graph>> = {};
  let moments = NO_MOMENTS;
  let states = new Map<string, { copies: Copies; tensor: Tensor }>();

  const find = (name: string): Copies => {
    const state = states.get(name);
    if (state === undefined)
      throw new UnknownNameError(`no state is called ${name}; there are ${[...states.keys()].join(', ')}.`);
    return state.copies;
  };

  return {
    info: {
      backend: 'reference',
      description: 'TypeScript, float64',
      software: false,
      largestArena: Infinity,
    },
    lost: new Promise(() => undefined),
    get arenaBytes() {
      let bytes = 0;
      for (const { copies } of states.values()) bytes += copies.reduce((sum, c) => sum + c.byteLength, 0);
      return bytes;
    },
    load: async (next) => {
      moments = momentsOf(next, moments);
      const before = states;
      states = new Map();
      for (const graph of Object.values(next)) {
        for (const tensor of graph.tensors) {
          if (tensor.source.kind !== 'state' || states.has(tensor.source.name)) continue;
          const known = before.get(tensor.source.name)?.copies;
          const fresh = blank(tensor, graph.replicas);
          const keeps = known?.length === fresh.length && known[0]?.length === fresh[0]?.length;
          states.set(tensor.source.name, { tensor, copies: keeps ? known : fresh });
        }
      }
      programs = next;
    },
    run: async (program, feeds) => {
      const graph = programs[program];
      if (graph === undefined) throw new UnknownNameError(`no program is called ${program}.`);
      return feeds.map((values) => evaluate(graph, values, find));
    },
    read: async (name) => join(find(name), states.get(name)?.tensor as Tensor),
    write: (name, values) => {
      const copies = find(name);
      const size = copies[0]?.length ?? 0;
      if (values.length !== size * copies.length) {
        throw new ShapeError(
          `state ${name}: expected ${size * copies.length} numbers, received ${values.length}`,
        );
      }
      copies.forEach((copy, r) => copy.forEach((_, i) => (copy[i] = values[r * size + i] as number)));
    },
    dispose: () => {
      programs = {};
      states.clear();
    },
  };
}

function blank(tensor: Tensor, replicas: number): Copies {
  return Array.from(
    { length: tensor.replicated ? replicas : 1 },
    () => new Float64Array(sizeOf(tensor.shape)),
  );
}

function join(copies: Copies, tensor: Tensor): Values {
  const all = copies.flatMap((copy) => [...copy]);
  return tensor.dtype === 'i32' ? Int32Array.from(all) : Float64Array.from(all);
}

function evaluate(graph: Graph, feeds: Feeds, state: (name: string) => Copies): Outputs {
  const values = new Map<number, Copies>();
  for (const tensor of liveTensors(graph))
    values.set(tensor.id, compute(graph, tensor, values, feeds, state));
  return Object.fromEntries(
    [...graph.outputs].map(([name, t]) => [name, join(values.get(t.id) as Copies, t)]),
  );
}

function compute(
  graph: Graph,
  tensor: Tensor,
  values: Map<number, Copies>,
  feeds: Feeds,
  state: (name: string) => Copies,
): Copies {
  const { source } = tensor;
  if (source.kind === 'state') return state(source.name);
  const copies = blank(tensor, graph.replicas);
  if (source.kind === 'op') {
    const kernel = kernels[source.op] as Kernel<OpName>;
    copies.forEach((output, r) => {
      const inputs = source.inputs.map((t): Block => {
        const all = values.get(t.id) as Copies;
        return { shape: t.shape, data: (all[r] ?? all[0]) as Float64Array };
      });
      kernel(inputs, output, source.attrs);
    });
    return copies;
  }
  const data = source.kind === 'feed' ? feeds[source.name] : source.data;
  if (data === undefined)
    throw new UnknownNameError(`the run was given no feed ${source.kind === 'feed' ? source.name : ''}.`);
  const size = sizeOf(tensor.shape);
  if (data.length !== size * copies.length)
    throw new ShapeError(`feed: expected ${size * copies.length} numbers, received ${data.length}`);
  copies.forEach((copy, r) => copy.forEach((_, i) => (copy[i] = data[r * size + i] as number)));
  return copies;
}
