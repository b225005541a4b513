/** `sway onnx`: what it writes is what the page reads, and a mistake is told with its cure. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { originOf } from '../../src/models/onnx/ours.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onnx-'))));
afterAll(() => rm(folder, { recursive: true }));

async function sway(...words: string[]): Promise<{ code: number; said: string; complained: string }> {
  const [out, err] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(() => true),
  );
  try {
    const code = await main(words);
    const [said, complained] = [out, err].map((spy) =>
      spy?.mock.calls.map(([text]) => String(text)).join(''),
    );
    return { code, said: said ?? '', complained: complained ?? '' };
  } finally {
    out?.mockRestore();
    err?.mockRestore();
  }
}

async function kindIn(file: string): Promise<string | undefined> {
  const read = readOnnx(new Uint8Array(await readFile(file)));
  return read.ok ? originOf(read.value)?.kind : read.issues[0]?.code;
}

it('exports a checkpoint, and what a recipe trains', async () => {
  const recipe = join(folder, 'recipe.json');
  const labels = { rule: 'positive', count: 20 };
  const model = { size: 'nano' };
  await writeFile(
    recipe,
    JSON.stringify({ version: 1, world: 'reviews', model, labels, loop: { steps: 2 } }),
  );
  for (const [kind, from, ...more] of [
    ['policy', 'public/models/reviews-nano'],
    ['policy', recipe],
    ['reward', recipe, '--reward'],
  ] as const) {
    const to = join(folder, `${kind}.onnx`);
    const { code, complained } = await sway('onnx', 'export', from, to, ...more);
    expect([code, complained]).toEqual([0, '']);
    expect(await kindIn(to)).toBe(kind);
  }
});

it('says what a file holds', async () => {
  const file = join(folder, 'nano.onnx');
  await sway('onnx', 'export', 'public/models/reviews-nano', file);
  const { said } = await sway('onnx', 'inspect', file);
  expect(said).toContain('a policy model of Swayground: 436 words, context 32');
  expect(said).toContain('logits  float32 [batch, length, 436]');
  const { inputs, opset } = JSON.parse((await sway('onnx', 'inspect', file, '--json')).said);
  expect([inputs, opset]).toEqual([[{ name: 'input_ids', type: 'int64', shape: ['batch', 'length'] }], 17]);
});

it('tells a mistake with its cure', async () => {
  const weights = 'public/models/reviews-nano/model.safetensors';
  const { code, complained } = await sway('onnx', 'inspect', weights);
  expect(code).toBe(2);
  expect(complained).toContain(`${weights}: the file: expected an ONNX model, received a safetensors file.`);
  expect((await sway('onnx', 'inspect', join(folder, 'none.onnx'))).complained).toContain('Check the path.');
  const told = await sway(
    'onnx',
    'export',
    'public/models/reviews-nano',
    join(folder, 'out.onnx'),
    '--reference',
    weights,
  );
  expect(told.complained).toContain('Leave --reference out');
  expect((await sway('onnx', 'export', weights)).code).toBe(2);
  const nowhere = join(folder, 'no', 'such', 'folder.onnx');
  expect((await sway('onnx', 'export', 'public/models/reviews-nano', nowhere)).complained).toContain(
    'a file that can be written',
  );
});
