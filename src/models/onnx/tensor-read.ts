/** Tensors and their types in an ONNX file: read without copying their data, held against what their shapes promise. */
import { DAMAGED, EXPORT_AGAIN, named, refuse } from './mistake.ts';
import type { ElementNumber, ElementType } from './schema.ts';
import { DIM, ELEMENT_TYPES, SHAPE, TENSOR, TENSOR_TYPE, TYPE, VALUE } from './schema.ts';
import { fieldsOf, sizeOfRange, type Range } from './wire-read.ts';

/** An axis: its size; the name of a size that is open; null where the file says nothing. */
export type OnnxAxis = number | string | null;

export interface OnnxTensor {
  name: string;
  type: ElementType;
  shape: readonly number[];
}

export interface OnnxValue {
  name: string;
  /** A tensor's element type; or what it is instead of a tensor. */
  type: ElementType | 'sequence' | 'map' | 'sparse tensor' | 'optional' | 'unknown';
  /** Null where the file does not say how many axes there are. */
  shape: readonly OnnxAxis[] | null;
}

export const LONGEST_NAME = 1024;
const MOST_AXES = 16;
const MOST_ELEMENTS = 0x8000_0000;

/** Throws for a number that is none of the types of ONNX. */
function elementType(number: number, at: string): (typeof ELEMENT_TYPES)[ElementNumber] {
  if (Object.hasOwn(ELEMENT_TYPES, number)) return ELEMENT_TYPES[number as ElementNumber];
  const expected = `an element type from 1 to ${Object.keys(ELEMENT_TYPES).length}`;
  throw refuse('element-type', at, expected, `${number}`, EXPORT_AGAIN);
}

/** How many elements a shape has, or a refusal: sizes multiply quickly. */
function elementsOf(shape: readonly OnnxAxis[], at: string): number {
  if (shape.length > MOST_AXES)
    throw refuse('shape', at, `at most ${MOST_AXES} axes`, `${shape.length}`, EXPORT_AGAIN);
  let count = 1;
  for (const axis of shape) {
    if (typeof axis !== 'number') continue;
    if (axis < 0) throw refuse('shape', at, 'sizes of 0 and more', `${axis}`, EXPORT_AGAIN);
    count *= axis;
    if (count > MOST_ELEMENTS) {
      const cure = 'Choose a smaller model; one as large does not fit into a page.';
      throw refuse('shape', at, `at most ${MOST_ELEMENTS} elements`, `[${shape.join(',')}]`, cure);
    }
  }
  return count;
}

/** What lies where in a TensorProto, before it is checked. */
interface RawTensor {
  name: string;
  type: number;
  shape: number[];
  raw: number | null;
  /** Numbers in the typed fields. */
  typed: number;
  external: boolean;
}

const TYPED: Readonly<Record<number, 0 | 4 | 8>> = {
  [TENSOR.floatData]: 4,
  [TENSOR.int32Data]: 0,
  [TENSOR.int64Data]: 0,
  [TENSOR.doubleData]: 8,
  [TENSOR.uint64Data]: 0,
};

function rawTensor(range: Range, at: string): RawTensor {
  const tensor: RawTensor = { name: '', type: 0, shape: [], raw: null, typed: 0, external: false };
  for (const field of fieldsOf(range, at)) {
    const width = TYPED[field.number];
    if (width !== undefined) tensor.typed += field.count('data', width);
    else if (field.number === TENSOR.dims) {
      field.ints('dims', (size) => {
        tensor.shape.push(size);
        if (tensor.shape.length > MOST_AXES) elementsOf(tensor.shape, `${at}, shape`);
      });
    } else if (field.number === TENSOR.dataType) tensor.type = field.int('data_type');
    else if (field.number === TENSOR.name) tensor.name = field.text('name', LONGEST_NAME);
    else if (field.number === TENSOR.rawData) tensor.raw = sizeOfRange(field.range('raw_data'));
    else if (field.number === TENSOR.stringData)
      tensor.typed += sizeOfRange(field.range('string_data')) >= 0 ? 1 : 0;
    else if (field.number === TENSOR.externalData) tensor.external = true;
    else if (field.number === TENSOR.dataLocation) tensor.external ||= field.int('data_location') !== 0;
  }
  return tensor;
}

