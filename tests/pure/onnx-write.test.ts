/** Our models as ONNX files say the same as our engine does, by the measure of onnxruntime. */
import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor, env } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { digest } from '../../src/base/digest.ts';
import { stream } from '../../src/base/random.ts';
import type { Device } from '../../src/engine/backend.ts';
import { createGraph, integer } from '../../src/engine/graph.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { readCheckpoint, CHECKPOINT_FILES } from '../../src/models/checkpoint/index.ts';
import type { LmConfig, LmSize } from '../../src/models/lm/config.ts';
import { forward, openWeights } from '../../src/models/lm/decoder.ts';
import { initialReward, REWARD_MODEL, rewardScoreProgram } from '../../src/models/lm/head.ts';
import { rewardOf, writePolicyOnnx, writeRewardOnnx, type LmModel } from '../../src/models/onnx/write.ts';
import { worldNamed } from '../support/worlds.ts';

const { words } = worldNamed('reviews');

async function model(size: LmSize): Promise<LmModel> {
  const files = await Promise.all(
    CHECKPOINT_FILES.map(async (name) => [name, new Uint8Array(await readFile(`public/models/reviews-${size}/${name}`))] as const), // prettier-ignore
  );
  return { ...readCheckpoint(Object.fromEntries(files)), words };
}

const openOurs: Record<string, () => Promise<Device>> = {
  reference: () => Promise.resolve(openReference()),
  wasm: () => openWasm(() => readFile('src/engine/wasm/kernels.wasm')),
};

interface Input {
  batch: number;
  length: number;
  tokens: number[];
}

const random = stream(3, 'onnx inputs');

function inputsOf(count: number, { context, vocabulary }: LmConfig): Input[] {
  return Array.from({ length: count }, (_, i) => {
    const batch = 1 + (i % 5);
    // the shortest and the longest are among them
    const length = i === 0 ? 1 : i === 1 ? context : 1 + random.integer(context);
    return {
      batch,
      length,
      tokens: Array.from({ length: batch * length }, () => random.integer(vocabulary)),
    };
  });
}

const int64 = (values: readonly number[], dims: readonly number[]): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);

/** One program a shape: our graphs are static. */
async function ourLogits(device: Device, { config, parameters }: LmModel, { batch, length, tokens }: Input) {
  const g = createGraph();
  const feed = g.feed('tokens', integer(batch * length));
  g.output('logits', forward(g, config, openWeights(g, config, 'policy').weights, feed, length));
  await device.load({ main: g });
  device.write('policy', parameters);
  const [outputs] = await device.run('main', [{ tokens }]);
  return outputs?.['logits'] as Float32Array;
}

/** The largest difference of log-probs, over all words at all places. */
function worstLogp(ours: ArrayLike<number>, theirs: ArrayLike<number>, vocabulary: number): number {
  expect(theirs.length).toBe(ours.length);
  const normaliser = (values: ArrayLike<number>, row: number): number => {
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(values[row * vocabulary + v] as number);
    return Math.log(sum);
  };
  let worst = 0;
  for (let row = 0; row < ours.length / vocabulary; row++) {
    const shift = normaliser(ours, row) - normaliser(theirs, row);
    for (let i = row * vocabulary; i < (row + 1) * vocabulary; i++)
      worst = Math.max(worst, Math.abs((ours[i] as number) - (theirs[i] as number) - shift));
  }
  return worst;
}

beforeAll(() => {
  env.wasm.numThreads = 1;
});

describe.each(['nano', 'micro'] as const)('a policy of size %s', (size) => {
  it.each(Object.entries(openOurs))('has the log-probs of our %s backend, to 1e-4', async (name, open) => {
    const lm = await model(size);
    const session = await InferenceSession.create(writePolicyOnnx(lm));
    expect(session.inputNames).toEqual(['input_ids']);
    expect(session.outputNames).toEqual(['logits']);
    // the float64 reference is slow: fewer inputs there, of which the longest is one
    const inputs = inputsOf(name === 'wasm' ? 100 : size === 'nano' ? 8 : 4, lm.config);
    for (const input of inputs) {
      const { batch, length, tokens } = input;
      const { logits } = await session.run({ input_ids: int64(tokens, [batch, length]) });
      expect(logits?.dims).toEqual([batch, length, lm.config.vocabulary]);
      const device = await open();
      const ours = await ourLogits(device, lm, input);
      device.dispose();
      expect(worstLogp(ours, logits?.data as Float32Array, lm.config.vocabulary)).toBeLessThan(1e-4);
    }
    await session.release();
  });
});

it('a reward model reads the last token that the mask counts, as ours does, to 1e-4', async () => {
  const lm = await model('nano');
  const { config } = lm;
  const block = initialReward(config, lm.parameters).map((x, i) => i < lm.parameters.length ? x : random.uniform() - 0.5); // prettier-ignore
  const session = await InferenceSession.create(writeRewardOnnx(...rewardOf(lm, block)));
  expect([...session.inputNames]).toEqual(['input_ids', 'attention_mask']);
  expect([...session.outputNames]).toEqual(['reward']);
  for (const { batch, length, tokens } of inputsOf(100, config)) {
    const lengths = Array.from({ length: batch }, () => 1 + random.integer(length));
    const mask = lengths.flatMap((n) => Array.from({ length }, (_, t) => (t < n ? 1 : 0)));
    const { reward } = await session.run({
      input_ids: int64(tokens, [batch, length]),
      attention_mask: int64(mask, [batch, length]),
    });
    expect(reward?.dims).toEqual([batch]);
    const device = await openOurs['wasm']!();
    await device.load({ score: rewardScoreProgram(config, batch, length) });
    device.write(REWARD_MODEL, block);
    const [ours] = await device.run('score', [{ tokens, last: lengths.map((n, b) => b * length + n - 1) }]);
    device.dispose();
    ours?.['reward']?.forEach((score, b) =>
      expect(Math.abs(score - Number(reward?.data[b]))).toBeLessThan(1e-4),
    );
    expect(ours?.['reward']).toHaveLength(batch);
  }
  await session.release();
});

it('the same model gives the same bytes', async () => {
  const lm = await model('micro');
  expect(digest(writePolicyOnnx(lm))).toBe(digest(writePolicyOnnx(lm)));
});

it('says which part of a model does not fit', async () => {
  const lm = await model('nano');
  expect(() => writePolicyOnnx({ ...lm, words: words.slice(1) })).toThrow('vocabulary: expected 436 words');
  expect(() => writePolicyOnnx({ ...lm, parameters: lm.parameters.subarray(1) })).toThrow(
    'parameters: expected',
  );
  expect(() => writeRewardOnnx(lm, { weight: new Float32Array(3), bias: 0 })).toThrow(
    'head: expected 32 weights, received 3',
  );
});
