/**
 * The functions of the language, one row each: its arguments, what it does to shapes, and the text it becomes in PyTorch
 * and in mathematics. How each is lowered to ops stands in `lower.ts`, complete by type.
 */

/**
 * elementwise: arguments of fitting shapes, the largest shape out. tokens: reduces the token axis, under the mask.
 * group, batch: reduce the last axis (k, or b); group-wise, batch-wise: keep it.
 */
export type FunctionKind = 'elementwise' | 'tokens' | 'group' | 'group-wise' | 'batch' | 'batch-wise';

export interface FunctionRow {
  kind: FunctionKind;
  arity: 1 | 2 | 3;
  help: string;
  /** PyTorch, arguments as $1 $2 $3; `$m` the token mask. */
  torch: string;
  /** LaTeX, arguments as $1 $2 $3. */
  tex: string;
}

const named = (name: string): string => `\\operatorname{${name}}\\left($1\\right)`;

const rows = {
  exp: {
    kind: 'elementwise',
    arity: 1,
    help: 'e to the power x',
    torch: 'torch.exp($1)',
    tex: '\\exp\\left($1\\right)',
  },
  expm1: {
    kind: 'elementwise',
    arity: 1,
    help: 'e^x - 1, exact near 0',
    torch: 'torch.expm1($1)',
    tex: '\\left(e^{$1} - 1\\right)',
  },
  log: {
    kind: 'elementwise',
    arity: 1,
    help: 'natural logarithm',
    torch: 'torch.log($1)',
    tex: '\\log\\left($1\\right)',
  },
  log1p: {
    kind: 'elementwise',
    arity: 1,
    help: 'log(1 + x), exact near 0',
    torch: 'torch.log1p($1)',
    tex: '\\log\\left(1 + $1\\right)',
  },
  log1mexp: {
    kind: 'elementwise',
    arity: 1,
    help: 'log(1 - e^x) for x < 0',
    torch: 'torch.where($1 > -0.6931471805599453, torch.log(-torch.expm1($1)), torch.log1p(-torch.exp($1)))',
    tex: '\\log\\left(1 - e^{$1}\\right)',
  },
  sigmoid: {
    kind: 'elementwise',
    arity: 1,
    help: '1 / (1 + e^-x)',
    torch: 'torch.sigmoid($1)',
    tex: '\\sigma\\left($1\\right)',
  },
  log_sigmoid: {
    kind: 'elementwise',
    arity: 1,
    help: 'log of the sigmoid',
    torch: 'F.logsigmoid($1)',
    tex: '\\log\\sigma\\left($1\\right)',
  },
  softplus: {
    kind: 'elementwise',
    arity: 1,
    help: 'log(1 + e^x)',
    torch: 'F.softplus($1)',
    tex: named('softplus'),
  },
  tanh: {
    kind: 'elementwise',
    arity: 1,
    help: 'hyperbolic tangent',
    torch: 'torch.tanh($1)',
    tex: '\\tanh\\left($1\\right)',
  },
  relu: {
    kind: 'elementwise',
    arity: 1,
    help: 'max(x, 0)',
    torch: 'torch.relu($1)',
    tex: '\\left[$1\\right]_+',
  },
  abs: {
    kind: 'elementwise',
    arity: 1,
    help: 'absolute value',
    torch: 'torch.abs($1)',
    tex: '\\left|$1\\right|',
  },
  sign: { kind: 'elementwise', arity: 1, help: '-1, 0 or 1', torch: 'torch.sign($1)', tex: named('sign') },
  sqrt: { kind: 'elementwise', arity: 1, help: 'square root', torch: 'torch.sqrt($1)', tex: '\\sqrt{$1}' },
  square: {
    kind: 'elementwise',
    arity: 1,
    help: 'x times x',
    torch: 'torch.square($1)',
    tex: '\\left($1\\right)^2',
  },
  stop_grad: {
    kind: 'elementwise',
    arity: 1,
    help: 'x, through which no gradient flows',
    torch: '$1.detach()',
    tex: '\\operatorname{sg}\\left[$1\\right]',
  },
  min: {
    kind: 'elementwise',
    arity: 2,
    help: 'min(a, b): the smaller',
    torch: 'torch.minimum($1, $2)',
    tex: '\\min\\left($1, $2\\right)',
  },
  max: {
    kind: 'elementwise',
    arity: 2,
    help: 'max(a, b): the larger',
    torch: 'torch.maximum($1, $2)',
    tex: '\\max\\left($1, $2\\right)',
  },
  pow: {
    kind: 'elementwise',
    arity: 2,
    help: 'pow(a, b): a to the power b, for a > 0',
    torch: 'torch.pow($1, $2)',
    tex: '\\left($1\\right)^{$2}',
  },
  where: {
    kind: 'elementwise',
    arity: 3,
    help: 'where(condition, a, b): a where the condition holds, else b',
    torch: 'torch.where($1 != 0, $2, $3)',
    tex: '\\begin{cases}$2 & \\text{if } $1\\\\ $3 & \\text{else}\\end{cases}',
  },
  clamp: {
    kind: 'elementwise',
    arity: 3,
    help: 'clamp(x, low, high): x, but at least low and at most high',
    torch: 'torch.minimum(torch.maximum($1, $2), $3)',
    tex: '\\operatorname{clamp}\\left($1, $2, $3\\right)',
  },
  sum_t: {
    kind: 'tokens',
    arity: 1,
    help: "sum over the response's tokens",
    torch: '($1 * $m).sum(-1)',
    tex: '\\sum_t $1',
  },
  mean_t: {
    kind: 'tokens',
    arity: 1,
    help: "mean over the response's tokens",
    torch: '(($1 * $m).sum(-1) / $m.sum(-1).clamp(min=1))',
    tex: '\\frac{1}{T}\\sum_t $1',
  },
  sum_k: { kind: 'group', arity: 1, help: 'sum over the group', torch: '$1.sum(-1)', tex: '\\sum_k $1' },
  mean_k: {
    kind: 'group',
    arity: 1,
    help: 'mean over the group',
    torch: '$1.mean(-1)',
    tex: '\\frac{1}{K}\\sum_k $1',
  },
  std_k: {
    kind: 'group',
    arity: 1,
    help: 'standard deviation over the group (n - 1)',
    torch: '$1.std(-1)',
    tex: '\\operatorname{std}_k\\left($1\\right)',
  },
  log_sum_exp_k: {
    kind: 'group',
    arity: 1,
    help: 'log of the sum of e^x over the group',
    torch: 'torch.logsumexp($1, -1)',
    tex: '\\log\\sum_k e^{$1}',
  },
  softmax_k: {
    kind: 'group-wise',
    arity: 1,
    help: 'shares of e^x within the group',
    torch: 'torch.softmax($1, -1)',
    tex: '\\operatorname{softmax}_k\\left($1\\right)',
  },
  sort_k: {
    kind: 'group-wise',
    arity: 1,
    help: 'ascending within the group',
    torch: 'torch.sort($1, -1).values',
    tex: '\\operatorname{sort}_k\\left($1\\right)',
  },
  rank_k: {
    kind: 'group-wise',
    arity: 1,
    help: 'place within the group, 0 for the smallest',
    torch: '$1.argsort(-1).argsort(-1).to($1.dtype)',
    tex: '\\operatorname{rank}_k\\left($1\\right)',
  },
  tail_log_sum_exp_k: {
    kind: 'group-wise',
    arity: 1,
    help: 'at each member, log of the sum of e^x over it and all after it',
    torch: 'torch.logcumsumexp($1.flip(-1), -1).flip(-1)',
    tex: '\\log\\sum_{j \\ge k} e^{$1}',
  },
  sum: { kind: 'batch', arity: 1, help: 'sum over the batch', torch: '$1.sum()', tex: '\\sum_b $1' },
  mean: {
    kind: 'batch',
    arity: 1,
    help: 'mean over the batch',
    torch: '$1.mean()',
    tex: '\\operatorname{mean}_b\\left($1\\right)',
  },
  std: {
    kind: 'batch',
    arity: 1,
    help: 'standard deviation over the batch (n - 1)',
    torch: '$1.std()',
    tex: '\\operatorname{std}_b\\left($1\\right)',
  },
  log_sum_exp: {
    kind: 'batch',
    arity: 1,
    help: 'log of the sum of e^x over the batch',
    torch: 'torch.logsumexp($1.flatten(), 0)',
    tex: '\\log\\sum_b e^{$1}',
  },
  softmax: {
    kind: 'batch-wise',
    arity: 1,
    help: 'shares of e^x within the batch',
    torch: 'torch.softmax($1, 0)',
    tex: '\\operatorname{softmax}_b\\left($1\\right)',
  },
  sort: {
    kind: 'batch-wise',
    arity: 1,
    help: 'ascending within the batch',
    torch: 'torch.sort($1, 0).values',
    tex: '\\operatorname{sort}_b\\left($1\\right)',
  },
  rank: {
    kind: 'batch-wise',
    arity: 1,
    help: 'place within the batch, 0 for the smallest',
    torch: '$1.argsort(0).argsort(0).to($1.dtype)',
    tex: '\\operatorname{rank}_b\\left($1\\right)',
  },
} satisfies Record<string, FunctionRow>;

export type FunctionName = keyof typeof rows;

/** By name; a plain object's own names (`constructor`) are not in it. */
export const functions: ReadonlyMap<string, FunctionRow> = new Map(Object.entries(rows));
