/**
 * What is printed for PyTorch computes what the language means: PyTorch's own values and slopes (fixtures, made by
 * tests/fixtures/torch-values.py) for every objective and every function, against the reference backend.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { functions } from '../../src/formulas/functions.ts';
import { printTorch } from '../../src/formulas/torch.ts';
import { evaluate, formulaOf } from '../support/formula-graph.ts';
import { torchCases, torchSources } from '../support/torch-cases.ts';

interface TorchValues {
  name: string;
  /** The text that was run. */
  torch: string;
  loss: number;
  slopes: Record<string, number[]>;
}

/** By name; read in each test, so that the cases can be written before there are values. */
function torchValues(): Map<string, TorchValues> {
  const values = JSON.parse(readFileSync('tests/fixtures/torch-values.json', 'utf8')) as TorchValues[];
  return new Map(values.map((value) => [value.name, value]));
}
const sources = torchSources();
const CURE = 'run tests/fixtures/torch-values.py as its first lines say';

describe('PyTorch', () => {
  it('was given the text that is printed now', async () => {
    await expect(torchCases(sources), CURE).toMatchFileSnapshot('../fixtures/torch-cases.json');
    const byName = torchValues();
    for (const { name, checked } of sources)
      expect(byName.get(name)?.torch, `${name}: ${CURE}`).toBe(printTorch(checked, name));
    expect(byName.size, CURE).toBe(sources.length);
  });

  it.each(sources)('finds the same for $name', async ({ name, checked, numbers }) => {
    const { loss, slopes } = torchValues().get(name) ?? { loss: NaN, slopes: {} };
    const outputs = await evaluate(checked, numbers);
    const own = [...(outputs['loss'] ?? [])];
    expect(close([own.reduce((sum, x) => sum + x, 0) / own.length], [loss])).toBeLessThan(1e-9);
    for (const [quantity, expected] of Object.entries(slopes)) {
      const got = outputs[`d ${quantity}`] ?? new Float64Array();
      const filled = expected.length === 1 ? [...got].map(() => expected[0] as number) : expected;
      expect(close([...got], filled), `d ${quantity}`).toBeLessThan(1e-9);
    }
  });

  it('has been asked for every function', () => {
    const text = sources.map(({ checked }) => JSON.stringify(checked.formula)).join();
    for (const name of functions.keys()) expect(text).toContain(`"call","name":"${name}"`);
  });
});

/** The largest difference, as a share of the largest number expected (at least 1). */
function close(got: readonly number[], expected: readonly number[]): number {
  if (got.length !== expected.length) return Infinity;
  const largest = expected.reduce((a, x) => Math.max(a, Math.abs(x)), 1);
  return got.reduce((worst, x, i) => {
    const error = Math.abs(x - (expected[i] as number)) / largest;
    return error <= worst ? worst : error;
  }, 0);
}

describe('printed for PyTorch', () => {
  const vocabulary = { setting: 'pairs', parameters: ['beta'] } as const;
  const print = (text: string): string => printTorch(formulaOf(text, vocabulary), 'f');

  it('is a function of what it reads, with the parentheses that it needs', () => {
    const text = 'm = beta * ((logp_w - ref_w) - (logp_l - ref_l))\nunused = square(score_w)\nloss = -log_sigmoid(m - (1 - beta))';
    expect(print(text)).toBe(`import torch
import torch.nn.functional as F


def f(
    logp_w: torch.Tensor,  # [B] log-prob under the policy, summed over the chosen response
    ref_w: torch.Tensor,  # [B] log-prob under the reference, summed over the chosen response
    logp_l: torch.Tensor,  # [B] log-prob under the policy, summed over the rejected response
    ref_l: torch.Tensor,  # [B] log-prob under the reference, summed over the rejected response
    beta: float,
) -> torch.Tensor:
    m = beta * (logp_w - ref_w - (logp_l - ref_l))
    loss = -F.logsigmoid(m - (1 - beta))
    return loss.mean()
`);
  }); // prettier-ignore

  it('adds axes where a number a pair meets tokens, and masks sums', () => {
    const text = print('loss = beta * sum_t(logp_w[t] * ref_w)');
    expect(text).toContain('(logp_w_t * ref_w.unsqueeze(-1)).masked_fill(mask_w == 0, 0).sum(-1)');
    expect(text).toContain(
      '    mask_w: torch.Tensor,  # [B, T] 1 where a token belongs to the chosen response',
    );
  });

  it('takes any name for the function, and none that Python keeps', () => {
    const checked = formulaOf('lambda = beta * logp_w\nloss = lambda', vocabulary);
    expect(printTorch(checked, '3d-properties')).toContain('def _3d_properties(');
    expect(printTorch(checked, 'loss')).toContain('def loss_(');
    expect(printTorch(checked, 'class')).toContain('lambda_ = beta * logp_w\n    loss = lambda_');
    expect(printTorch(checked, '')).toContain('def _(');
  });
});
