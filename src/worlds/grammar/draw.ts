/**
 * Drawing from a grammar as different writers would ("a formal review of a hotel by someone unhappy"). A writer's bias
 * multiplies the weights of productions. How much a writer likes a whole rule, compared to the average writer, is the
 * writer's *affinity* to it, and counts for the productions that mention the rule. So a dead end (nothing of a rule suits
 * the writer) is never entered, and no rule needs to know about writers.
 */
import { StateError } from '../../base/errors.ts';
import type { Stream } from '../../base/random.ts';
import type { Grammar, Production } from './grammar.ts';

/** The factor on a production's weight; `flipped` within an odd number of `~`. */
export type Bias = (production: Production, flipped: boolean) => number;

/** Probabilities of a rule's productions, in their order; `[not flipped, flipped]`. */
type Chances = readonly [readonly number[], readonly number[]];

export interface BiasedGrammar {
  grammar: Grammar;
  chances: ReadonlyMap<string, Chances>;
}

/** One biased grammar for each writer. All at once, since affinity compares them. */
export function applyBiases(grammar: Grammar, writers: readonly Bias[]): BiasedGrammar[] {
  // Affinity by rule, then writer, then [not flipped, flipped]. Rules come after those that they mention: one pass does.
  const affinities = new Map<string, number[][]>();
  const results = writers.map(() => new Map<string, Chances>());
  for (const [rule, productions] of grammar) {
    const weights = writers.map((bias, w) =>
      [false, true].map((flipped) =>
        productions.map((production) => {
          // As suitable as its least suitable part: with a product, longer texts would seem less suitable.
          let least = Infinity;
          for (const part of production.parts) {
            if (part.kind === 'rule') {
              const affinity = affinities.get(part.rule)?.[w]?.[Number(part.flipped !== flipped)] as number;
              least = Math.min(least, affinity);
            }
          }
          return production.weight * bias(production, flipped) * (least === Infinity ? 1 : least);
        }),
      ),
    );
    const totals = weights.map((sides) => sides.map(sum));
    const average = sum(totals.flat()) / (2 * writers.length);
    affinities.set(
      rule,
      totals.map((sides) => sides.map((total) => (average === 0 ? 0 : total / average))),
    );
    weights.forEach((sides, w) => {
      const [plain, flipped] = sides.map((side) => {
        const total = sum(side);
        return side.map((weight) => (total === 0 ? 0 : weight / total));
      }) as [number[], number[]];
      results[w]?.set(rule, [plain, flipped]);
    });
  }
  return results.map((chances) => ({ grammar, chances }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** One text of a rule, as words. */
export function draw({ grammar, chances }: BiasedGrammar, start: string, stream: Stream): string[] {
  const result: string[] = [];
  const expand = (rule: string, flipped: boolean): void => {
    const productions = grammar.get(rule) as readonly Production[];
    const probabilities = chances.get(rule)?.[Number(flipped)] as readonly number[];
    let rest = stream.uniform();
    // Rounding may leave a hair above the last probability: then the last possible production is taken.
    let chosen = -1;
    for (let i = 0; i < probabilities.length && rest >= 0; i++) {
      const probability = probabilities[i] as number;
      if (probability > 0) chosen = i;
      rest -= probability;
    }
    const production = productions[chosen];
    if (!production)
      throw new StateError(`Nothing of <${rule}> suits this bias. Give it a production that does.`);
    for (const part of production.parts) {
      if (part.kind === 'word') result.push(part.word);
      else expand(part.rule, part.flipped !== flipped);
    }
  };
  expand(start, false);
  return result;
}
