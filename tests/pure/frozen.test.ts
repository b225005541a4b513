/** Models from outside, run by onnxruntime in Node as the worker runs them: they say what our own engine says. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/base/errors.ts';
import { BUILD } from '../../src/base/build.ts';
import { stream } from '../../src/base/random.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { CHECKPOINT_FILES, readCheckpoint } from '../../src/models/checkpoint/index.ts';
import { POLICY, REFERENCE } from '../../src/models/lm/programs.ts';
import { writePolicyOnnx, writeRewardOnnx } from '../../src/models/onnx/write.ts';
import { createScorer, scorerPrograms } from '../../src/runs/scorer.ts';
import { guessMapping } from '../../src/session/frozen-mapping.ts';
import { openOrt } from '../../src/session/frozen-ort.ts';
import type { FrozenMapping } from '../../src/session/frozen-protocol.ts';
import { createFrozenRuntime } from '../../src/session/frozen-runtime.ts';
import type { Reply } from '../../src/session/protocol.ts';
import { file, graph, node, tensor, value, type GraphParts } from '../support/onnx-files.ts';
import { worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const { words, context } = world;
const setting = { words, context };
const POLICY_MAPPING: FrozenMapping = { tokens: 'input_ids', mask: null, output: 'logits', reads: 'logits' };

async function micro() {
  const files = await Promise.all(
    CHECKPOINT_FILES.map(async (name) => [name, new Uint8Array(await readFile(`public/models/reviews-micro/${name}`))] as const), // prettier-ignore
  );
  return { ...readCheckpoint(Object.fromEntries(files)), words };
}

const runtime = () =>
  createFrozenRuntime(async (bytes) => ({
    session: await openOrt(ort, bytes, 'wasm'),
    backend: 'wasm',
    whyNot: 'Node has no WebGPU.',
  }));

function valueOf<T>(reply: Reply<T>): T {
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}

function issuesOf(reply: Reply<unknown>): Issue[] {
  expect(reply.ok).toBe(false);
  return reply.ok ? [] : (reply.error.issues ?? []);
}

const sequences = Array.from({ length: 21 }, (_, index) => {
  const { prompt, a } = world.pair(4, index);
  return { prompt: prompt.tokens, response: a };
});

async function ours() {
  const { config, parameters } = await micro();
  const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  await device.load(scorerPrograms(config));
  device.write(POLICY, parameters);
  device.write(REFERENCE, parameters);
  return { device, scorer: createScorer(device, config) };
}

it('a policy ranks by the log-probs of our engine, and samples with its dice', async () => {
  const frozen = runtime();
  const looked = valueOf(await frozen.inspect(writePolicyOnnx(await micro())));
  expect(looked.origin?.kind).toBe('policy');
  expect(guessMapping(looked)).toEqual(POLICY_MAPPING);
  expect(valueOf(await frozen.open(POLICY_MAPPING, setting))).toEqual({
    backend: 'wasm',
    whyNot: 'Node has no WebGPU.',
  });
  const { device, scorer } = await ours();
  const expected = await scorer.logps(sequences, 'policy');
  valueOf(await frozen.scores(sequences)).forEach((score, i) =>
    expect(score).toBeCloseTo(expected[i] as number, 3),
  );
  const logps = valueOf(await frozen.logps(sequences));
  expect(logps.map((one) => one.length)).toEqual(sequences.map(({ response }) => response.length));
  const prompt = world.prompts[3]?.tokens ?? [];
  const streams = [7, 8, 9, 1000];
  expect(valueOf(await frozen.sample(prompt, 5, streams))).toEqual(
    await scorer.sample(prompt, 'policy', 5, streams),
  );
  device.dispose();
});

it('a reward model gives one number a sequence, whatever is beside it', async () => {
  const lm = await micro();
  const random = stream(1, 'head');
  const head = {
    weight: Float32Array.from({ length: lm.config.width }, () => random.uniform() - 0.5),
    bias: 1,
  };
  const frozen = runtime();
  const mapping = guessMapping(valueOf(await frozen.inspect(writeRewardOnnx(lm, head))));
  expect(mapping).toEqual({ tokens: 'input_ids', mask: 'attention_mask', output: 'reward', reads: 'score' });
  valueOf(await frozen.open(mapping as FrozenMapping, setting));
  const together = valueOf(await frozen.scores(sequences));
  for (const [i, sequence] of sequences.slice(0, 3).entries()) {
    const [alone] = valueOf(await frozen.scores([sequence]));
    expect(alone).toBeCloseTo(together[i] as number, 5);
  }
  expect(new Set(together.map((score) => score.toFixed(6))).size).toBeGreaterThan(15);
  expect(issuesOf(await frozen.logps(sequences))[0]?.expected).toBe('logits');
});

it('a run is measured on WASM, whatever else the model runs on', async () => {
  const opened: boolean[] = [];
  const frozen = createFrozenRuntime(async (bytes, exact) => {
    opened.push(exact);
    return { session: await openOrt(ort, bytes, 'wasm'), backend: exact ? 'wasm' : 'webgpu', whyNot: null };
  });
  valueOf(await frozen.inspect(writePolicyOnnx(await micro())));
  valueOf(await frozen.open(POLICY_MAPPING, setting));
  const together = valueOf(await frozen.measure(sequences));
  const [alone] = valueOf(await frozen.measure(sequences.slice(4, 5)));
  expect(alone).toEqual(together[4]);
  expect(opened).toEqual([false, true]);
  const logps = valueOf(await frozen.logps(sequences));
  together.forEach((one, i) => one.forEach((logp, t) => expect(logp).toBeCloseTo(logps[i]?.[t] ?? NaN, 4)));
});

it('is not measured by tensors that the file does not name', async () => {
  const frozen = runtime();
  const parts = {
    inputs: [value('input_ids', 7, ['b', 't']), value('mask', 7, ['b', 't'])],
    nodes: [node('Gather', ['table', 'input_ids'], ['logits']), node('Gather', ['table', 'mask'], ['other'])],
    tensors: [tensor('table', [436, 436], 1, new Uint8Array(436 * 436 * 4))],
    outputs: [value('logits', 1, ['b', 't', 436]), value('other', 1, ['b', 't', 436])],
  };
  valueOf(await frozen.inspect(file(graph(parts))));
  const mapping: FrozenMapping = { tokens: 'input_ids', mask: 'mask', output: 'logits', reads: 'logits' };
  valueOf(await frozen.open({ ...mapping, output: 'other' }, setting));
  expect(issuesOf(await frozen.measure(sequences))[0]).toMatchObject({
    code: 'frozen/unnamed',
    at: 'the tensors',
  });
  valueOf(await frozen.open(mapping, setting));
  expect(valueOf(await frozen.measure(sequences))[0]?.[0]).toBeCloseTo(-Math.log(436), 5);
});

it('asks nothing before a file is there, and refuses another build', async () => {
  const frozen = runtime();
  expect((await frozen.open(POLICY_MAPPING, setting)).ok).toBe(false);
  expect((await frozen.scores([])).ok).toBe(false);
  frozen.greet(BUILD);
  expect(() => frozen.greet('another')).toThrow('Reload the page');
});

const scoring: FrozenMapping = { tokens: 'x', mask: null, output: 'y', reads: 'score' };
const cast = (attribute: number): GraphParts['nodes'] => [
  node('Cast', ['x'], ['f'], (n) => n.bytes(5, Uint8Array.from([10, 2, 116, 111, 24, attribute, 160, 1, 2]))),
  node('ReduceMax', ['f'], ['y']),
];

/** Files that are whole, but do not do what they are asked to. */
const MISFITS: readonly [string, GraphParts, FrozenMapping, string, string][] = [
  ['an input that is not there', { inputs: [value('x', 7, ['b', 't'])] }, { ...scoring, tokens: 'q' }, 'frozen/no-input', 'input "q"'],
  ['tokens with a fraction', { inputs: [value('x', 1, ['b', 't'])] }, scoring, 'frozen/input-type', 'input "x"'],
  ['tokens without a batch', { inputs: [value('x', 7, ['t'])] }, scoring, 'frozen/input-type', 'input "x"'],
  ['a length too short', { inputs: [value('x', 7, ['b', 4])] }, scoring, 'frozen/input-length', 'input "x"'],
  ['an input nobody fills', { inputs: [value('x', 7, ['b', 't']), value('past', 1, ['b'])] }, scoring, 'frozen/extra-input', 'input "past"'],
  ['an output that is not there', { inputs: [value('x', 7, ['b', 't'])] }, { ...scoring, output: 'z' }, 'frozen/no-output', 'output "z"'],
  ['an output in half precision', { inputs: [value('x', 7, ['b', 't'])], outputs: [value('y', 10, ['b'])] }, scoring, 'frozen/output-type', 'output "y"'],
  ['another vocabulary', { inputs: [value('x', 7, ['b', 't'])], outputs: [value('y', 1, ['b', 't', 99])] }, { ...scoring, reads: 'logits' }, 'frozen/output-type', 'output "y"'],
  ['logits read as a score', { inputs: [value('x', 7, ['b', 't'])], outputs: [value('y', 1, ['b', 't', 436])] }, scoring, 'frozen/output-type', 'output "y"'],
  ['an operator that nobody has', { inputs: [value('x', 7, ['b', 't'])], nodes: [node('Frobnicate', ['x'], ['y'])], outputs: [value('y', 1, ['b'])] }, scoring, 'frozen/runtime', 'the runtime'],
  ['another shape than it promised', { inputs: [value('x', 7, ['b', 't'])], nodes: cast(1), outputs: [value('y', 1, ['b', 'one'])] }, { ...scoring, reads: 'score' }, 'frozen/output', 'output "y"'],
]; // prettier-ignore

describe('a model that does not fit', () => {
  it.each(MISFITS)('%s', async (_, parts, mapping, code, at) => {
    const frozen = runtime();
    valueOf(await frozen.inspect(file(graph(parts))));
    const [issue] = issuesOf(await frozen.open(mapping, setting));
    expect([issue?.code, issue?.at]).toEqual([code, at]);
    expect(issue?.cure).toMatch(/\.$/);
    expect(issue?.received.length).toBeLessThan(301);
    // and nothing is open
    expect((await frozen.scores([])).ok).toBe(false);
  });

  it('the words of another world', async () => {
    const lm = await micro();
    const others = words.map((word, id) => (id === 100 ? 'zebra' : word));
    const frozen = runtime();
    valueOf(await frozen.inspect(writePolicyOnnx({ ...lm, words: others })));
    const [issue] = issuesOf(await frozen.open(POLICY_MAPPING, setting));
    expect([issue?.code, issue?.received]).toEqual(['frozen/words', '"zebra"']);
  });

  it('a file that was refused', async () => {
    const frozen = runtime();
    expect(issuesOf(await frozen.inspect(new Uint8Array(50)))[0]?.code).toBe('onnx/not-protobuf');
  });
});
