/** How names look in mathematics: what each quantity is written as, Greek letters, subscripts, and colour by meaning. */
import type { CheckedFormula } from './check.ts';
import type { FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';

/** Classes that the page colours; KaTeX writes them under `trust: true`. */
export type TexClass = 'c-chosen' | 'c-rejected' | 'c-policy' | 'c-reference' | 'c-parameter';

const GREEK = new Set(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega'.split(
    ' ',
  ),
);

const SPECIAL = new Map([
  ['loss', '\\mathcal{L}'],
  ['label_smoothing', '\\varepsilon_{\\mathrm{ls}}'],
  ['rewards_chosen', '\\hat{r}_{w}'],
  ['rewards_rejected', '\\hat{r}_{l}'],
]);

const SIDE_CLASS = new Map<string | undefined, TexClass>([
  ['w', 'c-chosen'],
  ['chosen', 'c-chosen'],
  ['l', 'c-rejected'],
  ['rejected', 'c-rejected'],
]);

const coloured = (tex: string, as: TexClass | undefined): string =>
  as === undefined ? tex : `\\htmlClass{${as}}{${tex}}`;

const POLICY = coloured('\\pi_\\theta', 'c-policy');
const REFERENCE = coloured('\\pi_{\\mathrm{ref}}', 'c-reference');
const SECOND = coloured("\\pi_{\\mathrm{ref}'}", 'c-reference');
const logOf = (of: string) => (y: string) => `\\log ${of}(${y})`;
const klOf = (p: string, q: string) => (y: string) => `\\mathrm{KL}_{${p} \\Vert ${q}}(${y})`;
const like = (symbol: string) => (y: string) => `${symbol}(${y})`;
const indexed = (symbol: string) => (_: string, at: string) => (at === '' ? symbol : `${symbol}_{${at}}`);

/** By name without side and index; `y` is the response (or its token), `at` its subscripts alone. */
const QUANTITIES = new Map<string, (y: string, at: string) => string>([
  ['logp', logOf(POLICY)],
  ['ref', logOf(REFERENCE)],
  ['ref2', logOf(SECOND)],
  ['old', logOf('\\pi_{\\mathrm{old}}')],
  ['kl', klOf(POLICY, REFERENCE)],
  ['kl_ref', klOf(REFERENCE, POLICY)],
  ['kl2', klOf(POLICY, SECOND)],
  ['kl_ref2', klOf(SECOND, POLICY)],
  ['kl_mid', klOf(POLICY, '\\bar{\\pi}')],
  ['kl_ref2_mid', klOf(SECOND, '\\bar{\\pi}')],
  ['entropy', like(`\\mathrm{H}_{${POLICY}}`)],
  ['p_squared', like(`\\Vert ${POLICY} \\Vert^{2}`)],
  ['value', like('V_{\\phi}')],
  ['head', like('r_{\\phi}')],
  ['class_logp', (y) => `\\log p_{\\phi}(c \\mid ${y})`],
  ['prompt_logp', (y) => `\\log ${POLICY}(x \\mid ${y})`],
  ['prompt_ref', (y) => `\\log ${REFERENCE}(x \\mid ${y})`],
  ['score', like('s')],
  ['reward', like('r')],
  ['win_rate', like('\\hat{P}')],
  ['rank', like('\\operatorname{rank}')],
  ['reward_mean', () => '\\bar{r}'],
  ['err', like('\\ell_{\\theta}')],
  ['err_ref', like('\\ell_{\\mathrm{ref}}')],
  ['len', (y) => `\\left|${y}\\right|`],
  ['position', indexed('t')],
  ['token_weight', indexed('\\omega')],
  ['mask_u', indexed('u')],
  ['mask_d', indexed('d')],
  ['advantage', indexed('\\hat{A}')],
  ['margin_column', indexed('m')],
  ['strength', indexed('s')],
  ['weight', indexed('\\omega')],
  ['label_probability', indexed('\\hat{p}')],
]);

/** Those that can carry an exponent as they are. */
// prettier-ignore
const CLOSED = new Set([
  'len', 'position', 'token_weight', 'mask_u', 'mask_d', 'advantage', 'margin_column', 'strength', 'weight',
  'label_probability', 'reward_mean',
]);

export interface TexName {
  tex: string;
  /** May be raised to a power as it is. */
  closed: boolean;
}

/** A name as it is written in a formula: a quantity, a parameter, or what a line above assigned. */
export function texName(name: string, { vocabulary, shapes }: CheckedFormula): TexName {
  const quantity = quantities[vocabulary.setting].get(name);
  if (quantity !== undefined) return texQuantity(name, quantity.shape);
  if (vocabulary.parameters.includes(name))
    return { tex: coloured(texWord(name, []), 'c-parameter'), closed: true };
  return { tex: texAssigned(name, shapes.get(name) ?? []), closed: true };
}

/** The response whose tokens an axis counts, as `y_w`. */
export function texResponse(axis: string | undefined): string {
  const side = axis?.startsWith('t_') === true ? axis.slice(2) : 'k';
  return coloured(`y_{${side}}`, SIDE_CLASS.get(side));
}

function texQuantity(name: string, shape: FormulaShape): TexName {
  const [, base = name, side, prompt, index] =
    /^(.+?)(?:_([wlmor]|bad))?(?:_x([wl]))?(\[t\])?$/.exec(name) ?? [];
  const who = side === 'bad' ? '\\mathrm{bad}' : (side ?? (shape.includes('k') ? 'k' : ''));
  const at = [who, index === undefined ? '' : 't'].filter((part) => part !== '');
  const y = coloured(at.length > 0 ? `y_{${at.join(',')}}` : 'y', SIDE_CLASS.get(side));
  const under = prompt === undefined ? y : `${y} \\mid ${coloured(`x_{${prompt}}`, SIDE_CLASS.get(prompt))}`;
  const written = QUANTITIES.get(base)?.(under, at.join(','));
  if (written !== undefined) return { tex: written, closed: CLOSED.has(base) };
  return { tex: coloured(texWord(base, at), SIDE_CLASS.get(side)), closed: true };
}

function texAssigned(name: string, shape: FormulaShape): string {
  const as = SIDE_CLASS.get(name.split('_').at(-1));
  const indices = shape.slice(1).map((axis) => (axis === 'k' ? 'k' : 't'));
  return coloured(texWord(name, indices), as);
}

/** Letters before the first _ are the symbol, what follows its subscripts. */
function texWord(name: string, indices: readonly string[]): string {
  const special = SPECIAL.get(name);
  if (special !== undefined && indices.length === 0) return special;
  const [word = '', ...rest] = name.split('_').filter((part) => part !== '');
  const digits = /\d*$/.exec(word)?.[0] ?? '';
  const letters = word.slice(0, word.length - digits.length);
  const symbol = GREEK.has(letters)
    ? `\\${letters === 'epsilon' ? 'varepsilon' : letters}`
    : letters.length === 1
      ? letters
      : `\\mathrm{${letters === '' ? '\\_' : letters}}`;
  const below = [digits, ...rest].filter((part) => part !== '').map(texSubscript);
  const all = [...below, ...indices].join(',');
  return all === '' ? symbol : `${symbol}_{${all}}`;
}

function texSubscript(part: string): string {
  if (/^(\d+|[A-Za-z])$/.test(part)) return part;
  return part === 'chosen' ? 'w' : part === 'rejected' ? 'l' : `\\mathrm{${part}}`;
}
