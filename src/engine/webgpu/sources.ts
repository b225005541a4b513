/** Every WGSL kernel as text, made of a shared prelude, what it uses of the shared parts, and its own file. */
import type { Elementwise } from './functions.ts';
import { elementSource } from './functions.ts';
import adamw from './wgsl/adamw.wgsl?raw';
import advance from './wgsl/advance.wgsl?raw';
import argsort from './wgsl/argsort.wgsl?raw';
import attention from './wgsl/attention.wgsl?raw';
import attentionCached from './wgsl/attention_cached.wgsl?raw';
import attentionGrad from './wgsl/attention_grad.wgsl?raw';
import attentionRows from './wgsl/attention_rows.wgsl?raw';
import cacheWrite from './wgsl/cache_write.wgsl?raw';
import each from './wgsl/each.wgsl?raw';
import gather from './wgsl/gather.wgsl?raw';
import heads from './wgsl/heads.wgsl?raw';
import lanes from './wgsl/lanes.wgsl?raw';
import logSumExp from './wgsl/log_sum_exp.wgsl?raw';
import maths from './wgsl/maths.wgsl?raw';
import matmul from './wgsl/matmul.wgsl?raw';
import matmulDirect from './wgsl/matmul_direct.wgsl?raw';
import permuteLast from './wgsl/permute_last.wgsl?raw';
import philox from './wgsl/philox.wgsl?raw';
import prelude from './wgsl/prelude.wgsl?raw';
import rmsNorm from './wgsl/rms_norm.wgsl?raw';
import rmsNormDw from './wgsl/rms_norm_dw.wgsl?raw';
import rmsNormDx from './wgsl/rms_norm_dx.wgsl?raw';
import rotary from './wgsl/rotary.wgsl?raw';
import sample from './wgsl/sample.wgsl?raw';
import scatterAdd from './wgsl/scatter_add.wgsl?raw';
import small from './wgsl/small.wgsl?raw';
import sumParts from './wgsl/sum_parts.wgsl?raw';
import sumRows from './wgsl/sum_rows.wgsl?raw';
import swiglu from './wgsl/swiglu.wgsl?raw';
import swigluGrad from './wgsl/swiglu_grad.wgsl?raw';
import tailLogSumExpGrad from './wgsl/tail_log_sum_exp_grad.wgsl?raw';
import toFloat from './wgsl/to_float.wgsl?raw';
import tokenAt from './wgsl/token_at.wgsl?raw';
import token from './wgsl/token.wgsl?raw';
import tokenGrad from './wgsl/token_grad.wgsl?raw';

const join = (...parts: string[]): string => [prelude, ...parts].join('\n');

const sources = {
  small: join(maths, elementSource(), small),
  sum_rows: join(sumRows),
  sum_parts: join(sumParts),
  matmul: join(matmul),
  matmul_direct: join(matmulDirect),
  gather: join(gather),
  scatter_add: join(scatterAdd),
  log_sum_exp: join(maths, logSumExp),
  tail_log_sum_exp_grad: join(maths, tailLogSumExpGrad),
  argsort: join(argsort),
  permute_last: join(permuteLast),
  to_float: join(toFloat),
  rms_norm: join(lanes, rmsNorm),
  rms_norm_dx: join(lanes, rmsNormDx),
  rms_norm_dw: join(lanes, rmsNormDw),
  rotary: join(rotary),
  swiglu: join(maths, swiglu),
  swiglu_grad: join(maths, swigluGrad),
  attention: join(maths, heads, attention),
  attention_rows: join(maths, heads, attentionRows),
  attention_grad: join(maths, heads, attentionGrad),
  token: join(maths, lanes, token),
  token_grad: join(maths, lanes, tokenGrad),
  adamw: join(adamw),
  cache_write: join(cacheWrite),
  token_at: join(tokenAt),
  sample: join(maths, philox, sample),
  advance: join(advance),
};

/** A kernel's name; after the colon, what its text is made for. */
export type KernelName = keyof typeof sources | `each:${Elementwise | 'move'}` | `attention_cached:${number}`;

export function sourceOf(name: KernelName): string {
  const [base, variant] = name.split(':') as [string, string?];
  switch (base) {
    case 'each':
      return join(maths, elementSource(variant === 'move' ? [] : [variant as Elementwise]), each);
    case 'attention_cached':
      return join(maths, `const POSITIONS = ${variant};`, attentionCached);
    default:
      return sources[base as keyof typeof sources];
  }
}
