/** Random formulas that are right: their slopes against central differences, WASM against the float64 reference. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import type { Outputs } from '../../src/engine/backend.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { checkFormula } from '../../src/formulas/check.ts';
import { addFormula, formulaGraph, formulaOf, numbersFor } from '../support/formula-graph.ts';
import { FORMULA_TOLERANCE, randomBatch, worstOfBatch } from '../support/formula-batch.ts';
import { RANDOM_PARAMETERS, randomFormula } from '../support/random-formula.ts';

const SETTINGS = ['pairs', 'groups'] as const;

describe.each(SETTINGS)('%s: random formulas', (setting) => {
  const vocabulary = { setting, parameters: RANDOM_PARAMETERS };
  const numbers = numbersFor(vocabulary, 7);
  const moved = Object.keys(numbers).filter((name) => formulaGraph(vocabulary).trained.has(name));

  it('have the slopes of central differences', async () => {
    const device = openReference();
    const choices = fc.array(fc.nat(9999), { minLength: 60, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(choices, async (list) => {
        let next = 0;
        const text = randomFormula(setting, (n) => (list[next++ % list.length] as number) % n);
        const checked = formulaOf(text, vocabulary);
        const formula = formulaGraph(vocabulary);
        addFormula(formula, checked);
        await device.load({ main: formula.graph });
        const random = stream(8, text);
        const along = new Map(
          moved.map((name) => [name, (numbers[name] as number[]).map(() => 2 * random.uniform() - 1)]),
        );
        const at = (h: number): Record<string, number[]> => ({
          ...numbers,
          ...Object.fromEntries(
            [...along].map(([name, step]) => [name, step.map((d, i) => (numbers[name]?.[i] as number) + h * d)]),
          ),
        });
        const [here, up, down] = (await device.run('main', [at(0), at(H), at(-H)])) as [Outputs, Outputs, Outputs];
        const slope = (meanOf(up) - meanOf(down)) / (2 * H);
        let predicted = 0;
        let size = 1e-3;
        for (const [name, step] of along) {
          here[`d ${name}`]?.forEach((d, i) => {
            predicted += d * (step[i] as number);
            size += Math.abs(d);
          });
        }
        expect(Math.abs(slope - predicted) / size, `${text}: ${slope}, ${predicted}`).toBeLessThan(1e-6);
      }),
      { seed: 27, numRuns: 300 },
    );
  }); // prettier-ignore

  it("have the reference's values and slopes on WASM", async () => {
    const { graph, texts } = randomBatch(setting, 150, 9);
    const wasm = await openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
    const reference = openReference();
    await Promise.all([wasm.load({ main: graph }), reference.load({ main: graph })]);
    const [got] = await wasm.run('main', [numbers]);
    const [want] = await reference.run('main', [numbers]);
    const { error, at } = worstOfBatch(texts, [got as Outputs, want as Outputs], FORMULA_TOLERANCE.wasm);
    expect(error, at).toBeLessThanOrEqual(1);
  });

  it('use every function of the setting', () => {
    const { texts } = randomBatch(setting, 150, 9);
    const used = texts.join('\n');
    const own = setting === 'pairs' ? ['mean_t', 'softmax', 'rank', 'sort', 'std'] : ['softmax_k', 'tail_log_sum_exp_k', 'rank_k', 'sort_k', 'std_k'];
    for (const name of own) expect(used).toContain(`${name}(`);
    for (const text of texts) expect(checkFormula(text, vocabulary).ok).toBe(true);
  }); // prettier-ignore
});

const H = 1e-5;

function meanOf(outputs: Outputs): number {
  const loss = outputs['loss'] as Float64Array;
  return loss.reduce((sum, x) => sum + x, 0) / loss.length;
}
