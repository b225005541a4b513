/**
 * Random formulas that are right: built by shape, kept away from poles and from jumps that rounding could decide, so that
 * every backend and a central difference must agree on them.
 */
import { functions } from '../../src/formulas/functions.ts';
import type { FormulaShape, Setting } from '../../src/formulas/quantities.ts';
import { quantities } from '../../src/formulas/quantities.ts';

/** Takes 0 .. n-1 from somewhere: a stream, or numbers that fast-check can shrink. */
export type Choose = (n: number) => number;

export const RANDOM_PARAMETERS = ['beta', 'gamma'];

/** `$` is an argument of any size; bounded so that nested ones stay of order 1 to 100. */
const UNARY = [
  '-$', 'tanh($)', 'sigmoid($)', 'log_sigmoid($)', 'softplus($)', 'relu($)', 'abs($)', 'exp(min($, 1))',
  'expm1(clamp($, -3, 1))', 'log(0.3 + abs($))', 'log1p(abs($))', 'log1mexp(-0.3 - abs($))',
  'sqrt(0.3 + square(tanh($)))', 'square(tanh($))', 'pow(0.5 + sigmoid($), 1.5)', '2 * $ - 0.5', '1 - $',
]; // prettier-ignore

/** `$` has the full shape, `&` the same or fewer axes. */
const BINARY = [
  '$ + &', '& - $', '$ - &', 'tanh(&) * $', '& * sigmoid($)', '$ / (0.5 + abs(&))', 'tanh(&) / (1 + softplus($))',
  'min($, &)', 'max(&, $)', 'clamp($, tanh(&) - 1, 1.5)', 'pow(0.5 + sigmoid($), tanh(&))',
]; // prettier-ignore

/** Functions that reduce an axis, by the last axis of their argument. */
const REDUCE = (axis: string | undefined): string[] => {
  const kinds = axis?.startsWith('t') === true ? ['tokens'] : axis === 'k' ? ['group'] : ['batch'];
  return [...functions].filter(([, { kind }]) => kinds.includes(kind)).map(([name]) => name);
};
const KEEP = (axis: string): string[] => {
  const kind = axis === 'k' ? 'group-wise' : 'batch-wise';
  return [...functions].filter(([, row]) => row.kind === kind).map(([name]) => name);
};

const SHAPES: Record<Setting, FormulaShape[]> = {
  pairs: [[], ['b'], ['b', 't_w'], ['b', 't_l']],
  groups: [[], ['b'], ['b', 'k'], ['b', 'k', 't']],
};

export function randomFormula(setting: Setting, choose: Choose): string {
  return new Builder(setting, choose).formula();
}

class Builder {
  private readonly named: { name: string; shape: FormulaShape }[] = [];

  constructor(
    private readonly setting: Setting,
    private readonly choose: Choose,
  ) {}

  formula(): string {
    const lines: string[] = [];
    for (let i = this.choose(3); i > 0; i--) {
      const shape = this.pick(SHAPES[this.setting]);
      const name = `v${this.named.length}`;
      lines.push(`${name} = ${this.expression(shape, 2)}`);
      this.named.push({ name, shape });
    }
    const trains = this.setting === 'pairs' ? 'logp_w' : 'mean_k(logp)';
    const shape: FormulaShape = this.choose(4) === 0 ? [] : ['b'];
    const parameters = RANDOM_PARAMETERS.map((name) => ` + ${name} * ${trains}`).join('');
    lines.push(`loss = ${this.expression(shape, 3)}${parameters}`);
    return lines.join('\n');
  }

  private expression(shape: FormulaShape, depth: number): string {
    if (depth === 0) return this.leaf(shape);
    const inside = (of: FormulaShape): string => this.expression(of, depth - 1);
    const fill = (text: string): string =>
      text.replace('$', () => `(${inside(shape)})`).replace('&', () => `(${inside(this.prefix(shape))})`);
    const last = shape.at(-1);
    switch (this.choose(8)) {
      case 0:
        return this.leaf(shape);
      case 1:
        return `where(${this.condition(shape)}, ${inside(shape)}, ${inside(this.prefix(shape))})`;
      case 2:
        return last === undefined ? fill(this.pick(UNARY)) : this.alongLast(shape, last, depth);
      case 3:
      case 4:
        return this.reduced(shape, depth);
      case 5:
        return fill(this.pick(UNARY));
      default:
        return fill(this.pick(BINARY));
    }
  }

  /** A larger shape, reduced to this one. */
  private reduced(shape: FormulaShape, depth: number): string {
    const larger = SHAPES[this.setting].filter((s) => s.length === shape.length + 1 && shape.every((a, i) => a === s[i]));
    if (larger.length === 0) return this.leaf(shape);
    const from = this.pick(larger);
    const name = this.pick(REDUCE(from.at(-1)));
    const inside = this.expression(from, depth - 1);
    // where all values are equal the standard deviation has a kink: a leaf keeps them apart
    return name.startsWith('std') ? `${name}(${this.leaf(from)} + 0.1 * tanh(${inside}))` : `${name}(${inside})`;
  } // prettier-ignore

  /** Sorting, ranks, shares. The order comes from plain data: where values are close, rounding could decide it. */
  private alongLast(shape: FormulaShape, last: string, depth: number): string {
    if (last !== 'k' && shape.length !== 1) return this.leaf(shape);
    const name = this.pick(KEEP(last));
    const orders = name.startsWith('sort') || name.startsWith('rank');
    return `${name}(${orders ? this.quantity(shape) : this.expression(shape, depth - 1)})`;
  }

  /** A comparison of plain data with a number that none of it comes near. */
  private condition(shape: FormulaShape): string {
    const sign = this.pick(['<', '>', '<=', '>=']);
    return shape.length === 0 ? `beta ${sign} 0.7` : `${this.quantity(shape)} ${sign} -1.2345`;
  }

  private leaf(shape: FormulaShape): string {
    const own = this.named.filter((n) => n.shape.join() === shape.join()).map(({ name }) => name);
    if (own.length > 0 && this.choose(3) === 0) return this.pick(own);
    if (shape.length > 0) return this.quantity(shape);
    return this.pick([...RANDOM_PARAMETERS, '1', '0.5', '3e-1', '.25']);
  }

  /** Continuous ones: no two numbers of a batch are equal. */
  private quantity(shape: FormulaShape): string {
    const fitting = [...quantities[this.setting]].filter(
      ([name, q]) => q.shape.join() === shape.join() && !/^(len|rank|position)/.test(name),
    );
    // log-probs of policy and reference half of the time: the others are many
    const core = fitting.filter(([name]) => /^(logp|ref|old)/.test(name));
    return this.pick(this.choose(2) === 0 && core.length > 0 ? core : fitting)[0];
  }

  private prefix(shape: FormulaShape): FormulaShape {
    return shape.slice(0, this.choose(shape.length + 1));
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.choose(list.length)] as T;
  }
}
