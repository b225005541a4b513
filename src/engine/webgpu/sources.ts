/** Every WGSL kernel as text, made of a shared prelude, what it uses of the shared parts, and its own file. */
import { elementSource } from './functions.ts';
import adamw from './wgsl/adamw.wgsl?raw';
import advance from './wgsl/advance.wgsl?raw';
import attention from './wgsl/attention.wgsl?raw';
import attentionCached from './wgsl/attention_cached.wgsl?raw';
import attentionDkv from './wgsl/attention_dkv.wgsl?raw';
import attentionDq from './wgsl/attention_dq.wgsl?raw';
import cacheWrite from './wgsl/cache_write.wgsl?raw';
import each from './wgsl/each.wgsl?raw';
import gather from './wgsl/gather.wgsl?raw';
import lanes from './wgsl/lanes.wgsl?raw';
import maths from './wgsl/maths.wgsl?raw';
import matmul from './wgsl/matmul.wgsl?raw';
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
import tokenAt from './wgsl/token_at.wgsl?raw';
import token from './wgsl/token.wgsl?raw';
import tokenGrad from './wgsl/token_grad.wgsl?raw';

const join = (...parts: string[]): string => [prelude, ...parts].join('\n');

export const sources = {
  each: join(maths, elementSource, each),
  small: join(maths, elementSource, small),
  sum_rows: join(sumRows),
  sum_parts: join(sumParts),
  matmul: join(matmul),
  gather: join(gather),
  scatter_add: join(scatterAdd),
  rms_norm: join(lanes, rmsNorm),
  rms_norm_dx: join(lanes, rmsNormDx),
  rms_norm_dw: join(lanes, rmsNormDw),
  rotary: join(rotary),
  swiglu: join(maths, swiglu),
  swiglu_grad: join(maths, swigluGrad),
  attention: join(maths, attention),
  attention_dq: join(maths, attentionDq),
  attention_dkv: join(maths, attentionDkv),
  token: join(maths, lanes, token),
  token_grad: join(maths, lanes, tokenGrad),
  adamw: join(adamw),
  cache_write: join(cacheWrite),
  attention_cached: join(maths, attentionCached),
  token_at: join(tokenAt),
  sample: join(maths, philox, sample),
  advance: join(advance),
};

export type SourceName = keyof typeof sources;
