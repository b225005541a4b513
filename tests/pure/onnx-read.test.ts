/** What is said about ONNX files that are broken, hostile, or no ONNX files at all. */
import { readFile } from 'node:fs/promises';
import { InferenceSession, env } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { describeIssue, type Issue } from '../../src/base/errors.ts';
import { stream } from '../../src/base/random.ts';
import { writeSafetensors } from '../../src/models/checkpoint/safetensors.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { originOf } from '../../src/models/onnx/ours.ts';
import { MOST_ONNX_BYTES, readOnnx, refuseSize } from '../../src/models/onnx/read.ts';
import { GRAPH, MODEL, NODE, TENSOR, TENSOR_TYPE, TYPE, VALUE } from '../../src/models/onnx/schema.ts';
import { bytesOf, message, type Message } from '../../src/models/onnx/wire-write.ts';
import { writePolicyOnnx, writeRewardOnnx } from '../../src/models/onnx/write.ts';
import { entry, file, graph, node, ofGraph, opset, subgraph, tensor, value } from '../support/onnx-files.ts';
import { worldNamed } from '../support/worlds.ts';

const { words } = worldNamed('reviews');
const config = lmConfig('nano', words.length, 32);
const lm = { config, parameters: initialParameters(config, 1), words };

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const bytes = (...content: number[]): Uint8Array => Uint8Array.from(content);
const after = (start: string, ...content: number[]): Uint8Array => bytes(...[...start].map((c) => c.charCodeAt(0)), ...content); // prettier-ignore
const weights = (size: number, dims: readonly number[] = [4], type = 1): Uint8Array =>
  ofGraph({ tensors: [tensor('w', dims, type, new Uint8Array(size))] });
const shaped = (...axes: number[]): Uint8Array => ofGraph({ inputs: [value('x', 1, axes)] });
const typed = (fill: (t: Message) => void): Uint8Array => {
  const made = message().packed(TENSOR.dims, [3]).int(TENSOR.dataType, 1).text(TENSOR.name, 'w');
  fill(made);
  return ofGraph({ tensors: [made] });
};
const cut = (share: number): Uint8Array => {
  const whole = writePolicyOnnx(lm);
  return whole.subarray(0, Math.floor(share * whole.length));
};
function nested(depth: number): Message {
  const inner = depth === 0 ? node('Identity', ['x'], ['y']) : node('If', ['x'], ['y'], (n) => n.message(NODE.attribute, subgraph(nested(depth - 1)))); // prettier-ignore
  return graph({ nodes: [inner], inputs: depth === 0 ? [] : [value(`x${depth}`)] });
}
const nestedFile = (depth: number): Uint8Array =>
  file(
    graph({ nodes: [node('If', ['x'], ['y'], (n) => n.message(NODE.attribute, subgraph(nested(depth))))] }),
  );
/** A field whose length says more than there is. */
const lying = (...length: number[]): Uint8Array => bytes(8, 8, 0x3a, ...length, 1, 2, 3);

