/** The same graph for several models side by side: every state and every feed has one value a replica. */
import type { Graph } from './graph.ts';
import { createGraph } from './graph.ts';
import type { Tensor } from './types.ts';

export function replicate(graph: Graph, replicas: number): Graph {
  const g = createGraph(replicas);
  const own: Tensor[] = [];
  const copyOf = ({ source, shape, dtype }: Tensor): Tensor => {
    const type = { shape, dtype };
    if (source.kind === 'constant') return g.constant(type, source.data);
    if (source.kind !== 'op') return g[source.kind](source.name, type, { replicated: true });
    const inputs = source.inputs.map(({ id }) => own[id] as Tensor);
    return g.apply(source.op, inputs, source.attrs);
  };
  for (const tensor of graph.tensors) own.push(copyOf(tensor));
  for (const [name, { id }] of graph.outputs) g.output(name, own[id] as Tensor);
  return g;
}
