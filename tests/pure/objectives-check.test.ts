/** `sway objectives check`: numbers by TRL and numpy are reached, wrong numbers are found, damaged files are told. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.ts';
import { readLossCases } from '../../src/cli/loss-cases.ts';
import { checkCase } from '../../src/cli/loss-check.ts';
import { parseJson } from '../../src/cli/loss-file.ts';
import { objectives as objectivesCommand } from '../../src/cli/objectives.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import trl from '../fixtures/trl-losses.json' with { type: 'json' };
import { LOSS_FILES, lossMistakes } from '../support/loss-mistakes.ts';

const wasm = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));

describe.each(Object.entries(LOSS_FILES))('every case of %s', (_name, file) => {
  it('is within 1e-9 on the reference', async () => {
    expect(await lossMistakes(openReference(), file)).toEqual([]);
  });

  it('is within 1e-5 on WASM', async () => {
    expect(await lossMistakes(await wasm(), file)).toEqual([]);
  });
});

/** One pair of one token. */
const tiny = {
  ...{ loss_type: 'sigmoid', beta: 1, label_smoothing: 0, f_divergence: 'reverse_kl', f_alpha: null, ld_alpha: null },
  ...{ weighting: false, pairs: 1, tokens: 1, mask: [[1], [1]], logps: [[-1], [-2]], ref_logps: [[-1], [-1]] },
  ...{ loss: 0.31326168751822286, per_pair: [0.313261687518], grad_logps: [[-0.268941421370], [0.268941421370]] },
}; // prettier-ignore
const sequence = trl.sequence[0]!;

describe('a damaged file is told by its place', () => {
  const rows: [name: string, file: unknown, at: string, expected: RegExp][] = [
    ['no object', 7, 'the file', /Object/],
    ['no cases', {}, 'dpo', /at least one case/],
    ['an unknown loss type', { dpo: [tiny, { ...tiny, loss_type: 'dpoo' }] }, 'dpo.1.loss_type', /sigmoid, sigmoid_norm|sigmoid/],
    ['an unknown divergence', { dpo: [{ ...tiny, f_divergence: 'tv' }] }, 'dpo.0.f_divergence', /forward_kl/],
    ['an alpha divergence without alpha', { dpo: [{ ...tiny, f_divergence: 'alpha_divergence' }] }, 'dpo.0.f_alpha', /a number/],
    ['text for beta', { dpo: [{ ...tiny, beta: '1' }] }, 'dpo.0.beta', /number/],
    ['a missing row', { dpo: [{ ...tiny, logps: [[-1]] }] }, 'dpo.0.logps', /2 entries/],
    ['a short row', { dpo: [{ ...tiny, tokens: 2, mask: [[1, 1], [1, 0]], logps: [[-1, -1], [-2]] }] }, 'dpo.0.logps.1', /2 entries/],
    ['a hole under the mask', { dpo: [{ ...tiny, logps: [[-1], [null]] }] }, 'dpo.0.logps.1.0', /a number, since the mask is 1/],
    ['half a mask', { dpo: [{ ...tiny, mask: [[1], [0.5]] }] }, 'dpo.0.mask.1.0', /0 \| 1/],
    ['no pairs', { dpo: [{ ...tiny, pairs: 0 }] }, 'dpo.0.pairs', />=1/],
    ['losses of other pairs', { dpo: [{ ...tiny, per_pair: [1, 2] }] }, 'dpo.0.per_pair', /1 entries/],
    ['no loss', { dpo: [{ ...tiny, loss: undefined }] }, 'dpo.0.loss', /number/],
    ['a gradient of another shape', { dpo: [{ ...tiny, grad_logps: [[0]] }] }, 'dpo.0.grad_logps', /2 entries/],
    ['weighting without probabilities', { dpo: [{ ...tiny, weighting: true }] }, 'dpo.0.sum_p_squared', /rows of numbers/],
    ['weights of sorted losses', { dpo: [{ ...tiny, loss_type: 'aot', weighting: true, sum_p_squared: [[1], [1]] }] }, 'dpo.0.weighting', /sorts the batch/],
    ['an unknown trainer', { sequence: [{ ...sequence, trainer: 'grpo', loss_type: 'grpo' }] }, 'sequence.0.trainer', /cpo, .*orpo/],
    ['an unknown loss of a trainer', { sequence: [{ ...sequence, loss_type: 'simpoo' }] }, 'sequence.0.loss_type', /simpo/],
    ['fewer rejected', { sequence: [{ ...sequence, rejected: [-1] }] }, 'sequence.0.rejected', /5 entries/],
    ['an alpha where none is known', { sequence: [{ ...sequence, loss_type: 'ipo', alpha: 0.5 }] }, 'sequence.0.alpha', /0 for ipo/],
  ]; // prettier-ignore

  it.each(rows)('%s', (_name, file, at, expected) => {
    const read = readLossCases(file);
    const issue = read.ok ? undefined : read.issues.find((found) => found.at === at);
    expect(issue, JSON.stringify(read)).toBeDefined();
    expect(issue?.expected).toMatch(expected);
    expect(issue?.cure.length).toBeGreaterThan(10);
  });
});

/** The result of the only case on the reference, and on WASM. */
async function resultsOf(row: unknown): Promise<{ verdict: string; error: number }[]> {
  const read = readLossCases({ dpo: [row] });
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const [one] = read.value;
  const results = [];
  for (const device of [openReference(), await wasm()])
    results.push(await checkCase(device, openReference(), one!));
  return results;
}

