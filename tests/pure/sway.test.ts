/** `sway run`, `verify` and `link` on recipes, files and links. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { runStory, type RunResult } from '../../src/cli/run.ts';
import { seenOf, type Seen, type SeenCurve } from '../../src/links/seen.ts';
import type { LabState } from '../../src/links/shared.ts';
import { changedAt, storyOf } from '../../src/runs/story.ts';
import { builtInWorld } from '../../src/worlds/index.ts';
import { linkOf, writeSharedFile } from '../support/links.ts';
import { lab, race } from '../support/shared-states.ts';
import { smallRecipe } from '../support/small-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'sway-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sway = (...argv: string[]): Promise<number> => main(argv);

let out = '';
let err = '';
beforeEach(() => {
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  return () => vi.restoreAllMocks();
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const first = smallRecipe();
const story = changedAt(storyOf(first), 5, smallRecipe({ optimiser: { lr: 0.003 } }));

/** The story with the receipt of its run. */
async function shared(): Promise<LabState> {
  const without = writeSharedFile(lab(first, { story }));
  if (!without.ok) throw new Error('not written');
  expect(await sway('run', file('without.sway.json', without.value), '--json')).toBe(0);
  const { receipt } = JSON.parse(out) as RunResult;
  out = '';
  return lab(first, { story, receipt });
}

async function linkTo(state: LabState): Promise<string> {
  const linked = await linkOf(state);
  if (!('link' in linked)) throw new Error('too long');
  return `https://example.org/sway/${linked.link}`;
}

it('the same receipt from a recipe, a file and a link', async () => {
  const plain = lab(first);
  const written = writeSharedFile(plain);
  const words = [file('recipe.json', JSON.stringify(first)), file('a.sway.json', written.ok ? written.value : ''), await linkTo(plain)];
  const receipts = [];
  for (const word of words) {
    out = '';
    expect(await sway('run', word, '--json')).toBe(0);
    receipts.push((JSON.parse(out) as RunResult).receipt);
  }
  expect(receipts[0]).toMatchObject({ steps: 12, digest: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
  expect(receipts).toEqual([receipts[0], receipts[0], receipts[0]]);
}); // prettier-ignore

it('verify: reproduced with its changes, told where it differs without', async () => {
  const state = await shared();
  expect(state.receipt?.steps).toBe(12);
  expect(await sway('verify', await linkTo(state))).toBe(0);
  expect(out).toMatch(/^Reproduced bit for bit: all 12 steps/);
  out = '';
  expect(await sway('verify', await linkTo({ ...state, story: storyOf(first) }), '--json')).toBe(1);
  // the row of step 6 shows the parameters before its update
  expect(JSON.parse(out)).toMatchObject({ verdict: { kind: 'differs', after: 6, by: 7 } });
});

it('link: of a recipe and of a file, the same that the page gives', async () => {
  expect(await sway('link', file('recipe.json', JSON.stringify(first)))).toBe(0);
  expect(await linkTo(lab(first))).toContain(out.trim());
});

it('a note is written into a link, printed by run and verify, and is plain text of some length', async () => {
  const note = 'Short & sweet: <b>beta</b> is too small.';
  const state = { ...(await shared()), note };
  const without = writeSharedFile(await shared());
  const path = file('noted.sway.json', without.ok ? without.value : '');
  expect(await sway('link', path, '--note', note)).toBe(0);
  expect(await linkTo(state)).toContain(out.trim());
  for (const command of ['run', 'verify']) {
    out = '';
    expect(await sway(command, await linkTo(state))).toBe(0);
    expect(out.split('\n')[0]).toBe(`note of who shared it: ${note}`);
    out = '';
    expect(await sway(command, await linkTo(state), '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ note });
  }
  expect(await sway('link', path, '--note', 'x'.repeat(281))).toBe(2);
  expect(err).toContain('note: expected <=280, received 281');
  expect(await sway('link', path, '--note', '\u001b[31mred')).toBe(2);
});

it('verify holds what a link shows against what came out', async () => {
  const state = { ...(await shared()), prompt: 'phone-1' };
  const { receipt } = state;
  const result = await runStory(
    story,
    12,
    'wasm',
    { world: await builtInWorld('reviews'), load: () => Promise.reject(new Error('starts fresh')) },
    'phone-1',
  );
  const seen = seenOf({ ...result, rows: result.metrics, steps: 12 }) as Seen;
  out = '';
  expect(await sway('verify', await linkTo({ ...state, receipt, seen }))).toBe(0);
  expect(out).toContain('So are the curves and samples that it shows.');
  const better = seen.accuracy?.values.map((share) => Math.min(1000, share + 1)) as number[];
  const claim = { ...seen, accuracy: { ...(seen.accuracy as SeenCurve), values: better } };
  expect(await sway('verify', await linkTo({ ...state, receipt, seen: claim }))).toBe(1);
  expect(out).toContain('are not those of this run');
});

it('mistakes are told: no receipt, a broken link, a race, a file too many', async () => {
  expect(await sway('verify', await linkTo(lab(first)))).toBe(2);
  expect(err).toContain('expected the receipt of a run, received none');
  expect(await sway('run', '#1.abc')).toBe(2);
  expect(err).toContain('link: link: expected compressed text');
  const written = writeSharedFile(race());
  expect(await sway('run', file('race.sway.json', written.ok ? written.value : ''))).toBe(2);
  expect(err).toContain('received a race');
  expect(await sway('link')).toBe(2);
});
