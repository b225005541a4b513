/** A static graph: tensors in the order they were written, and what a program gives back. Built once, replayed often. */
import { GraphError, ShapeError } from '../base/errors.ts';
import type { Writer } from './op-row.ts';
import { ops } from './ops.ts';
import type { Dtype, OpAttrs, OpName, Source, Tensor, TensorType } from './types.ts';
import { MUTATES, sizeOf } from './types.ts';

export interface Graph extends Writer {
  /** How many models this graph runs side by side; 1 for a single one. */
  readonly replicas: number;
  readonly tensors: readonly Tensor[];
  readonly outputs: ReadonlyMap<string, Tensor>;
  state(name: string, type: TensorType, options?: Placement): Tensor;
  feed(name: string, type: TensorType, options?: Placement): Tensor;
  constant(type: TensorType, data: ArrayLike<number>): Tensor;
  /** Makes the tensor's value readable after each run, under this name. */
  output(name: string, tensor: Tensor): void;
}

interface Placement {
  /** One value a replica. */
  replicated?: boolean;
}

const NO_ATTRS = {};

export function createGraph(replicas = 1): Graph {
  const tensors: Tensor[] = [];
  const outputs = new Map<string, Tensor>();
  const leaves = new Map<string, Tensor>();
  const scalars = new Map<number, Tensor>();

  const push = (type: TensorType, source: Source, replicated: boolean): Tensor => {
    const tensor: Tensor = { id: tensors.length, shape: type.shape, dtype: type.dtype, source, replicated };
    tensors.push(tensor);
    return tensor;
  };

  const leaf = (
    kind: 'state' | 'feed',
    name: string,
    type: TensorType,
    placement: Placement = {},
  ): Tensor => {
    const key = `${kind} ${name}`;
    if (leaves.has(key))
      throw new GraphError(`${key} is declared twice in one graph; keep the first tensor and use it.`);
    const tensor = push(type, { kind, name }, replicas > 1 && placement.replicated === true);
    leaves.set(key, tensor);
    return tensor;
  };

  const graph: Graph = {
    replicas,
    tensors,
    outputs,
    state: (name, type, placement) => leaf('state', name, type, placement),
    feed: (name, type, placement) => leaf('feed', name, type, placement),
    constant: (type, data) => {
      if (data.length !== sizeOf(type.shape)) {
        throw new ShapeError(`constant: expected ${sizeOf(type.shape)} numbers, received ${data.length}`);
      }
      return push(type, { kind: 'constant', data }, false);
    },
    scalar: (value) => {
      const known = scalars.get(value);
      if (known) return known;
      const tensor = graph.constant({ shape: [], dtype: 'f32' }, [value]);
      scalars.set(value, tensor);
      return tensor;
    },
    apply: <O extends OpName>(op: O, inputs: readonly Tensor[], attrs?: OpAttrs[O]) => {
      const filled = attrs ?? (NO_ATTRS as OpAttrs[O]);
      const replicated = inputs.some((t) => t.replicated);
      checkInputs(op, inputs, tensors, replicated);
      return push(
        typeOf(op, inputs, filled),
        { kind: 'op', op, attrs: filled, inputs: [...inputs] },
        replicated,
      );
    },
    output: (name, tensor) => {
      if (outputs.has(name))
        throw new GraphError(`output ${name} is declared twice; give the second another name.`);
      outputs.set(name, tensor);
    },
  };
  return graph;
}

function typeOf<O extends OpName>(op: O, inputs: readonly TensorType[], attrs: OpAttrs[O]): TensorType {
  try {
    return ops[op].type(inputs, attrs);
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${op}: ${error.message}`);
    throw error;
  }
}

function checkInputs(
  op: OpName,
  inputs: readonly Tensor[],
  own: readonly Tensor[],
  replicated: boolean,
): void {
  for (const input of inputs) {
    if (own[input.id] !== input) throw new GraphError(`${op}: an input belongs to another graph.`);
  }
  for (const target of inputs.slice(0, MUTATES[op] ?? 0)) {
    if (target.source.kind !== 'state')
      throw new GraphError(`${op} writes its first inputs; they must be states.`);
    if (replicated && !target.replicated) {
      throw new GraphError(
        `${op} would write one shared state once a replica; declare the state replicated.`,
      );
    }
  }
}

/** The ids of every tensor that an output or a written state needs, in order: what a backend has to compute. */
export function liveTensors(graph: Graph): Tensor[] {
  const live = new Set<number>();
  const roots = [...graph.outputs.values(), ...graph.tensors.filter(writesState)];
  const visit = (tensor: Tensor): void => {
    const stack = [tensor];
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (live.has(next.id)) continue;
      live.add(next.id);
      if (next.source.kind === 'op') stack.push(...next.source.inputs);
    }
  };
  roots.forEach(visit);
  return graph.tensors.filter((t) => live.has(t.id));
}

export function writesState(tensor: Tensor): boolean {
  return tensor.source.kind === 'op' && (MUTATES[tensor.source.op] ?? 0) > 0;
}

export const float = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' satisfies Dtype });
export const integer = (...shape: number[]): TensorType => ({ shape, dtype: 'i32' satisfies Dtype });