describe('a case', () => {
  it('with the right numbers is fine, whatever lies under the mask', async () => {
    const masked = { ...tiny, tokens: 2, mask: [[1, 0], [0, 1]], logps: [[-1, null], [1e300, -2]], ref_logps: [[-1, 0], ['-', -1]] }; // prettier-ignore
    const gradient = [[-0.26894142137, 0], [0, 0.26894142137]]; // prettier-ignore
    for (const { verdict } of await resultsOf({ ...masked, grad_logps: gradient }))
      expect(verdict).toBe('fine');
  });

  it.each([
    ['loss', { loss: tiny.loss * (1 + 3e-5) }],
    ['loss of a pair', { per_pair: [tiny.loss * (1 - 3e-5)] }],
    ['gradient', { grad_logps: [[-0.26894142137], [0.26895]] }],
    ['gradient that is NaN', { grad_logps: [[-0.26894142137], ['NaN']] }],
  ])('with another %s is wrong on every backend', async (_name, change) => {
    for (const { verdict } of await resultsOf({ ...tiny, ...change })) expect(verdict).toBe('wrong');
  });

  it('past 1e-9, but not past 1e-5, is wrong on the reference alone', async () => {
    const results = await resultsOf({ ...tiny, loss: tiny.loss + 1e-8 });
    expect(results.map(({ verdict }) => verdict)).toEqual(['wrong', 'fine']);
  });

  it('whose inputs float32 cannot tell apart is not an error of WASM', async () => {
    const margin = 0.001;
    const loss = Math.log1p(Math.exp(-margin));
    const slope = 1 / (1 + Math.exp(margin));
    const far = { ...tiny, logps: [[-90000.001 + 2 * margin], [-90000.001 + margin]], ref_logps: [[-90000.001], [-90000.001]] }; // prettier-ignore
    const results = await resultsOf({ ...far, loss, per_pair: [loss], grad_logps: [[-slope], [slope]] });
    expect(results.map(({ verdict }) => verdict)).toEqual(['fine', 'input-rounding']);
  });

  it('with values beyond float32 on the way is not an error of WASM', async () => {
    // h = -e^100 + e^0: the loss is relu(1 - h), the slope of e^-x at -100 is what float32 cannot hold
    const big = Math.exp(100);
    const far = { ...tiny, loss_type: 'sppo_hard', beta: 0.5, f_divergence: 'forward_kl', logps: [[-101], [-1]], ref_logps: [[-1], [-1]] }; // prettier-ignore
    const loss = (big + 1) ** 2;
    const slopes = [[-2 * (big + 1) * big], [0]];
    const results = await resultsOf({ ...far, loss, per_pair: [loss], grad_logps: slopes });
    expect(results.map(({ verdict }) => verdict)).toEqual([
      'fine',
      expect.stringMatching(/fine|beyond-float32/),
    ]);
  });

  it('may hold the numbers that Python writes and JSON does not know', () => {
    expect(parseJson('{"loss": NaN, "per_pair": [Infinity, -Infinity, 1], "NaN": "a NaN, b"}')).toEqual({
      loss: 'NaN',
      per_pair: ['Infinity', '-Infinity', 1],
      NaN: 'a NaN, b',
    });
  });

  it('says which options TRL ignores', () => {
    const read = readLossCases({
      dpo: [{ ...tiny, loss_type: 'apo_zero', f_divergence: 'forward_kl', ld_alpha: 0.5 }],
    });
    expect(read.ok ? read.value[0]?.ignored : read.issues).toEqual(['f_divergence']);
  });
});

describe('the command', () => {
  afterEach(() => vi.restoreAllMocks());

  async function run(file: unknown, ...options: string[]): Promise<{ code: number; out: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'losses-'));
    const path = join(folder, 'file.json');
    await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file));
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    try {
      return { code: await objectivesCommand(['check', path, ...options]), out };
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('prints a row a case and exits with 0 where all is fine', async () => {
    const { code, out } = await run({ dpo: [tiny] }, '--backend', 'reference');
    expect(code).toBe(0);
    expect(out).toMatch(/^dpo\.0 {2}sigmoid beta 1 +\d\.\de-\d+ $/m);
    expect(out).toMatch(/1 of 1 fine, allowed 1e-9; largest error/);
  });

  it('exits with 1 and names the number where one is wrong', async () => {
    const { code, out } = await run({ dpo: [tiny, { ...tiny, loss: 1 }] }, '--backend', 'wasm');
    expect(code).toBe(1);
    expect(out).toMatch(/wasm loss\[0\]: 0\.313261\d+ instead of 1/);
  });

  it('gives data where asked', async () => {
    const { out } = await run({ dpo: [tiny] }, '--backend', 'wasm', '--json');
    const data = JSON.parse(out);
    expect(data.ok).toBe(true);
    expect(data.backends[0]).toMatchObject({ backend: 'wasm', skipped: null, allowed: 1e-5, at: 'dpo.0' });
    expect(data.cases[0].results.wasm.verdict).toBe('fine');
  });

  it('tells bad input', async () => {
    await expect(run('{"dpo": [')).rejects.toThrow(/expected JSON/);
    await expect(run({ dpo: [tiny] }, '--backend', 'cuda')).rejects.toThrow(/all, reference, wasm, webgpu/);
    await expect(run({ dpo: [{}] })).rejects.toThrow(InvalidInputError);
    expect(await objectivesCommand([])).toBe(2);
    expect(await objectivesCommand(['check'])).toBe(2);
  });
});
