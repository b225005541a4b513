/** What is taken away of a run on one's own data: tokenizers as the Hugging Face library reads them, rows, folders, models. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { afterAll, describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { VOCABULARY_KINDS } from '../../src/data/vocabulary/index.ts';
import { readTokenizerJson } from '../../src/data/vocabulary/tokenizer-json.ts';
import { zipOf } from '../../src/exports/archive.ts';
import { clusterFiles } from '../../src/exports/cluster/folder.ts';
import { expectedLogits, textsToCheck } from '../../src/exports/expected-logits.ts';
import { labelRows, SHAPES, type LabelShape } from '../../src/exports/labels.ts';
import { modelFiles } from '../../src/exports/model.ts';
import { readModel } from '../../src/exports/read-model.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { originOf } from '../../src/models/onnx/ours.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { writePolicyOnnx } from '../../src/models/onnx/write.ts';
import { labelledPairs } from '../../src/runs/pairs.ts';
import { type Recipe } from '../../src/recipes/schema.ts';
import { worldsOf } from '../../src/worlds/index.ts';
import { BOS, EOS, modelVocabulary } from '../../src/worlds/world.ts';
import type { DataWorld } from '../../src/data/world.ts';
import { smallDataset, smallWorld } from '../support/small-data.ts';
import { hardTexts, hardVocabulary, tokenizerCases } from '../support/tokenizer-cases.ts';
import { openDevice } from '../support/trainer-bench.ts';
import { recipeOf, worldNamed } from '../support/worlds.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-exports-'));
afterAll(() => rmSync(folder, { recursive: true }));
const CURE = 'run tests/fixtures/tokenizer-values.py as its first lines say';

const worlds = Object.fromEntries(
  VOCABULARY_KINDS.map((kind) => [kind, smallWorld(smallDataset(), kind, 300, 64)]),
) as Record<'bpe' | 'words', DataWorld>;

function recipeOn(world: DataWorld, more: object = {}): Recipe {
  const input = {
    version: 1,
    world: world.name,
    model: { size: 'nano' },
    labels: { rule: 'labels', count: world.stock.train },
    ...more,
  };
  return recipeOf(input, 'policy', worldsOf(world)).recipe;
}

async function filesOf(world: DataWorld, recipe = recipeOn(world)) {
  const config = lmConfig('nano', world.words.length, world.context);
  const parameters = initialParameters(config, 3);
  const expected = await expectedLogits(await openDevice(), config, parameters, textsToCheck(world));
  return modelFiles({ config, parameters, recipe, step: 0 }, world, expected);
}

function written(name: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return join(folder, name);
}

it('the tokenizers library cuts 200 hard texts into the same ids', async () => {
  await expect(tokenizerCases(), CURE).toMatchFileSnapshot('../fixtures/tokenizer-cases.json');
  const values = JSON.parse(readFileSync('tests/fixtures/tokenizer-values.json', 'utf8')) as Record<
    string,
    { ids: number[][]; texts: string[] }
  >;
  const texts = hardTexts();
  expect(new Set(texts).size).toBeGreaterThan(180);
  for (const kind of VOCABULARY_KINDS) {
    const vocabulary = hardVocabulary(kind);
    for (const [i, text] of texts.entries())
      expect(vocabulary.encode(text), `${kind} ${JSON.stringify(text)}`).toEqual(values[kind]?.ids[i]);
  }
  // byte-level BPE gives every text back
  expect(values['bpe']?.texts).toEqual(texts);
});

describe.each(VOCABULARY_KINDS)('a world of %s', (kind) => {
  const world = worlds[kind];
  const { vocabulary } = world;

  /** As the library reads text with special words written out. */
  const idsOf = (text: string): number[] =>
    text.split(/(<bos>|<eos>|<unk>)/).flatMap((part) => {
      const special = vocabulary.words.slice(0, 4).indexOf(part);
      return special >= 0 && part.startsWith('<') ? [special] : vocabulary.encode(part);
    });

  it('rows for its own tokenizer are read as the tokens that they were made of', () => {
    const labelled = [...labelledPairs(recipeOn(world).labels, world, 0)];
    const { rows } = labelRows(labelled, world, 'explicit', 'words');
    expect(rows).toHaveLength(world.stock.train);
    for (const [i, row] of (rows as Record<'prompt' | 'chosen' | 'rejected', string>[]).entries()) {
      const { pair, choice } = labelled[i] as (typeof labelled)[number];
      const [chosen, rejected] = choice === 'a' ? [pair.a, pair.b] : [pair.b, pair.a];
      expect(idsOf(row.prompt)).toEqual(pair.prompt.tokens);
      expect(idsOf(row.prompt + row.chosen)).toEqual([...pair.prompt.tokens, ...chosen]);
      expect(idsOf(row.prompt + row.rejected)).toEqual([...pair.prompt.tokens, ...rejected]);
      expect([idsOf(row.prompt)[0], idsOf(row.chosen).at(-1)]).toEqual([BOS, EOS]);
    }
  });

  it('readable rows are the texts of the file', () => {
    const labelled = [...labelledPairs(recipeOn(world).labels, world, 0)];
    for (const shape of Object.keys(SHAPES) as LabelShape[])
      expect(labelRows(labelled, world, shape, 'readable').rows.length).toBeGreaterThanOrEqual(80);
    const { rows } = labelRows(labelled, world, 'explicit', 'readable');
    const all = new Set(smallDataset().pairs.map(({ prompt, chosen }) => `${prompt}|${chosen}`.toLowerCase()));
    for (const { prompt, chosen } of rows as Record<'prompt' | 'chosen', string>[]) {
      // one of several answers to the same question may have won
      expect(all).toContain(`${prompt}|${chosen.trim()}`.toLowerCase());
      expect(chosen.startsWith(' ')).toBe(kind === 'words');
    }
  }); // prettier-ignore

  it('the model’s folder comes back on the same data, and nowhere else', async () => {
    const files = await filesOf(world);
    const zip = zipOf(files);
    const read = readModel({ 'm.zip': zip }, world);
    expect(read).toMatchObject({ ok: true, model: { size: 'nano' } });
    const others = [worldNamed('reviews'), worlds[kind === 'bpe' ? 'words' : 'bpe'], smallWorld(smallDataset(80), kind, 300, 64)]; // prettier-ignore
    for (const other of others) {
      const refused = readModel({ 'm.zip': zip }, other);
      expect(refused.ok).toBe(false);
      expect(!refused.ok && refused.why).toMatch(/open its file on the page Your data.*--data/);
    }
    const reviews = readModel({ 'm.zip': zip }, worldNamed('reviews'));
    expect(!reviews.ok && reviews.why).toContain(kind === 'bpe' ? 'received byte-level BPE' : 'received words of somebody’s own data'); // prettier-ignore
    const json = readTokenizerJson(new TextDecoder().decode(new TextEncoder().encode(files['tokenizer.json'] as string)));
    expect(json.ok && json.value.words).toEqual(vocabulary.words);
  }); // prettier-ignore

  it('other merges of the same words are another tokenizer', async () => {
    if (kind === 'words') return;
    const files = await filesOf(world);
    const json = JSON.parse(files['tokenizer.json'] as string) as { model: { merges: string[] } };
    json.model.merges.reverse();
    const changed = { ...files, 'tokenizer.json': JSON.stringify(json) };
    expect(readModel({ 'm.zip': zipOf(changed) }, world)).toMatchObject({ ok: false });
  });

  it('as ONNX it says the same on 100 random inputs, and whose it is', async () => {
    const config = lmConfig('nano', world.words.length, world.context);
    const parameters = initialParameters(config, 3);
    const bytes = writePolicyOnnx({ config, parameters, ...modelVocabulary(world) });
    const read = readOnnx(bytes);
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    expect(originOf(read.value)?.words).toEqual(vocabulary.words);
    const tokenizer = readTokenizerJson(read.value.metadata.get('tokenizer.json') ?? '');
    expect(tokenizer.ok && tokenizer.value.kind).toBe(kind);
    const random = stream(2, 'random inputs');
    const texts = Array.from({ length: 100 }, () =>
      Array.from({ length: 12 }, () => random.integer(config.vocabulary)),
    );
    const ours = await expectedLogits(await openDevice(), config, parameters, texts);
    const session = await ort.InferenceSession.create(bytes);
    const ids = BigInt64Array.from(texts.flat(), BigInt);
    const { logits } = await session.run({ input_ids: new ort.Tensor('int64', ids, [100, 12]) });
    const theirs = logits?.data as Float32Array;
    const flat = ours.logits.flat(2);
    expect(theirs).toHaveLength(flat.length);
    const apart = flat.reduce((most, x, i) => Math.max(most, Math.abs(x - (theirs[i] as number))), 0);
    expect(apart).toBeLessThan(1e-4);
  });

  it('the folder for a cluster holds the file’s texts, and no held-out pair twice', async () => {
    const recipe = recipeOn(world, {
      objective: { formula: 'loss = -log_sigmoid(beta * (logp_w - logp_l))' },
    });
    const files = clusterFiles(recipe, world, await filesOf(world)) as Record<string, string>;
    const rows = (name: string) => (files[name] as string).trimEnd().split('\n');
    expect(rows('data/train.jsonl')).toHaveLength(world.stock.train);
    expect(new Set(rows('data/eval.jsonl')).size).toBe(rows('data/eval.jsonl').length);
    expect(rows('data/eval.jsonl').length).toBeLessThanOrEqual(world.stock['held-out']);
    for (const row of rows('data/train.jsonl')) {
      expect(row).not.toMatch(/[␣↵Ġ]/);
      expect(row).toMatch(/^\{"prompt":"<bos>/);
    }
    expect(files['README.md']).toContain(kind === 'bpe' ? 'Byte-level BPE' : 'becomes `<unk>`');
    const at = written(`cluster-${kind}`, files);
    const python = spawnSync('python3', ['-m', 'py_compile', join(at, 'train.py'), join(at, 'loss.py')]);
    if (python.error === undefined) expect(String(python.stderr)).toBe('');
  });
});
