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

/** What the printed function takes, by the formula's names, in order; masks are `mask_w`, `mask_l`, or `mask` in groups. */
export function torchArguments(checked: CheckedFormula): {
  quantities: string[];
  masks: string[];
  parameters: string[];
} {
  const { vocabulary } = checked;
  const needed = neededNames(checked);
  const known = quantities[vocabulary.setting];
  const read = [...known.keys()].filter((name) => needed.has(name));
  const axes = new Set(
    read.flatMap((name) => (known.get(name)?.shape ?? []).filter((axis) => axis.startsWith('t'))),
  );
  return {
    quantities: read,
    masks: [...axes].map((axis) => axis.replace('t', 'mask')),
    parameters: vocabulary.parameters.filter((parameter) => needed.has(parameter)),
  };
}

/**
 * Source that runs by itself: imports, a helper where one is needed, and `def name(...)`. Arguments are the quantities
 * that the loss depends on ([B], or [B, T] per token, named logp_w_t for logp_w[t]), a mask for each token axis (1 where
 * a token belongs to its response), then the parameters. Lines that the loss does not depend on are left out.
 */
export function printTorch(checked: CheckedFormula, name: string): string {
  const given = torchArguments(checked);
  const needed = neededNames(checked);
  const lines = checked.formula.filter((line) => needed.has(line.name));
  const known = quantities[checked.vocabulary.setting];

  const own = [...given.quantities, ...given.parameters, ...lines.map((line) => line.name)];
  const names = torchNames(name, given.masks, own);
  // one that trains: surely of floating point
  const like = given.quantities.find((q) => known.get(q)?.frozen === false) ?? 'loss';
  const print = torchExpressions(checked, { of: names.of, like: names.of(like) });
  const body = lines.map((line) => `    ${names.of(line.name)} = ${print(line.name, line.value)}`).join('\n');
  const returned = checked.shapes.get('loss')?.length === 0 ? '' : '.mean()';

  const signature = [
    ...given.quantities.map((q) => {
      const { shape = [], help = '' } = known.get(q) ?? {};
      return `${names.of(q)}: torch.Tensor,  # ${axesOf(shape)} ${help}`;
    }),
    ...given.masks.map((mask) => maskArgument(mask)),
    ...given.parameters.map((parameter) => `${names.of(parameter)}: float,`),
  ].map((line) => `    ${line}`);
  return [
    'import torch',
    ...(body.includes('F.') ? ['import torch.nn.functional as F'] : []),
    ...(body.includes('log1mexp(') ? ['\n', LOG1MEXP] : ['', '']),
    `def ${names.function}(\n${signature.join('\n')}\n) -> torch.Tensor:`,
    body,
    `    return ${names.of('loss')}${returned}\n`,
  ].join('\n');
}

function maskArgument(mask: string): string {
  const whose = { mask_w: 'chosen ', mask_l: 'rejected ' }[mask];
  return `${mask}: torch.Tensor,  # ${whose === undefined ? '[B, K, T]' : '[B, T]'} 1 where a token belongs to the ${whose ?? ''}response`;
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
