/** Many random formulas as outputs of one graph, so that a device compiles once. */
import { stream } from '../../src/base/random.ts';
import type { Outputs } from '../../src/engine/backend.ts';
import type { Graph } from '../../src/engine/graph.ts';
import type { Setting } from '../../src/formulas/quantities.ts';
import { addFormula, formulaGraph, formulaOf } from './formula-graph.ts';
import { RANDOM_PARAMETERS, randomFormula } from './random-formula.ts';

/**
 * Allowed difference from the float64 reference, as a share of the largest number (at least 0.1) among a formula's loss
 * and slopes: it is a chain of tens of ops, and what cancels on the way leaves rounding behind.
 */
export const FORMULA_TOLERANCE = { wasm: 1e-5, webgpu: 1e-4 } as const;

/** Outputs `I loss` and `I d NAME` for formula I of `texts`. */
export function randomBatch(
  setting: Setting,
  count: number,
  seed: number,
): { graph: Graph; texts: string[] } {
  const vocabulary = { setting, parameters: RANDOM_PARAMETERS };
  const formulas = formulaGraph(vocabulary);
  const random = stream(seed, `formulas ${setting}`);
  const texts = Array.from({ length: count }, () => randomFormula(setting, (n) => random.integer(n)));
  texts.forEach((text, i) => addFormula(formulas, formulaOf(text, vocabulary), `${i} `));
  return { graph: formulas.graph, texts };
}

/** The largest error over a batch's formulas in units of the tolerance (at most 1 passes), and where it is. */
export function worstOfBatch(
  texts: readonly string[],
  [got, want]: readonly [Outputs, Outputs],
  tolerance: number,
): { error: number; at: string } {
  let worst = { error: 0, at: 'nowhere' };
  texts.forEach((text, formula) => {
    const names = Object.keys(want).filter((name) => name.startsWith(`${formula} `));
    const scale = names
      .flatMap((name) => [...(want[name] ?? [])])
      .reduce((a, x) => Math.max(a, Math.abs(x)), 0.1);
    for (const name of names) {
      want[name]?.forEach((expected, i) => {
        const error = Math.abs((got[name]?.[i] as number) - expected) / (tolerance * scale);
        // NaN is not smaller
        if (error <= worst.error) return;
        worst = { error, at: `${name}[${i}]: ${got[name]?.[i]} instead of ${expected} in\n${text}` };
      });
    }
  });
  return worst;
}