/** A tensor with its data; `at` names it where it has no name of its own. Throws InvalidInputError. */
export function readTensor(range: Range, at: string): OnnxTensor {
  const { name, type: number, shape, raw, typed, external } = rawTensor(range, at);
  const place = name === '' ? at : named('tensor', name);
  if (external) {
    const cure = 'Save the model as one file: onnx.save(model, path, save_as_external_data=False).';
    throw refuse('external-data', place, 'its numbers in this file', 'a pointer to another file', cure);
  }
  const { name: type, bits } = elementType(number, `${place}, type`);
  const elements = elementsOf(shape, `${place}, shape`);
  const [expected, received, unit] =
    raw === null
      ? [numbersOf(type, bits, elements), typed, 'numbers']
      : [Math.ceil((elements * bits) / 8), raw, 'bytes'];
  if (received !== expected) {
    const wanted = `${expected} ${unit} for ${type} of shape [${shape.join(',')}]`;
    throw refuse('tensor-size', place, wanted, `${received} ${unit}`, DAMAGED);
  }
  return { name, type, shape };
}

/** How many numbers hold the elements where they are not raw: complex ones are pairs, small ones share a byte. */
function numbersOf(type: ElementType, bits: number, elements: number): number {
  if (type.startsWith('complex')) return 2 * elements;
  return bits === 4 ? Math.ceil(elements / 2) : elements;
}

/** An input or output. Throws InvalidInputError. */
export function readValue(range: Range, at: string): OnnxValue {
  let name = '';
  let type: Range | null = null;
  for (const field of fieldsOf(range, at)) {
    if (field.number === VALUE.name) name = field.text('name', LONGEST_NAME);
    else if (field.number === VALUE.type) type = field.range('type');
  }
  const place = name === '' ? at : `${at} ${named('tensor', name)}`;
  if (name === '') throw refuse('name', at, 'a name', 'nothing', EXPORT_AGAIN);
  return { name, ...(type === null ? { type: 'unknown', shape: null } : readType(type, place)) };
}

const OTHER_TYPES: Readonly<Record<number, OnnxValue['type']>> = {
  [TYPE.sequence]: 'sequence',
  [TYPE.map]: 'map',
  [TYPE.sparseTensor]: 'sparse tensor',
  [TYPE.optional]: 'optional',
};

function readType(range: Range, at: string): Pick<OnnxValue, 'type' | 'shape'> {
  let read: Pick<OnnxValue, 'type' | 'shape'> = { type: 'unknown', shape: null };
  for (const field of fieldsOf(range, at)) {
    const other = OTHER_TYPES[field.number];
    if (other !== undefined) read = { type: other, shape: null };
    else if (field.number === TYPE.tensor) read = readTensorType(field.range('tensor_type'), at);
  }
  return read;
}

function readTensorType(range: Range, at: string): Pick<OnnxValue, 'type' | 'shape'> {
  let number = 0;
  let shape: OnnxAxis[] | null = null;
  for (const field of fieldsOf(range, at)) {
    if (field.number === TENSOR_TYPE.elementType) number = field.int('elem_type');
    else if (field.number === TENSOR_TYPE.shape) shape = readShape(field.range('shape'), `${at}, shape`);
  }
  if (shape !== null) elementsOf(shape, `${at}, shape`);
  return { type: elementType(number, `${at}, type`).name, shape };
}

function readShape(range: Range, at: string): OnnxAxis[] {
  const shape: OnnxAxis[] = [];
  for (const field of fieldsOf(range, at)) {
    if (field.number !== SHAPE.dim) continue;
    let axis: OnnxAxis = null;
    for (const part of fieldsOf(field.range('dim'), at)) {
      if (part.number === DIM.value) axis = part.int('dim_value');
      else if (part.number === DIM.param) axis = part.text('dim_param', LONGEST_NAME);
    }
    shape.push(axis);
    if (shape.length > MOST_AXES) elementsOf(shape, at);
  }
  return shape;
}
