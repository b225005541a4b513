/**
 * The functions of the language, one row each: its arguments, what it does to shapes, and the text it becomes in PyTorch
 * and in mathematics. How each is lowered to ops stands in `lower.ts`, complete by type.
 *
 * In the templates $1 $2 $3 are the arguments as they are; $s1 is put in parentheses where it could not be a term of a
 * sum, $p1 where it could not be a factor, $a1 where it is not one closed thing; $c1 is a condition. No argument occurs
 * twice: what is nested would grow without bound.
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
  /** PyTorch; `$m` is the mask of the token axis. A closed expression unless `torchLevel` says otherwise. */
  torch: string;
  torchLevel?: 'product';
  /** LaTeX; `$y` is the response whose tokens are reduced. Like f(x) unless `texLevel` says otherwise. */
  tex: string;
  /** closed: may be raised to a power. big: reaches as far right as it can, as a sum sign does. */
  texLevel?: 'sum' | 'big' | 'closed';
}

type Forms = Omit<FunctionRow, 'kind' | 'arity' | 'help'>;

function row(kind: FunctionKind, arity: FunctionRow['arity'], help: string, forms: Forms): FunctionRow {
  return { kind, arity, help, ...forms };
}

const rows = {
  exp: row('elementwise', 1, 'e to the power x', {
    torch: 'torch.exp($1)',
    tex: '\\exp\\mathopen{}\\left($1\\right)',
  }),
  expm1: row('elementwise', 1, 'e^x - 1, exact near 0', {
    torch: 'torch.expm1($1)',
    tex: 'e^{$1} - 1',
    texLevel: 'sum',
  }),
  log: row('elementwise', 1, 'natural logarithm', {
    torch: 'torch.log($1)',
    tex: '\\log\\mathopen{}\\left($1\\right)',
  }),
  log1p: row('elementwise', 1, 'log(1 + x), exact near 0', {
    torch: 'torch.log1p($1)',
    tex: '\\log\\mathopen{}\\left(1 + $s1\\right)',
  }),
  log1mexp: row('elementwise', 1, 'log(1 - e^x) for x < 0', {
    torch: 'log1mexp($1)',
    tex: '\\log\\mathopen{}\\left(1 - e^{$1}\\right)',
  }),
  sigmoid: row('elementwise', 1, '1 / (1 + e^-x)', {
    torch: 'torch.sigmoid($1)',
    tex: '\\sigma\\mathopen{}\\left($1\\right)',
  }),
  log_sigmoid: row('elementwise', 1, 'log of the sigmoid', {
    torch: 'F.logsigmoid($1)',
    tex: '\\log\\sigma\\mathopen{}\\left($1\\right)',
  }),
  softplus: row('elementwise', 1, 'log(1 + e^x)', {
    torch: 'F.softplus($1, threshold=40.0)',
    tex: '\\log\\mathopen{}\\left(1 + e^{$1}\\right)',
  }),
  tanh: row('elementwise', 1, 'hyperbolic tangent', {
    torch: 'torch.tanh($1)',
    tex: '\\tanh\\mathopen{}\\left($1\\right)',
  }),
  relu: row('elementwise', 1, 'max(x, 0)', { torch: 'torch.relu($1)', tex: '\\left[$1\\right]_{+}' }),
  abs: row('elementwise', 1, 'absolute value', {
    torch: 'torch.abs($1)',
    tex: '\\left|$1\\right|',
    texLevel: 'closed',
  }),
  sign: row('elementwise', 1, '-1, 0 or 1', {
    torch: 'torch.sign($1)',
    tex: '\\operatorname{sign}\\mathopen{}\\left($1\\right)',
  }),
  sqrt: row('elementwise', 1, 'square root', {
    torch: 'torch.sqrt($1)',
    tex: '\\sqrt{$1}',
    texLevel: 'closed',
  }),
  square: row('elementwise', 1, 'x times x', { torch: 'torch.square($1)', tex: '$a1^2' }),
  stop_grad: row('elementwise', 1, 'x, through which no gradient flows', {
    torch: '$a1.detach()',
    tex: '\\operatorname{sg}\\left[$1\\right]',
  }),
  min: row('elementwise', 2, 'min(a, b): the smaller', {
    torch: 'torch.minimum($1, $2)',
    tex: '\\min\\mathopen{}\\left($1, $2\\right)',
  }),
  max: row('elementwise', 2, 'max(a, b): the larger', {
    torch: 'torch.maximum($1, $2)',
    tex: '\\max\\mathopen{}\\left($1, $2\\right)',
  }),
  pow: row('elementwise', 2, 'pow(a, b): a to the power b, for a > 0', {
    torch: 'torch.pow($1, $2)',
    tex: '$a1^{$2}',
  }),
  where: row('elementwise', 3, 'where(condition, a, b): a where the condition holds, else b', {
    torch: 'torch.where($1 != 0, $2, $3)',
    tex: '\\begin{cases}$2 & \\text{if } $c1\\\\ $3 & \\text{else}\\end{cases}',
    texLevel: 'closed',
  }),
  clamp: row('elementwise', 3, 'clamp(x, low, high): x, but at least low and at most high', {
    torch: 'torch.minimum(torch.maximum($1, $2), $3)',
    tex: '\\operatorname{clamp}\\mathopen{}\\left($1, $2, $3\\right)',
  }),
  sum_t: row('tokens', 1, "sum over the response's tokens", {
    torch: '$a1.masked_fill($m == 0, 0).sum(-1)',
    tex: '\\sum_{t} $p1',
    texLevel: 'big',
  }),
  mean_t: row('tokens', 1, "mean over the response's tokens", {
    torch: '$a1.masked_fill($m == 0, 0).sum(-1) / $m.sum(-1).clamp(min=1)',
    tex: '\\frac{1}{\\left|$y\\right|}\\sum_{t} $p1',
    torchLevel: 'product',
    texLevel: 'big',
  }),
  sum_k: row('group', 1, 'sum over the group', {
    torch: '$a1.sum(-1)',
    tex: '\\sum_{k} $p1',
    texLevel: 'big',
  }),
  mean_k: row('group', 1, 'mean over the group', {
    torch: '$a1.mean(-1)',
    tex: '\\frac{1}{K}\\sum_{k} $p1',
    texLevel: 'big',
  }),
  std_k: row('group', 1, 'standard deviation over the group (n - 1)', {
    torch: '$a1.std(-1)',
    tex: '\\operatorname{std}_k\\mathopen{}\\left($1\\right)',
  }),
  log_sum_exp_k: row('group', 1, 'log of the sum of e^x over the group', {
    torch: 'torch.logsumexp($1, -1)',
    tex: '\\log\\sum_{k} e^{$1}',
    texLevel: 'big',
  }),
  softmax_k: row('group-wise', 1, 'shares of e^x within the group', {
    torch: 'torch.softmax($1, -1)',
    tex: '\\operatorname{softmax}_k\\mathopen{}\\left($1\\right)',
  }),
  sort_k: row('group-wise', 1, 'ascending within the group', {
    torch: 'torch.sort($1, -1).values',
    tex: '\\operatorname{sort}_k\\mathopen{}\\left($1\\right)',
  }),
  rank_k: row('group-wise', 1, 'place within the group, 0 for the smallest', {
    torch: 'torch.sort($1, dim=-1, stable=True).indices.argsort(-1).float()',
    tex: '\\operatorname{rank}_k\\mathopen{}\\left($1\\right)',
  }),
  tail_log_sum_exp_k: row('group-wise', 1, 'at each member, log of the sum of e^x over it and all after it', {
    torch: 'torch.logcumsumexp($a1.flip(-1), -1).flip(-1)',
    tex: '\\log\\sum_{j \\ge k} e^{$1}',
    texLevel: 'big',
  }),
  sum: row('batch', 1, 'sum over the batch', { torch: '$a1.sum()', tex: '\\sum_{b} $p1', texLevel: 'big' }),
  mean: row('batch', 1, 'mean over the batch', {
    torch: '$a1.mean()',
    tex: '\\frac{1}{B}\\sum_{b} $p1',
    texLevel: 'big',
  }),
  std: row('batch', 1, 'standard deviation over the batch (n - 1)', {
    torch: '$a1.std()',
    tex: '\\operatorname{std}_b\\mathopen{}\\left($1\\right)',
  }),
  log_sum_exp: row('batch', 1, 'log of the sum of e^x over the batch', {
    torch: 'torch.logsumexp($a1.flatten(), 0)',
    tex: '\\log\\sum_{b} e^{$1}',
    texLevel: 'big',
  }),
  softmax: row('batch-wise', 1, 'shares of e^x within the batch', {
    torch: 'torch.softmax($1, 0)',
    tex: '\\operatorname{softmax}_b\\mathopen{}\\left($1\\right)',
  }),
  sort: row('batch-wise', 1, 'ascending within the batch', {
    torch: 'torch.sort($1, 0).values',
    tex: '\\operatorname{sort}_b\\mathopen{}\\left($1\\right)',
  }),
  rank: row('batch-wise', 1, 'place within the batch, 0 for the smallest', {
    torch: 'torch.sort($1, dim=0, stable=True).indices.argsort(0).float()',
    tex: '\\operatorname{rank}_b\\mathopen{}\\left($1\\right)',
  }),
};

export type FunctionName = keyof typeof rows;

/** By name; a plain object's own names (`constructor`) are not in it. */
export const functions: ReadonlyMap<string, FunctionRow> = new Map(Object.entries(rows));