/** What is wrong, the file, the code, and what the message must name. */
const TABLE: readonly [string, () => Uint8Array, string, string][] = [
  // no ONNX at all
  ['no bytes', () => bytes(), 'empty', 'no bytes'],
  ['safetensors', () => writeSafetensors([{ name: 'w', shape: [2], data: new Float32Array(2) }]), 'not-onnx', 'a safetensors file'],
  ['a zip archive', () => after('PK\x03\x04', 20, 0, 0), 'not-onnx', 'a zip archive'],
  ['GGUF', () => after('GGUF', 3, 0, 0, 0), 'not-onnx', 'a GGUF file'],
  ['a pickle, protocol 2', () => bytes(0x80, 2, 0x8a, 10), 'not-onnx', 'a Python pickle'],
  ['a pickle, protocol 4', () => bytes(0x80, 4, 0x95, 10), 'not-onnx', 'a Python pickle'],
  ['HTML', () => text('\n  <!DOCTYPE html><html></html>'), 'not-onnx', 'a web page'],
  ['HTML without a doctype', () => text('<html><body>'), 'not-onnx', 'a web page'],
  ['HTML with a byte order mark', () => bytes(0xef, 0xbb, 0xbf, ...text('<!doctype html>')), 'not-onnx', 'a web page'],
  ['JSON', () => text('{"a": 1}'), 'not-onnx', 'JSON'],
  ['JSON, a list', () => text('[1]'), 'not-onnx', 'JSON'],
  ['XML', () => text('<?xml version="1.0"?><net/>'), 'not-onnx', 'OpenVINO'],
  ['gzip', () => bytes(0x1f, 0x8b, 8, 0), 'not-onnx', 'a gzip archive'],
  ['zstd', () => bytes(0x28, 0xb5, 0x2f, 0xfd), 'not-onnx', 'a zstd archive'],
  ['HDF5', () => after('\x89HDF', 13, 10), 'not-onnx', 'Keras'],
  ['TensorFlow Lite', () => after('\x1c\0\0\0TFL3', 0), 'not-onnx', 'TensorFlow Lite'],
  ['ORT format', () => after('\x1c\0\0\0ORTM', 0), 'not-onnx', 'ORT format'],
  ['NumPy', () => after('\x93NUMPY', 1, 0), 'not-onnx', 'a NumPy array'],
  ['a Git LFS pointer', () => text('version https://git-lfs.github.com/spec/v1\noid sha256:0'), 'not-onnx', 'git lfs pull'],
  ['a PNG', () => after('\x89PNG', 13, 10), 'not-onnx', 'PNG'],
  ['a PDF', () => text('%PDF-1.7'), 'not-onnx', 'a PDF'],
  ['plain words', () => text('hello world, this is no model'), 'not-protobuf', 'the file'],
  ['zeros', () => new Uint8Array(100), 'not-protobuf', 'the file'],
  ['ones', () => new Uint8Array(100).fill(255), 'varint', 'the file, byte 0'],
  // protobuf that lies
  ['a varint cut off', () => bytes(8, 0x80, 0x80), 'truncated', 'the end of the bytes'],
  ['a varint of eleven bytes', () => bytes(8, ...new Array<number>(11).fill(0x80), 1), 'varint', 'at most 10 bytes'],
  ['a length past the end', () => lying(100), 'length', 'a length of 100'],
  ['a length of 2^35', () => lying(0x80, 0x80, 0x80, 0x80, 0x80, 1), 'length', 'a length of 34359738368'],
  ['a negative length', () => lying(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), 'length', 'a length of -1'],
  ['a group', () => bytes(8, 8, 0x3b), 'not-protobuf', 'a group'],
  ['wire type 7', () => bytes(8, 8, 0x3f), 'not-protobuf', 'wire type 7'],
  ['a graph that is a number', () => bytes(8, 8, 0x38, 1), 'wire-type', 'the file, graph'],
  ['four bytes cut off', () => bytes(8, 8, 0x25, 1), 'length', 'a length of 4'],
  ['half of a file', () => cut(0.5), 'length', 'the file'],
  ['a tenth of a file', () => cut(0.1), 'length', 'the file'],
  ['all but a byte', () => cut(0.99999), 'length', 'more bytes'],
  // a model without what makes one
  ['no graph', () => bytesOf(message().int(MODEL.irVersion, 8)), 'no-graph', 'a graph'],
  ['two graphs', () => file(graph(), { more: (m) => m.message(MODEL.graph, graph()) }), 'two-graphs', 'two'],
  ['no operator set', () => file(graph(), { opsets: [] }), 'opset', 'none'],
  ['an operator set of the future', () => file(graph(), { opsets: [opset(99)] }), 'opset', '99'],
  ['an operator set too old', () => file(graph(), { opsets: [opset(1)] }), 'opset', '1'],
  ['a file format of the future', () => file(graph(), { ir: 99 }), 'ir-version', '99'],
  ['a negative file format', () => file(graph(), { ir: -1 }), 'ir-version', '-1'],
  ['no outputs', () => ofGraph({ outputs: [] }), 'no-outputs', 'at least one output'],
  ['an empty graph', () => file(message()), 'no-outputs', 'at least one output'],
  ['functions', () => file(graph(), { more: (m) => m.message(MODEL.functions, message()) }), 'functions', 'inline_local_functions'],
  // tensors
  ['external data', () => typed((t) => t.message(TENSOR.externalData, entry('location', 'w.bin'))), 'external-data', 'tensor "w"'],
  ['external data by its location', () => typed((t) => t.int(TENSOR.dataLocation, 1)), 'external-data', 'save_as_external_data=False'],
  ['external data in a constant', () => ofGraph({ nodes: [node('Constant', [], ['y'], (n) => n.message(NODE.attribute, message().message(5, message().message(TENSOR.externalData, message()))))] }), 'external-data', 'node 0 (Constant)'],
  ['too few bytes', () => weights(15), 'tensor-size', '16 bytes for float32 of shape [4]'],
  ['too many bytes', () => weights(17), 'tensor-size', 'received 17 bytes'],
  ['no data', () => typed(() => undefined), 'tensor-size', 'received 0 numbers'],
  ['too few numbers', () => typed((t) => t.bytes(TENSOR.floatData, new Uint8Array(8))), 'tensor-size', 'received 2 numbers'],
  ['part of a number', () => typed((t) => t.bytes(TENSOR.floatData, new Uint8Array(13))), 'tensor-size', '3.25 numbers'],
  ['too few small numbers', () => weights(1, [4], 22), 'tensor-size', '2 bytes for int4'],
  ['an unknown element type', () => weights(16, [4], 77), 'element-type', 'tensor "w", type'],
  ['element type 0', () => weights(16, [4], 0), 'element-type', 'received 0'],
  ['a negative element type', () => weights(16, [4], -5), 'element-type', 'received -5'],
  ['a negative size', () => weights(16, [-4]), 'shape', 'received -4'],
  ['sizes whose product overflows', () => weights(16, [2 ** 31, 2 ** 31, 2 ** 31]), 'shape', 'tensor "w", shape'],
  ['a size of 2^52', () => weights(16, [2 ** 52]), 'shape', '[4503599627370496]'],
  ['a thousand axes', () => weights(4, new Array<number>(1000).fill(1)), 'shape', 'at most 16 axes'],
  ['sizes that hide behind a zero', () => weights(0, [2 ** 40, 0]), 'shape', 'at most 2147483648 elements'],
  // inputs and outputs
  ['an input of giant shape', () => shaped(2 ** 20, 2 ** 20), 'shape', 'input 0 tensor "x", shape'],
  ['an input of negative size', () => shaped(-1), 'shape', 'received -1'],
  ['an input of many axes', () => shaped(...new Array<number>(20).fill(1)), 'shape', 'at most 16 axes'],
  ['an input of an unknown type', () => ofGraph({ inputs: [value('x', 99)] }), 'element-type', 'input 0 tensor "x", type'],
  ['an input without a name', () => ofGraph({ inputs: [value('')] }), 'name', 'input 0'],
  ['two inputs of a name', () => ofGraph({ inputs: [value('x'), value('x')] }), 'name-twice', 'tensor "x"'],
  ['two outputs of a name', () => ofGraph({ outputs: [value('y'), value('y')] }), 'name-twice', 'tensor "y"'],
  ['two tensors of a name', () => ofGraph({ tensors: [tensor('w', [0], 1, bytes()), tensor('w', [0], 1, bytes())] }), 'name-twice', 'tensor "w"'],
  ['a long name', () => ofGraph({ inputs: [value('x'.repeat(2000))] }), 'text', '2000 bytes'],
  ['a name that is no text', () => ofGraph({ more: (g) => g.message(GRAPH.input, message().bytes(VALUE.name, bytes(0xff, 0xfe))) }), 'text', 'UTF-8'],
  // nodes
  ['an output that nothing makes', () => ofGraph({ outputs: [value('z')] }), 'missing-tensor', 'tensor "z"'],
  ['an input that nothing makes', () => ofGraph({ nodes: [node('Relu', ['q'], ['y'])] }), 'missing-tensor', 'graph, node 0 (Relu)'],
  ['a node that reads itself', () => ofGraph({ nodes: [node('Add', ['x', 'y'], ['y'])] }), 'circle', 'tensor "y"'],
  ['two nodes in a circle', () => ofGraph({ nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Relu', ['b'], ['y'])] }), 'circle', 'node 1 (Relu)'],
  ['nodes in the wrong order', () => ofGraph({ nodes: [node('Relu', ['a'], ['y']), node('Relu', ['x'], ['a'])] }), 'circle', 'comes later'],
  ['a tensor made twice', () => ofGraph({ nodes: [node('Relu', ['x'], ['y']), node('Relu', ['x'], ['y'])] }), 'made-twice', 'graph, node 1 (Relu)'],
  ['a node without an operator', () => ofGraph({ nodes: [node('', ['x'], ['y'])] }), 'operator', 'graph, node 0'],
  ['a foreign operator', () => ofGraph({ nodes: [node('Magic', ['x'], ['y'], (n) => n.text(NODE.domain, 'my.domain'))] }), 'domain', 'domain "my.domain"'],
  ['graphs nested 12 deep', () => nestedFile(12), 'nesting', 'at most 8 deep'],
  ['graphs nested 300 deep', () => nestedFile(300), 'nesting', 'at most 8 deep'],
  ['a branch without outputs', () => ofGraph({ nodes: [node('If', ['x'], ['y'], (n) => n.message(NODE.attribute, subgraph(message())))] }), 'no-outputs', 'node 0 (If), subgraph'],
  ['a circle inside a branch', () => ofGraph({ nodes: [node('If', ['x'], ['y'], (n) => n.message(NODE.attribute, subgraph(graph({ inputs: [], nodes: [node('Add', ['x', 'y'], ['y'])] }))))] }), 'circle', 'subgraph, node 0 (Add)'],
  ['a sparse initialiser', () => ofGraph({ more: (g) => g.message(GRAPH.sparseInitializer, message()) }), 'sparse', 'dense'],
  ['200,000 nodes', () => ofGraph({ more: (g) => { for (let i = 0; i < 200_000; i++) g.bytes(GRAPH.node, bytes(0x22, 1, 65)); } }), 'too-many', 'at most 100000 nodes'],
  ['200,000 tensors', () => ofGraph({ more: (g) => { for (let i = 0; i < 200_000; i++) g.bytes(GRAPH.initializer, bytes(8, 0, 16, 1)); } }), 'too-many', 'at most 100000 tensors'],
  // metadata
  ['a key twice', () => file(graph(), { more: (m) => m.message(MODEL.metadata, entry('a', '1')).message(MODEL.metadata, entry('a', '2')) }), 'name-twice', 'key "a"'],
  ['5 MB of metadata', () => file(graph(), { more: (m) => m.message(MODEL.metadata, entry('a', 'x'.repeat(5_000_000))) }), 'text', 'at most 4000000 bytes'],
]; // prettier-ignore

describe('a file that is refused', () => {
  it.each(TABLE)('%s', (_, make, code, names) => {
    const read = readOnnx(make());
    expect(read.ok).toBe(false);
    if (read.ok) return;
    expect(read.issues).toHaveLength(1);
    const [issue] = read.issues;
    expect(issue?.code).toBe(`onnx/${code}`);
    expect(describeIssue(issue as Issue)).toContain(names);
    expect(issue?.cure).toMatch(/^[A-Z].*\.\)?$/);
    for (const part of [issue?.at, issue?.expected, issue?.received]) {
      expect(part).toBeTruthy();
      expect(part?.length).toBeLessThan(400);
    }
  });

  it('by its size, before a byte of it is read', () => {
    expect(refuseSize(MOST_ONNX_BYTES)).toBeNull();
    expect(refuseSize(MOST_ONNX_BYTES + 1)?.message).toContain('expected at most 256 MiB, received 256 MiB');
    expect(refuseSize(5e9)?.issues[0]?.code).toBe('onnx/too-large');
  });
});

describe('a file that is read', () => {
  it('says what goes in, what comes out, and what it holds', () => {
    const read = readOnnx(writePolicyOnnx(lm));
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    const { inputs, outputs, opset: version, irVersion, producer, parameters, operators } = read.value;
    expect(inputs).toEqual([{ name: 'input_ids', type: 'int64', shape: ['batch', 'length'] }]);
    expect(outputs).toEqual([{ name: 'logits', type: 'float32', shape: ['batch', 'length', words.length] }]);
    expect([version, irVersion, producer]).toEqual([17, 8, 'swayground']);
    expect(parameters).toBeGreaterThan(lm.parameters.length);
    expect(operators.get('Gemm')).toBe(15);
    expect(originOf(read.value)).toEqual({ kind: 'policy', config, words });
  });

  it('knows a reward model of ours', () => {
    const read = readOnnx(writeRewardOnnx(lm, { weight: new Float32Array(config.width), bias: 0 }));
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    expect(originOf(read.value)?.kind).toBe('reward');
    expect(read.value.outputs).toEqual([{ name: 'reward', type: 'float32', shape: ['batch'] }]);
  });

  it('does not believe a foreign file that claims to be ours', () => {
    for (const claims of [{}, { 'config.json': '{}' }, { 'config.json': 'x', 'tokenizer.json': '[' }]) {
      const more = (m: Message): void => {
        for (const [key, said] of [['swayground.kind', 'policy'], ...Object.entries(claims)] as [string, string][]) m.message(MODEL.metadata, entry(key, said)); // prettier-ignore
      };
      const read = readOnnx(file(graph(), { more }));
      if (!read.ok) throw new Error(JSON.stringify(read.issues));
      expect(originOf(read.value)).toBeNull();
    }
  });

  it('may have initialisers among its inputs, outputs that are no tensors, and fields that nobody knows', () => {
    const sequence = message()
      .text(VALUE.name, 'y')
      .message(VALUE.type, message().message(TYPE.sequence, message()));
    const open = message().text(VALUE.name, 'x').message(VALUE.type, message().message(TYPE.tensor, message().int(TENSOR_TYPE.elementType, 7))); // prettier-ignore
    const parts = { inputs: [open, value('w')], outputs: [sequence], tensors: [tensor('w', [1], 1, new Uint8Array(4))] }; // prettier-ignore
    const read = readOnnx(file(graph(parts), { more: (m) => m.text(99, 'news').float(98, 1) }));
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    expect(read.value.inputs).toEqual([{ name: 'x', type: 'int64', shape: null }]);
    expect(read.value.outputs).toEqual([{ name: 'y', type: 'sequence', shape: null }]);
  });

  it('and opened by onnxruntime, when it is the small one that the table breaks', async () => {
    env.wasm.numThreads = 1;
    expect(readOnnx(file()).ok).toBe(true);
    await (await InferenceSession.create(file())).release();
  });
});

it('never throws and never hangs on a file with bytes turned over', async () => {
  const whole = writePolicyOnnx(lm);
  const head = await readFile('public/models/reviews-nano/model.safetensors');
  const random = stream(5, 'turned bytes');
  for (let i = 0; i < 300; i++) {
    const broken = whole.slice();
    for (let k = 0; k < 1 + (i % 20); k++)
      broken[random.integer(i % 2 ? 6000 : broken.length)] = random.integer(256);
    if (i % 7 === 0) broken.set(head.subarray(0, 500), random.integer(broken.length - 500));
    const read = readOnnx(broken);
    if (!read.ok) expect(read.issues[0]?.code).toMatch(/^onnx\//);
  }
});
