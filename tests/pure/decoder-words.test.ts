/** With more rows than words the decoder projects each word once in its first layer: the same function all the same. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { differentiate } from '../../src/engine/differentiate.ts';
import { createGraph, integer } from '../../src/engine/graph.ts';
import type { Device } from '../../src/engine/backend.ts';
import { sumAll } from '../../src/engine/op-row.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { forward, openWeights } from '../../src/models/lm/decoder.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';

const LENGTH = 4;
const WORDS = 11;
const SEQUENCES = 6;
const random = stream(2, 'decoder words');
const TOKENS = Array.from({ length: SEQUENCES * LENGTH }, () => random.integer(WORDS));

/** Logits, and the gradient of the sum of the tokens' log-probs; `byWord`: whether a tensor has a row a word. */
async function run(device: Device, tokens: readonly number[]) {
  const config = lmConfig('nano', WORDS, LENGTH);
  const g = createGraph();
  const { weights } = openWeights(g, config, 'policy');
  const feed = g.feed('tokens', integer(tokens.length));
  const logits = forward(g, config, weights, feed, LENGTH);
  const byWord = g.tensors.some(({ source, shape }) => source.kind === 'op' && source.op === 'rms_norm' && shape[0] === WORDS); // prettier-ignore
  g.output('logits', logits);
  const loss = sumAll(g, g.apply('token_logp', [logits, feed]));
  g.output('gradient', g.apply('pack', differentiate(g, loss, weights.all)));
  await device.load({ main: g });
  device.write('policy', initialParameters(config, 3));
  const [out] = await device.run('main', [{ tokens }]);
  return { byWord, logits: [...(out?.['logits'] ?? [])], gradient: [...(out?.['gradient'] ?? [])] };
}

it('a row has the same logits, bit for bit, with few rows beside it and with many', async () => {
  const device = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
  const few = await run(device, TOKENS.slice(0, 2 * LENGTH));
  const many = await run(device, TOKENS);
  expect([few.byWord, many.byWord]).toEqual([false, true]);
  expect(many.logits.slice(0, few.logits.length)).toEqual(few.logits);
});

it('the gradient of many sequences is the sum of the gradients of each alone', async () => {
  const device = openReference();
  const { byWord, gradient } = await run(device, TOKENS);
  expect(byWord).toBe(true);
  const sum = gradient.map(() => 0);
  for (let s = 0; s < SEQUENCES; s++) {
    const alone = await run(device, TOKENS.slice(s * LENGTH, (s + 1) * LENGTH));
    expect(alone.byWord).toBe(false);
    alone.gradient.forEach((d, i) => (sum[i] = (sum[i] as number) + d));
  }
  const worst = Math.max(...gradient.map((d, i) => Math.abs(d - (sum[i] as number))));
  expect(worst).toBeLessThan(1e-6);
});
