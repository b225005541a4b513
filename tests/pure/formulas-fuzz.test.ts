/** Formulas from nowhere: whatever the text, a formula that runs and prints or issues that help; nothing throws or hangs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckedFormula } from '../../src/formulas/check.ts';
import { checkFormula } from '../../src/formulas/check.ts';
import { functions } from '../../src/formulas/functions.ts';
import { parse } from '../../src/formulas/parse.ts';
import type { Setting } from '../../src/formulas/quantities.ts';
import { printTex } from '../../src/formulas/tex.ts';
import { printTorch } from '../../src/formulas/torch.ts';
import { unparse } from '../../src/formulas/unparse.ts';
import { objectives } from '../../src/objectives/index.ts';
import { addFormula, formulaGraph } from '../support/formula-graph.ts';
import { fuzzed } from '../support/fuzz.ts';
import { RANDOM_PARAMETERS, randomFormula } from '../support/random-formula.ts';

const PARAMETERS = [...new Set([...objectives.values()].flatMap((o) => Object.keys(o.parameters)))];

/** Formulas that are right: those of the objectives, and random ones. */
const written = [...objectives.values()].map(({ formula }) => formula);
const right = fc.oneof(
  fc.constantFrom(...written),
  fc
    .tuple(
      fc.constantFrom<Setting>('pairs', 'groups'),
      fc.array(fc.nat(9999), { minLength: 40, maxLength: 40 }),
    )
    .map(([setting, choices]) => {
      let next = 0;
      return randomFormula(setting, (n) => (choices[next++ % choices.length] as number) % n);
    }),
);

const PARTS = [
  'loss', '=', 'beta', 'logp_w', 'logp_w[t]', 'ref_l[t]', 'kl_w', '(', ')', '+', '-', '*', '/', '<', '>=', ',', '\n', ' ',
  '#', '1', '.5', '1e3', '1e999', ...functions.keys(), 'é', '\r', '\0', '[t]', '__proto__', 'toString', '$1', '$m', '\\',
]; // prettier-ignore
const part = fc.constantFrom(...PARTS);
const soup = fc.array(part, { maxLength: 40 }).map((list) => list.join(''));

/** A right formula with pieces cut out, doubled, moved, or put in. */
const mutated = fc
  .tuple(right, fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.nat(3), part), { minLength: 1, maxLength: 3 }))
  .map(([text, edits]) =>
    edits.reduce((now, [place, length, kind, put]) => {
      const at = place % (now.length + 1);
      const cut = now.slice(at, at + length);
      const [before, after] = [now.slice(0, at), now.slice(at + length)];
      return [before + after, before + cut + cut + after, before + put + cut + after, before + put + after][kind] as string;
    }, text),
  ); // prettier-ignore

const anything = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: soup },
  { weight: 2, arbitrary: soup.map((s) => `loss = ${s}`) },
  { weight: 2, arbitrary: right },
  { weight: 5, arbitrary: mutated },
);

function expectIssues(issues: readonly object[]): void {
  expect(issues.length).toBeGreaterThan(0);
  for (const issue of issues) {
    expect(issue).toEqual({
      code: expect.stringMatching(/^formula\/[a-z-]+$/),
      at: expect.stringMatching(/^line \d+, column \d+$/),
      expected: expect.stringMatching(/./),
      received: expect.stringMatching(/./),
      cure: expect.stringMatching(/^[^]+[.?)]$/),
    });
  }
}

/** A formula that the check lets through can be differentiated, printed and written back. */
function expectRuns(checked: CheckedFormula): void {
  const formula = formulaGraph(checked.vocabulary);
  addFormula(formula, checked);
  expect(formula.graph.outputs.size).toBeGreaterThan(0);
  expect(printTex(checked).length).toBe(checked.formula.length);
  expect(printTorch(checked, 'loss')).toContain('def loss_(');
  expect(parse(unparse(checked.formula))).toMatchObject({ ok: true });
}

const RUNS = fuzzed(10_000);

describe('a formula from nowhere', () => {
  it(`is a formula or issues, ${RUNS} times`, () => {
    let ran = 0;
    fc.assert(
      fc.property(anything, fc.constantFrom<Setting>('pairs', 'groups'), (text, setting) => {
        const named = PARAMETERS.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
        const checked = checkFormula(text, { setting, parameters: named });
        if (checked.ok) {
          ran += 1;
          expectRuns(checked.value);
        } else expectIssues(checked.issues);
        const other = checkFormula(text, { setting, parameters: [...RANDOM_PARAMETERS, 'delta'] });
        if (!other.ok) expectIssues(other.issues);
      }),
      { seed: 26, numRuns: RUNS },
    );
    expect(ran).toBeGreaterThan(0.07 * RUNS);
  });

  it('as deep and as long as is allowed runs, and prints without growing', () => {
    const vocabulary = { setting: 'pairs', parameters: [] } as const;
    const names = [...functions].filter(([, row]) => row.kind === 'elementwise' && row.arity === 1).map(([name]) => name);
    for (const name of [...names, 'sort', 'rank', 'softmax']) {
      const checked = checkFormula(`loss = logp_w + ${`${name}(`.repeat(99)}logp_l${')'.repeat(99)}`, vocabulary);
      expect(checked.ok).toBe(true);
      if (!checked.ok) continue;
      expect(printTex(checked.value)[0]?.tex.length).toBeLessThan(20_000);
      expect(printTorch(checked.value, 'loss').length).toBeLessThan(20_000);
    }
    const long = checkFormula(`loss = logp_w${' + logp_l'.repeat(490)}`, vocabulary);
    expect(long.ok).toBe(true);
    if (long.ok) expectRuns(long.value);
  }); // prettier-ignore
});
