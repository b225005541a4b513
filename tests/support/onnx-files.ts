/** ONNX files for tests: a whole one, made of parts that a test may leave out or replace by something broken. */
import {
  ATTRIBUTE,
  DIM,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET_ID,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../src/models/onnx/schema.ts';
import { bytesOf, message, type Message } from '../../src/models/onnx/wire-write.ts';

export const value = (name: string, type = 1, axes: readonly (number | string)[] = ['n']): Message => {
  const shape = message();
  for (const axis of axes)
    shape.message(SHAPE.dim, typeof axis === 'number' ? message().int(DIM.value, axis) : message().text(DIM.param, axis)); // prettier-ignore
  const tensor = message().int(TENSOR_TYPE.elementType, type).message(TENSOR_TYPE.shape, shape);
  return message().text(VALUE.name, name).message(VALUE.type, message().message(TYPE.tensor, tensor));
};

export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  more?: (node: Message) => void,
): Message => {
  // prettier-ignore
  const made = message();
  for (const name of inputs) made.text(NODE.input, name);
  for (const name of outputs) made.text(NODE.output, name);
  made.text(NODE.opType, op);
  more?.(made);
  return made;
};

export const tensor = (name: string, dims: readonly number[], type: number, raw: Uint8Array): Message =>
  message()
    .packed(TENSOR.dims, dims)
    .int(TENSOR.dataType, type)
    .text(TENSOR.name, name)
    .bytes(TENSOR.rawData, raw);

/** A node's attribute that holds a graph. */
export const subgraph = (graph: Message): Message =>
  message().text(ATTRIBUTE.name, 'body').message(ATTRIBUTE.graph, graph);

export interface GraphParts {
  nodes?: readonly Message[];
  tensors?: readonly Message[];
  inputs?: readonly Message[];
  outputs?: readonly Message[];
  more?: (graph: Message) => void;
}

/** y = Relu(x), unless said otherwise. */
export function graph(parts: GraphParts = {}): Message {
  const made = message();
  for (const item of parts.nodes ?? [node('Relu', ['x'], ['y'])]) made.message(GRAPH.node, item);
  for (const item of parts.tensors ?? []) made.message(GRAPH.initializer, item);
  for (const item of parts.inputs ?? [value('x')]) made.message(GRAPH.input, item);
  for (const item of parts.outputs ?? [value('y')]) made.message(GRAPH.output, item);
  parts.more?.(made);
  return made;
}

export const opset = (version: number, domain = ''): Message =>
  message().text(OPSET_ID.domain, domain).int(OPSET_ID.version, version);

export const entry = (key: string, text: string): Message =>
  message().text(ENTRY.key, key).text(ENTRY.value, text);

export const file = (
  body: Message = graph(),
  {
    ir = 8,
    opsets = [opset(17)],
    more,
  }: { ir?: number; opsets?: readonly Message[]; more?: (model: Message) => void } = {},
): Uint8Array<ArrayBuffer> => {
  const model = message().int(MODEL.irVersion, ir).message(MODEL.graph, body);
  for (const item of opsets) model.message(MODEL.opsetImport, item);
  more?.(model);
  return bytesOf(model);
};

export const ofGraph = (parts: GraphParts): Uint8Array<ArrayBuffer> => file(graph(parts));
