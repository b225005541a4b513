/** `--data` and `--model` on every command that trains: a shared run is told again on the same file, and refused on another. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { RunResult } from '../../src/cli/run.ts';
import { neededByLink, writeSharedFile } from '../../src/links/codec.ts';
import { OPEN_VIEW } from '../../src/links/visible.ts';
import { commandLine } from '../support/command-line.ts';
import { smallDataset, smallWorld } from '../support/small-data.ts';

const { printed, at, file } = commandLine();

const rows = (pairs: number): string =>
  smallDataset(pairs)
    .pairs.map(({ prompt, chosen, rejected }) => `${JSON.stringify({ prompt, chosen, rejected })}\n`)
    .join('');

const data = file('manners.jsonl', rows(120));
const other = file('other.jsonl', rows(119));
const small = ['--vocabulary', 'words', '--words', '200', '--context', '32', '--pretrain', '20'];
const recipe = file(
  'recipe.json',
  JSON.stringify({ model: { size: 'nano' }, loop: { steps: 6 }, optimiser: { lr: 0.001 } }),
);
const own = ['--data', data, ...small];
/** The same, made here. */
const world = smallWorld(smallDataset(120), 'words', 200, 32);

/** A run on the file, as somebody would share it. */
async function shared(): Promise<string> {
  const path = at('shared.sway.json');
  if (existsSync(path)) return path;
  expect(await main(['link', recipe, ...own]), printed.err).toBe(0);
  const needed = await neededByLink(printed.out.trim());
  if (!needed?.ok) throw new Error(printed.out);
  expect(needed.value.source).toMatchObject({ file: 'manners.jsonl', words: 200, base: { size: 'nano', made: 20 } });
  printed.out = '';
  expect(await main(['run', recipe, ...own, '--json']), printed.err).toBe(0);
  const { story, receipt } = JSON.parse(printed.out) as RunResult;
  const [, digest] = /base policy: 20 steps, .*, digest ([0-9a-f]{16})/.exec(printed.err) ?? [];
  const source = { ...needed.value.source, base: { ...needed.value.source.base, digest: digest as string } };
  const text = writeSharedFile({ kind: 'lab', story, receipt, view: OPEN_VIEW, data: source }, world);
  if (!text.ok) throw new Error(JSON.stringify(text.issues));
  writeFileSync(path, text.value);
  [printed.out, printed.err] = ['', ''];
  return path;
} // prettier-ignore

it('a shared run is verified on the file that it was made on, and is told nothing else', async () => {
  const run = await shared();
  expect(await main(['verify', run, '--data', data]), printed.err).toBe(0);
  expect(printed.out).toMatch(/Reproduced bit for bit: all 6 steps/);
  printed.out = '';
  expect(await main(['link', run, '--data', data]), printed.err).toBe(0);
  expect(await neededByLink(printed.out.trim())).toMatchObject({
    ok: true,
    value: { source: { words: 200 } },
  });
});

