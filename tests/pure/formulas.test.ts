/** The formula language: values against JavaScript's own arithmetic, mistakes with place and cure, nothing that throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/base/errors.ts';
import { createGraph, float } from '../../src/engine/graph.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import type { Tensor } from '../../src/engine/types.ts';
import { checkFormula, PAIR_QUANTITIES } from '../../src/formulas/check.ts';
import { functions } from '../../src/formulas/functions.ts';
import { lower } from '../../src/formulas/lower.ts';
import type { Formula } from '../../src/formulas/syntax.ts';

const vocabulary = { perPair: PAIR_QUANTITIES, parameters: ['beta'] };
const check = (text: string) => checkFormula(text, vocabulary);

function formulaOf(text: string): Formula {
  const checked = check(text);
  if (!checked.ok) throw new Error(JSON.stringify(checked.issues));
  return checked.value;
}

function issuesOf(text: string): Issue[] {
  const checked = check(text);
  return checked.ok ? [] : checked.issues;
}

const GIVEN = { logp_w: [-3, -1.5, 2], logp_l: [-4, 0.5, 0], ref_w: [-2, -2, -2], ref_l: [-5, 1, 3], len_w: [4, 5, 6], len_l: [1, 2, 3] }; // prettier-ignore
const BETA = 0.25;

/** The value of `loss`, on the reference backend: one number a pair, or one for all. */
async function valueOf(text: string): Promise<number[]> {
  const g = createGraph();
  const given = new Map<string, Tensor>([['beta', g.scalar(BETA)]]);
  for (const name of Object.keys(GIVEN)) given.set(name, g.feed(name, float(3)));
  g.output('loss', lower(g, formulaOf(text), given).get('loss') as Tensor);
  const device = openReference();
  await device.load({ g });
  const [outputs] = await device.run('g', [GIVEN]);
  return [...(outputs?.['loss'] ?? [])];
}

describe('the value of a formula', () => {
  const each = (f: (w: number, l: number, i: number) => number): number[] =>
    GIVEN.logp_w.map((w, i) => f(w, GIVEN.logp_l[i] as number, i));
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const cases: [string, number[]][] = [
    ['beta + logp_w * logp_l', each((w, l) => BETA + w * l)],
    ['(beta + logp_w) * logp_l', each((w, l) => (BETA + w) * l)],
    ['logp_w - logp_l - beta', each((w, l) => w - l - BETA)],
    ['logp_w - (logp_l - beta)', each((w, l) => w - (l - BETA))],
    ['logp_w / 2 / beta', each((w) => w / 2 / BETA)],
    ['logp_w / 2 * beta', each((w) => (w / 2) * BETA)],
    ['-logp_w * beta', each((w) => -w * BETA)],
    ['beta - -logp_w', each((w) => BETA + w)],
    ['--beta', [BETA]],
    ['2 * -logp_w * beta', each((w) => -2 * w * BETA)],
    ['logp_w + beta > logp_l', each((w, l) => (w + BETA > l ? 1 : 0))],
    ['logp_w < logp_l - beta', each((w, l) => (w < l - BETA ? 1 : 0))],
    ['beta < 1 > 0.5', [1]],
    ['1.5e1 + .5 - 2E-1 + beta * 3.', [15 + 0.5 - 0.2 + BETA * 3]],
    ['beta * where(logp_w > logp_l, ref_w, 7)', each((w, l, i) => BETA * (w > l ? (GIVEN.ref_w[i] as number) : 7))],
    ['min(logp_w, logp_l) + max(beta, logp_w)', each((w, l) => Math.min(w, l) + Math.max(BETA, w))],
    ['pow(square(logp_w), beta)', each((w) => Math.pow(w * w, BETA))],
    ['-log_sigmoid(beta * (logp_w - logp_l))', each((w, l) => -Math.log(sigmoid(BETA * (w - l))))],
    ['sigmoid(logp_w) + tanh(beta)', each((w) => sigmoid(w) + Math.tanh(BETA))],
    ['softplus(logp_w) * beta', each((w) => Math.log1p(Math.exp(w)) * BETA)],
    ['exp(beta) + expm1(logp_w)', each((w) => Math.exp(BETA) + Math.expm1(w))],
    ['log(len_w) + log1p(beta)', [4, 5, 6].map((n) => Math.log(n) + Math.log1p(BETA))],
    ['log1mexp(ref_w * beta)', each(() => Math.log1p(-Math.exp(-2 * BETA)))],
    ['relu(logp_w) + abs(logp_l) + sqrt(beta)', each((w, l) => Math.max(w, 0) + Math.abs(l) + Math.sqrt(BETA))],
    ['stop_grad(logp_w) * beta', each((w) => w * BETA)],
    ['beta * ( # open until\n  logp_w # here\n)', each((w) => BETA * w)],
  ]; // prettier-ignore

  it.each(cases)('%s', async (text, expected) => {
    const value = await valueOf(`loss = ${text}`);
    expect(value.length).toBe(expected.length);
    value.forEach((x, i) => expect(x).toBeCloseTo(expected[i] as number, 12));
  });

  it('passes through names, one line after the other, and empty lines', async () => {
    const value = await valueOf('\n# margin\na = beta * logp_w\r\n\nb = a - 1 # less one\nloss = a * b');
    expect(value).toEqual(each((w) => BETA * w * (BETA * w - 1)));
  });

  it('has one row for every function, and each is checked above', () => {
    const used = cases.map(([text]) => text).join(' ');
    for (const name of functions.keys()) expect(used).toContain(`${name}(`);
  });
});

