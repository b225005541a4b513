/** Reverse-mode differentiation: writes the gradient's ops into the same graph, by the rows of the op table. */
import { GraphError } from '../base/errors.ts';
import type { Graph } from './graph.ts';
import { ops } from './ops.ts';
import type { OpName, Tensor } from './types.ts';

/**
 * Gradients of a scalar `loss` [] with respect to each of `wrt`, in that order; each has its tensor's shape.
 * Differentiation stops at the tensors of `wrt`: views into a flat parameter block get gradients of their own.
 * A tensor that the loss does not depend on is a GraphError (it would train on nothing, silently).
 */
export function differentiate(g: Graph, loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0)
    throw new GraphError(`only a scalar can be differentiated; this has shape [${loss.shape.join(',')}].`);
  const stops = new Set(wrt.map((t) => t.id));
  const depends = dependents(g, stops);
  const gradients = new Map<number, Tensor>([[loss.id, g.scalar(1)]]);

  for (let id = loss.id; id >= 0; id--) {
    const y = g.tensors[id] as Tensor;
    const dY = gradients.get(id);
    if (dY === undefined || y.source.kind !== 'op' || stops.has(id)) continue;
    const { op, inputs } = y.source;
    const parts = derivativeOf(g, y, dY);
    inputs.forEach((input, i) => {
      const part = parts[i];
      if (part === null || part === undefined || !depends[input.id]) return;
      const sum = gradients.get(input.id);
      gradients.set(input.id, sum === undefined ? part : g.apply('add', [sum, part]));
    });
    if (parts.length !== inputs.length)
      throw new GraphError(`${op} has ${inputs.length} inputs but ${parts.length} gradients.`);
  }

  return wrt.map((tensor, i) => {
    const gradient = gradients.get(tensor.id);
    if (gradient === undefined)
      throw new GraphError(`the loss does not depend on tensor ${i} of those asked for.`);
    return gradient;
  });
}

function derivativeOf(g: Graph, y: Tensor, dY: Tensor): (Tensor | null)[] {
  if (y.source.kind !== 'op') return [];
  const { op, inputs, attrs } = y.source;
  const row = ops[op] as { derivative?: (d: object) => (Tensor | null)[] };
  if (row.derivative === undefined)
    throw new GraphError(`${op satisfies OpName} has no derivative; keep it off the path to the loss.`);
  return row.derivative({ g, inputs, attrs, y, dY });
}

/** For each tensor, whether it depends on one of `sources` (or is one). */
function dependents(g: Graph, sources: ReadonlySet<number>): boolean[] {
  const depends: boolean[] = [];
  for (const tensor of g.tensors) {
    const { source } = tensor;
    depends.push(
      sources.has(tensor.id) || (source.kind === 'op' && source.inputs.some((t) => depends[t.id])),
    );
  }
  return depends;
}
