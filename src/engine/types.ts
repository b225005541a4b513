/** What a tensor is, and which attributes each op takes. Types only: every other file of the engine rests on this one. */

export type Shape = readonly number[];
export type Dtype = 'f32' | 'i32';
export interface TensorType {
  shape: Shape;
  dtype: Dtype;
}

type None = Record<never, never>;

/**
 * Every op of the engine and its attributes. Attributes are structure: changing one makes another graph. Numbers that
 * change between steps (learning rate, beta) are tensors.
 *
 * Letters used below: S sequences, T positions, N = S*T rows, D width, H heads, F hidden width, V words, P parameters.
 */
export interface OpAttrs {
  // elementwise; two inputs have equal shapes, or one of them is a scalar []
  add: None;
  sub: None;
  mul: None;
  div: None;
  max: None;
  min: None;
  pow: None;
  /** 1 where a > b, else 0 */
  greater: None;
  /** where(c, a, b): a where c is not 0, else b */
  where: None;
  neg: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  /** log(1 - e^x) for x < 0 */
  log1mexp: None;
  sigmoid: None;
  log_sigmoid: None;
  softplus: None;
  tanh: None;
  relu: None;
  abs: None;
  sign: None;
  sqrt: None;
  square: None;
  stop_grad: None;
  /** scale * x + shift */
  affine: { scale: number; shift: number };

  // shape
  /** [..., n] -> [...] */
  sum_last: None;
  /** [...] -> [..., n] */
  expand_last: { n: number };
  /** `shape` elements of the input from `offset` on, without a copy */
  view: { offset: number; shape: Shape };
  /** the derivative of `view`: zeros of `shape` with the input at `offset` */
  unview: { offset: number; shape: Shape };
  /** any tensors, laid one after the other: -> [total] */
  pack: None;

  // along the last axis
  /** [..., n] -> [...]: log of the sum of e^x */
  log_sum_exp: None;
  /** [..., n] -> [..., n]: at i, log of the sum of e^x over i and all after it */
  tail_log_sum_exp: None;
  /** x, y (its result), dY -> dX */
  tail_log_sum_exp_grad: None;
  /** [..., n] -> [..., n] i32: the order that sorts ascending; equal values keep their order */
  argsort: None;
  /** x [..., n], index [..., n] i32 (a permutation of each row) -> [..., n]: x at the index */
  take_last: None;
  /** x, index as in `take_last` -> [..., n]: its inverse, x put to the index */
  put_last: None;
  /** i32 -> f32 */
  to_float: None;

  // linear algebra
  /** [M,K] x [K,N] -> [M,N], each side transposed first where asked */
  matmul: { transA: boolean; transB: boolean };
  /** table [R, ...], index [M] i32 -> [M, ...]; f32 or i32 */
  gather: None;
  /** index [M] i32, rows [M, ...] -> [rows, ...]: row m is added to row index[m] */
  scatter_add: { rows: number };

  // decoder
  /** x [N,D], weight [D] -> [N,D] */
  rms_norm: { eps: number };
  /** x, weight, dY -> dX */
  rms_norm_dx: { eps: number };
  /** x, dY -> dWeight */
  rms_norm_dw: { eps: number };
  /** qkv [N,3D], table [Tmax,headDim] (cosines, then sines), position [N] i32 -> [N,3D]; rotates q and k (rotate-half) */
  rotary: { heads: number; inverse: boolean };
  /** qkv [S*T,3D] -> [S*T,D], causal softmax attention inside each of the S sequences */
  attention: { heads: number; length: number };
  /** qkv, dY [S*T,D] -> dQkv [S*T,3D] */
  attention_grad: { heads: number; length: number };
  /** [N,2F] (gate, up) -> [N,F]: silu(gate) * up */
  swiglu: None;
  /** gateUp, dY [N,F] -> [N,2F] */
  swiglu_grad: None;

  // quantities over the vocabulary; the softmax is never stored
  /** logits [N,V], target [N] i32 -> [N]: log p(target) */
  token_logp: None;
  /** logits, target, dY [N] -> dLogits */
  token_logp_grad: None;
  /** logits -> [N], in nats */
  token_entropy: None;
  /** logits, dY -> dLogits */
  token_entropy_grad: None;
  /** logits [N,V] of p, logits [N,V] of q -> [N]: KL(p || q) in nats */
  token_kl: None;
  /** logits -> [N]: sum of squared probabilities; has no derivative (weights of WPO hold it constant) */
  token_sum_p_squared: None;
  /** p's logits, q's logits, dY -> d p's logits */
  token_kl_grad: None;
  /** p's logits, q's logits, dY -> d q's logits */
  token_kl_grad_q: None;

  // state: the first inputs are written in place
  /** dst, src: dst = src */
  copy: None;
  /** p [P], m, v, g, scale [] (of the gradient), hyper [7] = lr, beta1, beta2, eps, decay, 1-beta1^t, 1-beta2^t */
  adamw: None;
  /** cache [S,Tmax,2D], qkv [S,3D], position [1] i32: keys and values are stored at the position */
  cache_write: None;
  /** qkv [S,3D], cache [S,Tmax,2D], position [1] i32 -> [S,D]: attention over positions 0 .. position */
  attention_cached: { heads: number };
  /** tokens [S,T] i32, position [1] i32 -> [S] i32 */
  token_at: None;
  /**
   * logits [S,V], row [S] i32, key [2] i32, position [1] i32, temperature [] -> [S] i32: the arg-max of
   * logits / temperature + Gumbel noise -log(-log(u)), where u = ((x >>> 9) + 1/2) / 2^23 and x is lane v % 4 of Philox
   * at counter (v / 4, position, row, 0); temperature 0 takes the arg-max of the logits. Equal sums: the smaller word.
   */
  sample: None;
  /**
   * tokens [S,T] i32, position [1] i32, sampled [S] i32, promptLength [S] i32: writes the sampled word after the
   * position, unless the prompt reaches past it; after `eos` (or `pad`) outside the prompt only `pad` follows. Then position += 1.
   */
  advance: { eos: number; pad: number };
}

export type OpName = keyof OpAttrs;

/** How many of an op's first inputs are states that it writes; 0 where absent. */
export const MUTATES: Partial<Record<OpName, number>> = { copy: 1, adamw: 3, cache_write: 1, advance: 2 };

export type Source =
  | { kind: 'op'; op: OpName; attrs: OpAttrs[OpName]; inputs: readonly Tensor[] }
  /** lives on the device from run to run, shared by name between programs */
  | { kind: 'state'; name: string }
  /** written by the caller before each run */
  | { kind: 'feed'; name: string }
  | { kind: 'constant'; data: ArrayLike<number> };

export interface Tensor extends TensorType {
  /** Position in the graph's list: an input's id is smaller than its user's. */
  readonly id: number;
  readonly source: Source;
  /** One value a replica (seeds x arms); otherwise one value shared by all replicas. */
  readonly replicated: boolean;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Rows and columns of a tensor read as a matrix over its last axis. */
export function rowsAndColumns(shape: Shape): [rows: number, columns: number] {
  const columns = shape.at(-1) ?? 1;
  return [columns === 0 ? 0 : sizeOf(shape) / columns, columns];
}
