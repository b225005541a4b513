/** A checked formula as a Python function over torch tensors: what it reads comes in, the mean loss goes out. */
import type { CheckedFormula } from './check.ts';
import { torchExpressions } from './torch-expression.ts';
import { torchNames } from './torch-names.ts';
import type { FormulaShape } from './quantities.ts';
import { quantities } from './quantities.ts';
import { namesIn } from './rewrite.ts';

const LOG1MEXP = `def log1mexp(x: torch.Tensor) -> torch.Tensor:
    """log(1 - e^x) for x < 0, with finite slopes on both branches."""
    half = -0.6931471805599453
    near, far = x.clamp(min=half), x.clamp(max=half)
    return torch.where(x > half, torch.log(-torch.expm1(near)), torch.log1p(-torch.exp(far)))
`;

/**
 * Source that runs by itself: imports, a helper where one is needed, and `def name(...)`. Arguments are the quantities
 * that the loss depends on ([B], or [B, T] per token, named logp_w_t for logp_w[t]), a mask for each token axis (1 where
 * a token belongs to its response), then the parameters. Lines that the loss does not depend on are left out.
 */
export function printTorch(checked: CheckedFormula, name: string): string {
  const { vocabulary } = checked;
  const needed = neededNames(checked);
  const lines = checked.formula.filter((line) => needed.has(line.name));
  const read = [...quantities[vocabulary.setting]].filter(([quantity]) => needed.has(quantity));
  const parameters = vocabulary.parameters.filter((parameter) => needed.has(parameter));
  const axes = new Set(read.flatMap(([, { shape }]) => shape.filter((axis) => axis.startsWith('t'))));

  const masks = [...axes].map((axis) => axis.replace('t', 'mask'));
  const names = torchNames(name, masks, [
    ...read.map(([q]) => q),
    ...parameters,
    ...lines.map((l) => l.name),
  ]);
  const like = names.of(read[0]?.[0] ?? 'loss');
  const print = torchExpressions(checked, { of: names.of, like });
  const body = lines.map((line) => `    ${names.of(line.name)} = ${print(line.name, line.value)}`);
  const returned = checked.shapes.get('loss')?.length === 0 ? '' : '.mean()';

  const signature = [
    ...read.map(([q, { shape, help }]) => `${names.of(q)}: torch.Tensor,  # ${axesOf(shape)} ${help}`),
    ...[...axes].map((axis) => maskArgument(axis, checked)),
    ...parameters.map((parameter) => `${names.of(parameter)}: float,`),
  ].map((line) => `    ${line}`);
  const text = body.join('\n');
  return [
    'import torch',
    ...(text.includes('F.') ? ['import torch.nn.functional as F'] : []),
    ...(text.includes('log1mexp(') ? ['\n', LOG1MEXP] : ['', '']),
    `def ${names.function}(\n${signature.join('\n')}\n) -> torch.Tensor:`,
    text,
    `    return ${names.of('loss')}${returned}\n`,
  ].join('\n');
}

function maskArgument(axis: string, { vocabulary }: CheckedFormula): string {
  const shape = vocabulary.setting === 'groups' ? '[B, K, T]' : '[B, T]';
  const whose = { t_w: 'chosen ', t_l: 'rejected ' }[axis] ?? '';
  return `${axis.replace('t', 'mask')}: torch.Tensor,  # ${shape} 1 where a token belongs to the ${whose}response`;
}

/** As in `[B, T]`. */
function axesOf(shape: FormulaShape): string {
  return `[${shape.map((axis) => (axis.startsWith('t') ? 'T' : axis.toUpperCase())).join(', ')}]`;
}

/** Everything that the loss depends on, itself included. */
function neededNames({ formula }: CheckedFormula): Set<string> {
  const needed = new Set(['loss']);
  for (const line of formula.toReversed()) {
    if (needed.has(line.name)) namesIn([line]).reads.forEach((inside) => needed.add(inside));
  }
  return needed;
}
