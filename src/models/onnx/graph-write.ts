/** Building an ONNX graph: nodes in the order in which they compute, tensors known by name. */
import { sizeOf } from '../../engine/types.ts';
import { StateError } from '../../base/errors.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIM,
  FLOAT32,
  GRAPH,
  INT64,
  NODE,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './schema.ts';
import { message, type Message } from './wire-write.ts';

/** Whole numbers and lists of them; `{ float }` is a number with a fraction. */
type Attribute = number | readonly number[] | { float: number };

/** A number, or the name of an axis that may be of any size. */
export type Axis = number | string;

export interface GraphWriter {
  input(name: string, type: 'float32' | 'int64', axes: readonly Axis[]): string;
  output(name: string, type: 'float32' | 'int64', axes: readonly Axis[]): void;
  /** A float32 tensor that is part of the model. */
  weights(name: string, shape: readonly number[], data: Float32Array): string;
  /** A list of whole numbers (int64) that is part of the model; the same list is there once. */
  integers(...values: readonly number[]): string;
  /** One whole number (int64, no axes). */
  integer(value: number): string;
  /** One number (float32, no axes). */
  number(value: number): string;
  /** A node with one output, called `name` where that matters to a reader. */
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    name?: string,
  ): string;
  /** A node with several outputs. */
  nodes(op: string, inputs: readonly string[], outputs: number, attributes?: Readonly<Record<string, Attribute>>): string[]; // prettier-ignore
  message(name: string): Message;
}

const ELEMENTS = { float32: FLOAT32, int64: INT64 } as const;

export function graphWriter(): GraphWriter {
  const nodes: Message[] = [];
  const initializers = new Map<string, Message>();
  const inputs: Message[] = [];
  const outputs: Message[] = [];

  const keep = (name: string, type: number, shape: readonly number[], raw: Uint8Array): string => {
    if (!initializers.has(name)) {
      const tensor = message();
      if (shape.length > 0) tensor.packed(TENSOR.dims, shape);
      initializers.set(
        name,
        tensor.int(TENSOR.dataType, type).text(TENSOR.name, name).bytes(TENSOR.rawData, raw),
      );
    }
    return name;
  };

  const add: GraphWriter['nodes'] = (op, from, count, attributes = {}) => {
    const name = `${op}_${nodes.length}`;
    const made = Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}_${i}`));
    nodes.push(nodeMessage(op, name, from, made, attributes));
    return made;
  };

  return {
    input: (name, type, axes) => {
      inputs.push(valueMessage(name, ELEMENTS[type], axes));
      return name;
    },
    output: (name, type, axes) => void outputs.push(valueMessage(name, ELEMENTS[type], axes)),
    weights: (name, shape, data) => {
      if (sizeOf(shape) !== data.length)
        throw new StateError(`ONNX tensor ${name}: ${data.length} numbers do not fill [${shape.join(',')}].`);
      return keep(name, FLOAT32, shape, rawFloats(data));
    },
    integers: (...values) => keep(`list_${values.join('_')}`, INT64, [values.length], rawIntegers(values)),
    integer: (value) => keep(`integer_${value}`, INT64, [], rawIntegers([value])),
    number: (value) => keep(`number_${value}`, FLOAT32, [], rawFloats(Float32Array.of(value))),
    node: (op, from, attributes = {}, name = undefined) => {
      if (name === undefined) return add(op, from, 1, attributes)[0] as string;
      nodes.push(nodeMessage(op, name, from, [name], attributes));
      return name;
    },
    nodes: add,
    message: (name) => {
      const graph = message();
      for (const node of nodes) graph.message(GRAPH.node, node);
      graph.text(GRAPH.name, name);
      for (const tensor of initializers.values()) graph.message(GRAPH.initializer, tensor);
      for (const value of inputs) graph.message(GRAPH.input, value);
      for (const value of outputs) graph.message(GRAPH.output, value);
      return graph;
    },
  };
}

function nodeMessage(
  op: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): Message {
  const node = message();
  for (const input of inputs) node.text(NODE.input, input);
  for (const output of outputs) node.text(NODE.output, output);
  node.text(NODE.name, name).text(NODE.opType, op);
  for (const [key, value] of Object.entries(attributes))
    node.message(NODE.attribute, attributeMessage(key, value));
  return node;
}

function attributeMessage(name: string, value: Attribute): Message {
  const attribute = message().text(ATTRIBUTE.name, name);
  if (typeof value === 'number')
    return attribute.int(ATTRIBUTE.int, value).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.int);
  if ('float' in value)
    return attribute.float(ATTRIBUTE.float, value.float).int(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
  for (const item of value) attribute.int(ATTRIBUTE.ints, item);
  return attribute.int(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints);
}

function valueMessage(name: string, elementType: number, axes: readonly Axis[]): Message {
  const shape = message();
  for (const axis of axes) {
    const dim = typeof axis === 'number' ? message().int(DIM.value, axis) : message().text(DIM.param, axis);
    shape.message(SHAPE.dim, dim);
  }
  const tensor = message().int(TENSOR_TYPE.elementType, elementType).message(TENSOR_TYPE.shape, shape);
  return message().text(VALUE.name, name).message(VALUE.type, message().message(TYPE.tensor, tensor));
}

/** Little-endian, whatever the machine. */
function rawFloats(data: Float32Array): Uint8Array {
  const raw = new Uint8Array(4 * data.length);
  const view = new DataView(raw.buffer);
  data.forEach((x, i) => view.setFloat32(4 * i, x, true));
  return raw;
}

function rawIntegers(values: readonly number[]): Uint8Array {
  const raw = new Uint8Array(8 * values.length);
  const view = new DataView(raw.buffer);
  values.forEach((x, i) => view.setBigInt64(8 * i, BigInt(x), true));
  return raw;
}
