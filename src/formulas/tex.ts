/** A checked formula as mathematics: one line of LaTeX an assignment, for KaTeX under `trust: true` (it colours by class). */
import type { CheckedFormula } from './check.ts';
import { callShape } from './call-shape.ts';
import type { FunctionRow } from './functions.ts';
import { functions } from './functions.ts';
import type { FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';
import { fillTemplate } from './template.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import { texName, texResponse } from './tex-names.ts';

export interface TexLine {
  name: string;
  /** `name = value`. */
  tex: string;
}

/** How tightly something is bound: a sum needs parentheses as a factor, only what is closed can carry an exponent. */
const LEVEL = { sum: 0, big: 1, product: 2, application: 3, closed: 4 } as const;

interface Piece {
  tex: string;
  level: number;
  shape: FormulaShape;
  /** What stands behind the minus sign of a negated product or atom. */
  negated?: Piece;
}

export function printTex(checked: CheckedFormula): TexLine[] {
  return checked.formula.map(({ name, value }) => ({
    name,
    tex: `${texName(name, checked).tex} = ${pieceOf(value, checked).tex}`,
  }));
}

function pieceOf(e: Expression, checked: CheckedFormula): Piece {
  switch (e.kind) {
    case 'number':
      return number(e.value);
    case 'name': {
      const { tex, closed } = texName(e.name, checked);
      const known = quantities[checked.vocabulary.setting].get(e.name)?.shape;
      const shape = known ?? checked.shapes.get(e.name) ?? [];
      return { tex, level: closed ? LEVEL.closed : LEVEL.application, shape };
    }
    case 'negate':
      return negate(pieceOf(e.operand, checked));
    case 'binary':
      return OPERATORS[e.operator](pieceOf(e.left, checked), pieceOf(e.right, checked));
    case 'call':
      return call(e, checked);
    default:
      return e satisfies never;
  }
}

const parentheses = ({ tex }: Piece): string => `\\left(${tex}\\right)`;
const atLeast = (level: number, piece: Piece): string =>
  piece.level >= level ? piece.tex : parentheses(piece);
const term = (piece: Piece): string => (piece.tex.startsWith('-') ? parentheses(piece) : piece.tex);

function number(value: number): Piece {
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return { tex: mantissa, level: LEVEL.closed, shape: [] };
  const power = `10^{${Number(exponent)}}`;
  if (mantissa === '1') return { tex: power, level: LEVEL.application, shape: [] };
  return { tex: `${mantissa} \\cdot ${power}`, level: LEVEL.product, shape: [] };
}

function negate(x: Piece): Piece {
  return {
    tex: `-${x.level === LEVEL.sum ? parentheses(x) : x.tex}`,
    level: LEVEL.sum,
    shape: x.shape,
    negated: x,
  };
}

const joined = (a: Piece, b: Piece): FormulaShape => (a.shape.length >= b.shape.length ? a.shape : b.shape);

function product(left: Piece, right: Piece): Piece {
  if (left.negated !== undefined) return negate(product(left.negated, right));
  const a = atLeast(LEVEL.product, left);
  const b = atLeast(LEVEL.big, right);
  const sign = /^[\d]/.test(b) ? '\\cdot' : /^[\d.]+$/.test(a) ? '' : '\\,';
  const level = right.level === LEVEL.big ? LEVEL.big : LEVEL.product;
  return { tex: [a, sign, b].filter((part) => part !== '').join(' '), level, shape: joined(left, right) };
}

function quotient(left: Piece, right: Piece): Piece {
  if (left.negated !== undefined) return negate(quotient(left.negated, right));
  return { tex: `\\frac{${left.tex}}{${right.tex}}`, level: LEVEL.application, shape: joined(left, right) };
}

const comparison =
  (sign: string) =>
  (a: Piece, b: Piece): Piece => ({
    tex: `\\mathbf{1}\\left[${a.tex} ${sign} ${b.tex}\\right]`,
    level: LEVEL.application,
    shape: joined(a, b),
  });

const COMPARISONS = new Map<string, string>([
  ['<', '<'],
  ['>', '>'],
  ['<=', '\\le'],
  ['>=', '\\ge'],
]);

const OPERATORS: Record<BinaryOperator, (a: Piece, b: Piece) => Piece> = {
  '+': (a, b) => ({ tex: `${a.tex} + ${term(b)}`, level: LEVEL.sum, shape: joined(a, b) }),
  '-': (a, b) => ({ tex: `${a.tex} - ${atLeast(LEVEL.big, b)}`, level: LEVEL.sum, shape: joined(a, b) }),
  '*': product,
  '/': quotient,
  '<': comparison('<'),
  '>': comparison('>'),
  '<=': comparison('\\le'),
  '>=': comparison('\\ge'),
};

function call(e: Extract<Expression, { kind: 'call' }>, checked: CheckedFormula): Piece {
  const { tex, texLevel = 'application', kind } = functions.get(e.name) as FunctionRow;
  const pieces = e.arguments.map((argument) => pieceOf(argument, checked));
  const shapes = pieces.map(({ shape }) => shape);
  const written = fillTemplate(tex, (form, i) => {
    const piece = pieces[i] as Piece;
    if (form === 'c') return condition(e.arguments[i] as Expression, checked);
    if (form === 's') return term(piece);
    if (form === 'p') return atLeast(LEVEL.big, piece);
    return form === 'a' ? `{${atLeast(LEVEL.closed, piece)}}` : piece.tex;
  });
  const response = texResponse(shapes[0]?.at(-1));
  return {
    tex: written.replaceAll('$y', () => response),
    level: LEVEL[texLevel],
    shape: callShape(kind, shapes),
  };
}

/** A comparison stands bare after "if"; any other value is compared with 0. */
function condition(e: Expression, checked: CheckedFormula): string {
  const sign = e.kind === 'binary' ? COMPARISONS.get(e.operator) : undefined;
  if (e.kind !== 'binary' || sign === undefined) return `${pieceOf(e, checked).tex} \\ne 0`;
  return `${pieceOf(e.left, checked).tex} ${sign} ${pieceOf(e.right, checked).tex}`;
}
