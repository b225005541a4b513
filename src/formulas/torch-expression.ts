/** Expressions as PyTorch: parentheses by Python's precedence, axes added where shapes meet, numbers made tensors where needed. */
import type { CheckedFormula } from './check.ts';
import { callShape } from './call-shape.ts';
import type { FunctionRow } from './functions.ts';
import { functions } from './functions.ts';
import type { FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';
import type { Expression } from './syntax.ts';
import { fillTemplate } from './template.ts';

const LEVEL = { comparison: 0, sum: 1, product: 2, negation: 3, closed: 4 } as const;

interface Piece {
  text: string;
  level: number;
  shape: FormulaShape;
  /** number, test: a float and a bool of Python; condition: a tensor of booleans. */
  kind: 'number' | 'test' | 'tensor' | 'condition';
}

interface Names {
  of(name: string): string;
  /** A tensor whose dtype and device new constants take. */
  like: string;
}

/** Prints the value of the line that assigns `name`; lines are to be printed in order. */
export function torchExpressions(
  checked: CheckedFormula,
  names: Names,
): (name: string, value: Expression) => string {
  const numbers = new Set(checked.vocabulary.parameters);
  const printer = new Printer(checked, names, numbers);
  return (name, value) => {
    const { text, kind } = toValue(printer.print(value));
    if (kind === 'number') numbers.add(name);
    return text;
  };
}

class Printer {
  constructor(
    private readonly checked: CheckedFormula,
    private readonly names: Names,
    /** Names that stand for numbers of Python. */
    private readonly numbers: ReadonlySet<string>,
  ) {}

  print(e: Expression): Piece {
    switch (e.kind) {
      case 'number':
        return { text: numberText(e.value), level: LEVEL.closed, shape: [], kind: 'number' };
      case 'name': {
        const known = quantities[this.checked.vocabulary.setting].get(e.name)?.shape;
        const shape = known ?? this.checked.shapes.get(e.name) ?? [];
        const kind = this.numbers.has(e.name) ? 'number' : 'tensor';
        return { text: this.names.of(e.name), level: LEVEL.closed, shape, kind };
      }
      case 'negate': {
        const x = toValue(this.print(e.operand));
        return { ...x, text: `-${atLeast(LEVEL.negation, x)}`, level: LEVEL.negation };
      }
      case 'binary':
        return this.binary(e);
      case 'call':
        return this.call(e);
      default:
        return e satisfies never;
    }
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): Piece {
    const [a, b] = aligned([this.print(left), this.print(right)].map(toValue)) as [Piece, Piece];
    const shape = callShape('elementwise', [a.shape, b.shape]);
    const isNumber = a.kind === 'number' && b.kind === 'number';
    if ('<>'.includes(operator[0] as string)) {
      const text = `${a.text} ${operator} ${b.text}`;
      return { text, level: LEVEL.comparison, shape, kind: isNumber ? 'test' : 'condition' };
    }
    const level = '+-'.includes(operator) ? LEVEL.sum : LEVEL.product;
    const after = '-/'.includes(operator) ? level + 1 : level;
    const text = `${atLeast(level, a)} ${operator} ${atLeast(after, b)}`;
    return { text, level, shape, kind: isNumber ? 'number' : 'tensor' };
  }

  private call(e: Extract<Expression, { kind: 'call' }>): Piece {
    const given = e.arguments.map((argument) => this.print(argument));
    const { kind, torch, torchLevel } = functions.get(e.name) as FunctionRow;
    const shape = callShape(kind, given.map((piece) => piece.shape)); // prettier-ignore
    const values = aligned(given.map(toValue));
    const numeric = values.every((piece) => piece.kind === 'number');
    if (numeric && ['min', 'max', 'abs', 'stop_grad'].includes(e.name)) {
      const text = values.map(({ text: t }) => t).join(', ');
      const whole = e.name === 'stop_grad' ? `(${text})` : `${e.name}(${text})`;
      return { text: whole, level: LEVEL.closed, shape, kind: 'number' };
    }
    if (e.name === 'where') return this.where(given, shape);
    const short = clampText(e.name, values);
    if (short !== null) return { text: short, level: LEVEL.closed, shape, kind: 'tensor' };
    const pieces = e.name === 'pow' ? [this.tensor(values[0] as Piece), ...values.slice(1)] : values.map((v) => this.tensor(v)); // prettier-ignore
    const mask = (pieces[0]?.shape.at(-1) ?? '').replace('t', 'mask');
    const text = fillTemplate(torch.replaceAll('$m', mask), (form, i) => {
      const piece = pieces[i] as Piece;
      return form === 'a' ? atLeast(LEVEL.closed, piece) : piece.text;
    });
    const level = torchLevel === undefined ? LEVEL.closed : LEVEL[torchLevel];
    return { text, level, shape, kind: 'tensor' };
  }

  private where(given: readonly Piece[], shape: FormulaShape): Piece {
    const [test, a, b] = aligned(given.map((piece, i) => (i === 0 ? piece : toValue(piece)))) as [Piece, Piece, Piece]; // prettier-ignore
    if ([a, b].every(({ kind }) => kind === 'number') && (test.kind === 'test' || test.kind === 'number')) {
      const choice = `(${a.text} if ${test.text} else ${b.text})`;
      return { text: choice, level: LEVEL.closed, shape, kind: 'number' };
    }
    const asked =
      test.kind === 'condition' ? test.text : `${atLeast(LEVEL.sum, this.tensor(toValue(test)))} != 0`;
    const text = `torch.where(${asked}, ${this.tensor(a).text}, ${this.tensor(b).text})`;
    return { text, level: LEVEL.closed, shape, kind: 'tensor' };
  }

  /** A number as a tensor without axes. */
  private tensor(piece: Piece): Piece {
    if (piece.kind !== 'number') return piece;
    const text = `${this.names.like}.new_tensor(${piece.text})`;
    return { ...piece, text, level: LEVEL.closed, kind: 'tensor' };
  }
}

const atLeast = (level: number, { text, level: own }: Piece): string => (own >= level ? text : `(${text})`);

/** A condition counts as 1 or 0. */
function toValue(piece: Piece): Piece {
  if (piece.kind === 'test')
    return { ...piece, text: `float(${piece.text})`, level: LEVEL.closed, kind: 'number' };
  if (piece.kind !== 'condition') return piece;
  return { ...piece, text: `(${piece.text}).float()`, level: LEVEL.closed, kind: 'tensor' };
}

/** Trailing axes for those with fewer than the largest; what has none fits all. */
function aligned(pieces: readonly Piece[]): Piece[] {
  const axes = Math.max(...pieces.map(({ shape }) => shape.length));
  return pieces.map((piece) => {
    const missing = piece.shape.length === 0 ? 0 : axes - piece.shape.length;
    if (missing === 0) return piece;
    const text = atLeast(LEVEL.closed, piece) + '.unsqueeze(-1)'.repeat(missing);
    return { ...piece, text, level: LEVEL.closed };
  });
}

/** min, max and clamp against plain numbers. */
function clampText(name: string, pieces: readonly Piece[]): string | null {
  const x = pieces.find(({ kind }) => kind !== 'number');
  const bounds = pieces.filter((piece) => piece !== x).map(({ text }) => text);
  if (x === undefined || bounds.length !== pieces.filter(({ kind }) => kind === 'number').length) return null;
  if (name === 'clamp' && x === pieces[0]) return `torch.clamp(${[x.text, ...bounds].join(', ')})`;
  if (name === 'min' || name === 'max')
    return `torch.clamp(${x.text}, ${name === 'min' ? 'max' : 'min'}=${bounds.join()})`;
  return null;
}

function numberText(value: number): string {
  const text = String(value);
  return /^\d{10,}$/.test(text) ? `${text}.0` : text;
}