it('without its file, on another, and with what the link says already, it says what would help', async () => {
  const run = await shared();
  expect(await main(['verify', run])).toBe(2);
  expect(printed.err).toMatch(/on data of somebody's own, manners\.jsonl, which no link holds/);
  printed.err = '';
  expect(await main(['verify', run, '--data', other])).toBe(2);
  expect(printed.err).toMatch(/expected the data with digest data-[0-9a-f]{16}, received data-[0-9a-f]{16}\. Give the file that was shared as manners\.jsonl/);
  printed.err = '';
  expect(await main(['verify', run, '--data', data, '--words', '300'])).toBe(2);
  expect(printed.err).toMatch(/--words: expected it left out: the link says it/);
  printed.err = '';
  const json = JSON.parse(readFileSync(run, 'utf8')) as { data: { base: { digest: string } } };
  json.data.base.digest = '0123456789abcdef';
  expect(await main(['verify', file('base.sway.json', JSON.stringify(json)), '--data', data])).toBe(2);
  expect(printed.err).toMatch(/a base policy with digest 0123456789abcdef, received [0-9a-f]{16}/);
  printed.err = '';
  const reviews = { swayground: 1, kind: 'lab', recipe: { world: 'reviews' } };
  expect(await main(['run', file('reviews.sway.json', JSON.stringify(reviews)), '--data', data])).toBe(2);
  expect(printed.err).toMatch(/no --data: the run is on the world reviews/);
}); // prettier-ignore

it('exports labels, metrics, the model and a folder for a cluster; a model comes back as a start', async () => {
  for (const [kind, name] of [['labels', 'l.jsonl'], ['metrics', 'm.csv'], ['cluster', 'c.zip'], ['hf', 'hf.zip']] as const) {
    expect(await main(['export', kind, recipe, at(name), ...own]), printed.err).toBe(0);
  }
  const labels = readFileSync(at('l.jsonl'), 'utf8').trim().split('\n');
  expect(labels).toHaveLength(80);
  expect(Object.keys(JSON.parse(labels[0] as string) as object)).toEqual(['prompt', 'chosen', 'rejected']);
  expect(readFileSync(at('m.csv'), 'utf8').trim().split('\r\n')).toHaveLength(1 + 7);
  const files = unzipSync(readFileSync(at('hf.zip')));
  expect(Object.keys(files)).toContain('tokenizer.json');
  [printed.out, printed.err] = ['', ''];
  expect(await main(['run', recipe, ...own, '--model', at('hf.zip'), '--json']), printed.err).toBe(0);
  const { story } = JSON.parse(printed.out) as RunResult;
  expect(story.recipe.model).toMatchObject({ size: 'nano', start: 'given' });
  // nothing is taught for a run that starts from a model of its own
  expect(printed.err).not.toMatch(/base policy/);
}, 120_000); // prettier-ignore

it('races, reward models and ONNX files are made on it too', async () => {
  const ipo = file('ipo.json', JSON.stringify({ model: { size: 'nano' }, loop: { steps: 6 }, objective: { name: 'ipo' } })); // prettier-ignore
  const plain = file('dpo.json', JSON.stringify({ model: { size: 'nano' }, loop: { steps: 6 } }));
  expect(await main(['race', plain, ipo, '--seeds', '2', ...own]), printed.err).toBe(0);
  expect(printed.out).toMatch(/Means and 95% intervals over 2 seeds/);
  // the base is taught once for all runs
  expect(printed.err.match(/base policy/g)).toHaveLength(1);
  [printed.out, printed.err] = ['', ''];
  expect(await main(['reward', plain, ...own, '--onnx', at('r.onnx')]), printed.err).toBe(0);
  expect(printed.out).toMatch(/held-out accuracy by the rule labels/);
  expect(await main(['onnx', 'export', plain, at('p.onnx'), ...own]), printed.err).toBe(0);
  printed.out = '';
  expect(await main(['onnx', 'inspect', at('p.onnx')]), printed.err).toBe(0);
  expect(printed.out).toMatch(/a policy model of Swayground: \d+ words, context 32/);
}, 120_000);

it('a mapping by hand travels with a link', async () => {
  const table = file(
    'table.jsonl',
    smallDataset(120)
      .pairs.map(({ prompt, chosen, rejected }) => `${JSON.stringify({ q: prompt, yes: chosen, no: rejected })}\n`)
      .join(''),
  ); // prettier-ignore
  const map = ['--map', 'prompt=q,chosen=yes,rejected=no'];
  expect(await main(['link', recipe, '--data', table, ...small, ...map]), printed.err).toBe(0);
  const needed = await neededByLink(printed.out.trim());
  expect(needed?.ok === true && needed.value.source.mapping).toEqual({
    prompt: 'q',
    chosen: 'yes',
    rejected: 'no',
  });
  const link = printed.out.trim();
  expect(await main(['link', link, '--data', table]), printed.err).toBe(0);
  // the same rows under other names are the same data
  expect(await main(['link', recipe, ...own]), printed.err).toBe(0);
  const same = await neededByLink(printed.out.trim().split('\n').at(-1) as string);
  expect(same?.ok === true && same.value.world).toBe(needed?.ok === true && needed.value.world);
});