describe('a mistake', () => {
  const MISSING = /Write the missing part/;
  const SIGN = /Put a sign before it, or remove it/;
  const cases: [text: string, code: string, at: string, cure: RegExp][] = [
    ['', 'no-loss', '1:1', /Say what is minimised: loss = /],
    ['margin = beta', 'no-loss', '2:1', /loss = /],
    ['loss', 'unexpected-token', '1:5', /Write loss = /],
    ['loss =', 'unexpected-token', '1:7', MISSING],
    ['loss = -', 'unexpected-token', '1:9', MISSING],
    ['= 3', 'unexpected-token', '1:1', /Start each line with a name and =/],
    ['3 = loss', 'unexpected-token', '1:1', /Start each line/],
    ['loss = beta\n  * 2', 'unexpected-token', '2:3', /Start each line/],
    ['loss = beta *', 'unexpected-token', '1:14', MISSING],
    ['loss = +beta', 'unexpected-token', '1:8', MISSING],
    ['loss = beta ** 2', 'unexpected-token', '1:14', MISSING],
    ['loss = beta < < 2', 'unexpected-token', '1:15', MISSING],
    ['loss = beta * ()', 'unexpected-token', '1:16', MISSING],
    ['loss = exp(,beta)', 'unexpected-token', '1:12', MISSING],
    ['a = 1\nloss = (beta + 2', 'unexpected-token', '2:17', /Close the parenthesis/],
    ['loss = (beta\nmargin = 3', 'unexpected-token', '2:1', /Close the parenthesis/],
    ['loss = min(beta, 2', 'unexpected-token', '1:19', /Close the parenthesis of min/],
    ['loss = beta)', 'unexpected-token', '1:12', SIGN],
    ['loss = beta logp_w', 'unexpected-token', '1:13', SIGN],
    ['loss = 2beta', 'unexpected-token', '1:9', SIGN],
    ['loss = 1.2.3 * beta', 'unexpected-token', '1:11', SIGN],
    ['loss = beta == 1', 'unexpected-token', '1:13', SIGN],
    ['loss = 1e999 * beta', 'unexpected-token', '1:8', /Write a smaller number/],
    ['loss = beta; x = 1', 'unknown-character', '1:12', /Remove it; formulas are made of/],
    ['loss = beta.x', 'unknown-character', '1:12', /Remove it/],
    ['loss = beta[0]', 'unknown-character', '1:12', /Remove it/],
    ['loss = "beta"', 'unknown-character', '1:8', /Remove it/],
    ['# fine\n\nloss = beta * 😀', 'unknown-character', '3:15', /Remove it/],
    ['loss = logpw * beta', 'unknown-name', '1:8', /Did you mean logp_w\?/],
    ['loss = beta * gamma', 'unknown-name', '1:15', /There are: logp_w, .*beta\./],
    ['loss = beta * x\nx = 3', 'unknown-name', '1:15', /There are/],
    ['loss = beta * loss', 'unknown-name', '1:15', /There are/],
    ['loss = beta * exp', 'unknown-name', '1:15', /exp is a function: give it its arguments/],
    ['loss = beta * __proto__', 'unknown-name', '1:15', /There are/],
    ['loss = sigmod(beta)', 'unknown-function', '1:8', /Did you mean sigmoid\?/],
    ['loss = beta * eval(beta)', 'unknown-function', '1:15', /There are: exp, /],
    ['loss = beta * constructor(1)', 'unknown-function', '1:15', /There are: exp, /],
    ['loss = exp(beta, 2)', 'wrong-arguments', '1:8', /exp: e to the power x\./],
    ['loss = beta + where(beta, 1)', 'wrong-arguments', '1:15', /where\(condition, a, b\)/],
    ['loss = beta + exp()', 'wrong-arguments', '1:15', /exp: /],
    ['logp_w = 3\nloss = beta', 'taken-name', '1:1', /another name than logp_w/],
    ['loss = beta\n abs = 1', 'taken-name', '2:2', /another name than abs/],
    ['loss = beta\nloss = 2', 'assigned-twice', '2:1', /Give the second value another name/],
    ['loss = logp_w', 'ignored-parameter', '2:1', /Use beta in the formula, or remove/],
    [`loss = beta + ${'('.repeat(101)}1${')'.repeat(101)}`, 'too-deep', '1:115', /a name on a line of its own/],
    [`loss = beta ${'+ 1 '.repeat(499)}`, 'too-long', '1:2007', /Shorten it/],
  ]; // prettier-ignore

  const labelled = cases.map((row) => [row[0].slice(0, 40), ...row] as const);
  it.each(labelled)('in %j is told with its place and cure', (_, text, code, at, cure) => {
    const issues = issuesOf(text);
    const found = issues.find((issue) => issue.code === `formula/${code}`);
    const [line, column] = at.split(':');
    expect(found?.at).toBe(`line ${line}, column ${column}`);
    expect(found?.cure).toMatch(cure);
    expect(found?.expected).not.toBe('');
    expect(found?.received).not.toBe('');
  });

  it('comes with all others of its kind', () => {
    expect(issuesOf('loss = a + exp(1, 2)\nloss = b').map((issue) => issue.code)).toEqual([
      'formula/unknown-name',
      'formula/wrong-arguments',
      'formula/unknown-name',
      'formula/assigned-twice',
      'formula/ignored-parameter',
    ]);
  });
});

