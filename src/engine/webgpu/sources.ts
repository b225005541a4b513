/** Every WGSL kernel as text, made of a shared prelude, what it uses of the shared parts, and its own file. */
import { UnknownNameError } from '../../base/errors.ts';
import type { Elementwise } from './functions.ts';
import { elementSource, names } from './functions.ts';
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
import attentionGradQuad from './wgsl/attention_grad_quad.wgsl?raw';
import attentionQuad from './wgsl/attention_quad.wgsl?raw';
import matmulQuad from './wgsl/matmul_quad.wgsl?raw';
import quad from './wgsl/quad.wgsl?raw';
import rmsNormDwRow from './wgsl/rms_norm_dw_row.wgsl?raw';
import row from './wgsl/row.wgsl?raw';
import scatterAddRow from './wgsl/scatter_add_row.wgsl?raw';
import smallQuad from './wgsl/small_quad.wgsl?raw';
import token from './wgsl/token.wgsl?raw';
import tokenGrad from './wgsl/token_grad.wgsl?raw';

const join = (...parts: string[]): string => [prelude, ...parts].join('\n');
/** For devices on the CPU, whose workgroups are subgroups. */
const joinQuad = (...parts: string[]): string => `enable subgroups;\n${join(...parts)}`;

/** Which quantity over the vocabulary: token.wgsl and token_grad.wgsl list them. */
export type Quantity = 0 | 1 | 2 | 3;
const told = (source: string, what: string): string => source.replaceAll('WHAT', what);

const sources = {
  small: join(maths, elementSource(names, true), small),
  sum_rows: join(sumRows),
  sum_parts: join(sumParts),
  matmul: join(matmul),
  matmul_quad: joinQuad(matmulQuad),
  gather: join(gather),
  scatter_add: join(scatterAdd),
  'scatter_add:row': join(scatterAddRow),
  log_sum_exp: join(maths, logSumExp),
  tail_log_sum_exp_grad: join(maths, tailLogSumExpGrad),
  argsort: join(argsort),
  permute_last: join(permuteLast),
  to_float: join(toFloat),
  rms_norm: join(lanes, rmsNorm),
  'rms_norm:row': join(row, rmsNorm),
  rms_norm_dx: join(lanes, rmsNormDx),
  'rms_norm_dx:row': join(row, rmsNormDx),
  rms_norm_dw: join(lanes, rmsNormDw),
  'rms_norm_dw:row': join(rmsNormDwRow),
  rotary: join(rotary),
  swiglu: join(maths, swiglu),
  swiglu_grad: join(maths, swigluGrad),
  attention: join(maths, heads, attention),
  'attention:quad': joinQuad(maths, quad, attentionQuad),
  attention_rows: join(maths, heads, attentionRows),
  attention_grad: join(maths, heads, attentionGrad),
  'attention_grad:quad': joinQuad(maths, quad, attentionGradQuad),
  token: join(maths, lanes, told(token, 'count(2u)')),
  token_grad: join(maths, lanes, told(tokenGrad, 'count(2u)')),
  adamw: join(adamw),
  cache_write: join(cacheWrite),
  token_at: join(tokenAt),
  sample: join(maths, philox, sample),
  advance: join(advance),
};

/** A kernel's name; after the colon, what its text is made for. */
export type KernelName =
  | keyof typeof sources
  | `each:${Elementwise | 'move'}`
  | `small:${string}`
  | `${'token' | 'token_grad'}:${Quantity}`
  | `attention_cached:${number}`;

export function sourceOf(name: KernelName): string {
  if (name in sources) return sources[name as keyof typeof sources];
  const [base, variant] = name.split(':') as [string, string];
  switch (base) {
    case 'each':
      return join(maths, elementSource(variant === 'move' ? [] : [variant as Elementwise], false), each);
    case 'small':
      return join(
        maths,
        elementSource(
          names.filter((op) => variant.split(',').includes(op)),
          true,
        ),
        smallQuad,
      );
    case 'token':
      return join(maths, row, told(token, `${variant}u`));
    case 'token_grad':
      return join(maths, row, told(tokenGrad, `${variant}u`));
    case 'attention_cached':
      return join(maths, `const POSITIONS = ${variant};`, attentionCached);
    default:
      throw new UnknownNameError(`there is no kernel ${name}.`);
  }
}
