/** What the WASM module exports, by hand; `instantiate` checks that every name is there. Pointers are in bytes. */

type Map1 = (x: number, y: number, n: number) => void;
/** Steps of an operand: 16 bytes a vector of four (for pow: 4 bytes a number), or 0 for a scalar that was spread. */
type Map2 = (a: number, aStep: number, b: number, bStep: number, y: number, n: number) => void;
type OneInput = (x: number, y: number, rows: number, n: number) => void;
type Permutation = (x: number, index: number, y: number, rows: number, n: number) => void;
type VocabularyGrad = (p: number, q: number, dY: number, dX: number, n: number, v: number) => void;

export interface KernelExports {
  heapBase: () => number;

  spread: (x: number, y: number) => void;
  neg: Map1;
  exp: Map1;
  expm1: Map1;
  log: Map1;
  log1p: Map1;
  log1mexp: Map1;
  sigmoid: Map1;
  log_sigmoid: Map1;
  softplus: Map1;
  tanh: Map1;
  relu: Map1;
  abs: Map1;
  sign: Map1;
  sqrt: Map1;
  square: Map1;
  add: Map2;
  sub: Map2;
  mul: Map2;
  div: Map2;
  max: Map2;
  min: Map2;
  greater: Map2;
  pow: Map2;
  where: (c: number, cStep: number, a: number, aStep: number, b: number, bStep: number, y: number, n: number) => void; // prettier-ignore
  affine: (x: number, y: number, n: number, scale: number, shift: number) => void;

  sum_last: (x: number, y: number, rows: number, n: number) => void;
  expand_last: (x: number, y: number, rows: number, n: number) => void;
  unview: (x: number, y: number, n: number, offset: number, size: number) => void;
  copy: (to: number, from: number, n: number) => void;
  gather: (table: number, index: number, y: number, n: number, width: number, rows: number) => void;
  scatter_add: (index: number, x: number, y: number, n: number, width: number, rows: number) => void;

  log_sum_exp: OneInput;
  tail_log_sum_exp: OneInput;
  tail_log_sum_exp_grad: (x: number, y: number, dY: number, dX: number, rows: number, n: number) => void;
  argsort: OneInput;
  take_last: Permutation;
  put_last: Permutation;
  to_float: Map1;

  matmulScratch: (n: number, k: number) => number;
  /** c[m,n] = a[m,k] * b[k,n]; lda, ldb, ldc are the words from one stored row to the next. */
  matmul: (
    m: number, n: number, k: number,
    a: number, lda: number, transA: number,
    b: number, ldb: number, transB: number,
    c: number, ldc: number, scratch: number,
  ) => void; // prettier-ignore

  rms_norm: (x: number, weight: number, y: number, n: number, d: number, eps: number) => void;
  rms_norm_dx: (x: number, weight: number, dY: number, dX: number, n: number, d: number, eps: number) => void;
  rms_norm_dw: (x: number, dY: number, dW: number, n: number, d: number, eps: number) => void;
  rotary: (
    x: number, table: number, position: number, y: number,
    n: number, width: number, size: number, positions: number, turn: number,
  ) => void; // prettier-ignore
  // `kept`: what the forward call keeps for its gradient, or 0
  swiglu: (x: number, y: number, kept: number, n: number, f: number) => void;
  swiglu_grad: (x: number, dY: number, dX: number, kept: number, n: number, f: number) => void;
  attentionScratch: (length: number, size: number) => number;
  attention: (
    qkv: number, y: number, kept: number,
    sequences: number, length: number, heads: number, size: number, scratch: number,
  ) => void; // prettier-ignore
  attention_grad: (
    qkv: number, dY: number, dQkv: number, kept: number,
    sequences: number, length: number, heads: number, size: number, scratch: number,
  ) => void; // prettier-ignore

  token_logp: (logits: number, target: number, y: number, kept: number, n: number, v: number) => void;
  token_logp_grad: (
    logits: number, target: number, dY: number, dX: number, kept: number, n: number, v: number,
  ) => void; // prettier-ignore
  token_entropy: (logits: number, y: number, n: number, v: number) => void;
  token_entropy_grad: (logits: number, dY: number, dX: number, n: number, v: number) => void;
  token_kl: (p: number, q: number, y: number, n: number, v: number) => void;
  token_kl_grad: VocabularyGrad;
  token_kl_grad_q: VocabularyGrad;
  token_sum_p_squared: (logits: number, y: number, n: number, v: number) => void;

  adamw: (p: number, m: number, v: number, g: number, scale: number, hyper: number, n: number) => void;
  cache_write: (
    cache: number,
    qkv: number,
    position: number,
    s: number,
    length: number,
    width: number,
  ) => void;
  attention_cached: (
    qkv: number, cache: number, position: number, y: number,
    s: number, length: number, heads: number, size: number, scratch: number,
  ) => void; // prettier-ignore
  token_at: (tokens: number, position: number, y: number, s: number, length: number) => void;
  sample: (
    logits: number, row: number, key: number, position: number, temperature: number, y: number,
    s: number, v: number, scratch: number,
  ) => void; // prettier-ignore
  advance: (
    tokens: number, position: number, sampled: number, promptLength: number,
    s: number, length: number, eos: number, pad: number,
  ) => void; // prettier-ignore
}

/** Complete by type. */
const NAMES: Record<keyof KernelExports, true> = {
  heapBase: true, spread: true, neg: true, exp: true, expm1: true, log: true, log1p: true, log1mexp: true,
  sigmoid: true, log_sigmoid: true, softplus: true, tanh: true, relu: true, abs: true, sign: true, sqrt: true,
  square: true, add: true, sub: true, mul: true, div: true, max: true, min: true, greater: true, pow: true,
  where: true, affine: true, sum_last: true, expand_last: true, unview: true, copy: true, gather: true,
  scatter_add: true, matmulScratch: true, matmul: true, rms_norm: true, rms_norm_dx: true, rms_norm_dw: true,
  rotary: true, swiglu: true, swiglu_grad: true, attentionScratch: true, attention: true, attention_grad: true,
  token_logp: true, token_logp_grad: true, token_entropy: true, token_entropy_grad: true, token_kl: true,
  token_kl_grad: true, token_kl_grad_q: true, adamw: true, cache_write: true, attention_cached: true,
  token_at: true, sample: true, advance: true,
  log_sum_exp: true, tail_log_sum_exp: true, tail_log_sum_exp_grad: true, argsort: true, take_last: true,
  put_last: true, to_float: true, token_sum_p_squared: true,
}; // prettier-ignore

export const KERNEL_NAMES = Object.keys(NAMES) as (keyof KernelExports)[];