describe('a formula from a stranger', () => {
  it.each([
    ['parentheses', `loss = ${'('.repeat(10_000)}beta${')'.repeat(10_000)}`],
    ['open parentheses', `loss = ${'('.repeat(10_000)}`],
    ['minus signs', `loss = ${'-'.repeat(10_000)}beta`],
    ['calls', `loss = ${'exp('.repeat(10_000)}`],
    ['terms', `loss = beta${' + 1'.repeat(100_000)}`],
    ['lines', 'a = 1\n'.repeat(10_000)],
    ['letters', `loss = ${'x'.repeat(100_000)}`],
    ['digits', `loss = beta * ${'9'.repeat(100_000)}`],
  ])('that is a pile of %s is one issue', (_, text) => {
    expect(issuesOf(text).length).toBeGreaterThan(0);
  });

  it('as long and deep as allowed is lowered and evaluated', async () => {
    const deep = `${'('.repeat(99)}beta${')'.repeat(99)}`;
    expect(await valueOf(`loss = ${deep}${' + 1'.repeat(390)}`)).toEqual([BETA + 390]);
  });

  const SEED = { seed: 24, numRuns: 2000 };
  it('gives a formula or issues, whatever the text', () => {
    const parts = ['loss', '=', 'beta', 'logp_w', '(', ')', '+', '-', '*', '/', '<', '>', ',', '\n', ' ', '#', '1', '.5', '1e3', 'exp', 'min', 'where', 'é', '\r', '\0']; // prettier-ignore
    const soup = fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((list) => list.join(''));
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), soup, soup.map((s) => `loss = ${s}`)); // prettier-ignore
    fc.assert(
      fc.property(text, (formula) => {
        for (const issue of issuesOf(formula)) {
          expect(issue.code).toMatch(/^formula\/[a-z-]+$/);
          expect(issue.at).toMatch(/^line \d+, column \d+$/);
        }
      }),
      SEED,
    );
  });

  it('that the check lets through can be lowered', () => {
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('beta', 'logp_w', 'logp_l', 'ref_w', '2', '.5'),
        fc
          .tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/', '<', '>'), tie('expression'))
          .map((parts) => `(${parts.join(' ')})`),
        tie('expression').map((e) => `-${e}`),
        fc
          .tuple(fc.constantFrom(...functions.keys()), fc.array(tie('expression'), { minLength: 3, maxLength: 3 }))
          .map(([f, list]) => `${f}(${list.slice(0, functions.get(f)?.arity).join(', ')})`),
      ),
    })); // prettier-ignore
    fc.assert(
      fc.property(expression, (text) => {
        const formula = formulaOf(`loss = beta * ${text}`);
        const g = createGraph();
        const given = new Map<string, Tensor>([['beta', g.scalar(BETA)]]);
        for (const name of Object.keys(GIVEN)) given.set(name, g.feed(name, float(3)));
        expect([0, 1]).toContain(lower(g, formula, given).get('loss')?.shape.length);
      }),
      { seed: 25, numRuns: 300 },
    );
  });
});
