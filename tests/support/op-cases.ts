/**
 * Cases for every op: complete by type, so an op without a case does not compile. Shapes are small, odd and ragged on
 * purpose (tails of vector loops, one row, one column); values include +-1000, zeros and exact ties.
 */
import type { OpAttrs, OpName, Shape } from '../../src/engine/types.ts';

/** How an input's numbers are made: a distribution, whole numbers below a bound, or the numbers themselves. */
export type Fill = 'normal' | 'positive' | 'negative' | 'wide' | { below: number } | readonly number[];

export interface OpCase<Attrs = OpAttrs['neg']> {
  inputs: readonly { shape: Shape; fill: Fill }[];
  attrs: Attrs;
  /** Gradients are compared with central differences unless the case sits on a kink or an overflow. */
  gradient?: false;
}

const normal = (...shape: number[]) => ({ shape, fill: 'normal' as const });
const positive = (...shape: number[]) => ({ shape, fill: 'positive' as const });
const wide = (...shape: number[]) => ({ shape, fill: 'wide' as const });
const below = (n: number, ...shape: number[]) => ({ shape, fill: { below: n } });
const given = (values: readonly number[], ...shape: number[]) => ({ shape, fill: values });

/** Where a one-argument function is most likely to go wrong. */
const EDGES = [
  -1000, -104, -88.5, -30, -16.7, -1, -0.7, -1e-3, -1e-6, 0, 1e-6, 1e-3, 0.5, 1, 15, 16.7, 30, 88.5, 104,
  1000,
];
const edges = given(EDGES, EDGES.length);
const edgesBelowZero = given(
  EDGES.filter((x) => x < 0),
  9,
);
const edgesAboveZero = given(
  EDGES.filter((x) => x > 0),
  10,
);

const unary = (fill: Fill = 'normal'): OpCase[] => [
  { inputs: [{ shape: [7, 5], fill }], attrs: {} },
  { inputs: [{ shape: [], fill }], attrs: {} },
  { inputs: [{ shape: [133], fill }], attrs: {} },
];
const onEdges: OpCase = { inputs: [edges], attrs: {}, gradient: false };
const binary = (second: (...shape: number[]) => OpCase['inputs'][0] = normal): OpCase[] => [
  { inputs: [normal(3, 7), second(3, 7)], attrs: {} },
  { inputs: [normal(13), second()], attrs: {} },
  { inputs: [normal(), second(6)], attrs: {} },
  { inputs: [normal(), second()], attrs: {} },
  { inputs: [wide(37), second(37)], attrs: {}, gradient: false },
];

/** Packed qkv [S*length, 3*D], and the same plus a gradient [S*length, D]. */
const attentionCases = (extra: boolean): OpCase<OpAttrs['attention']>[] =>
  (
    [
      { s: 2, length: 5, heads: 2, d: 12 },
      { s: 1, length: 1, heads: 1, d: 2 },
      { s: 3, length: 9, heads: 1, d: 16 },
      { s: 1, length: 33, heads: 4, d: 32 },
      { s: 1, length: 70, heads: 1, d: 40 },
    ] as const
  ).map(({ s, length, heads, d }) => ({
    inputs: extra ? [normal(s * length, 3 * d), normal(s * length, d)] : [normal(s * length, 3 * d)],
    attrs: { heads, length },
  }));

const alongLast = (): OpCase[] => [
  { inputs: [normal(3, 7)], attrs: {} },
  { inputs: [normal(1)], attrs: {} },
  { inputs: [normal(2, 3, 66)], attrs: {} },
  { inputs: [wide(5, 9)], attrs: {}, gradient: false },
];

/** Logits [N,V] in usual and extreme form, with what follows them. */
const overWords = (...rest: ((n: number, v: number) => { shape: Shape; fill: Fill })[]): OpCase[] => [
  { inputs: [normal(5, 11), ...rest.map((f) => f(5, 11))], attrs: {} },
  { inputs: [normal(1, 1), ...rest.map((f) => f(1, 1))], attrs: {} },
  { inputs: [normal(3, 437), ...rest.map((f) => f(3, 437))], attrs: {} },
  { inputs: [wide(4, 70), ...rest.map((f) => f(4, 70))], attrs: {}, gradient: false },
];
const targets = (n: number, v: number) => below(v, n);
const perRow = (n: number) => normal(n);
const otherLogits = (n: number, v: number) => normal(n, v);

export const opCases: { [O in OpName]: readonly OpCase<OpAttrs[O]>[] } = {
  add: binary(),
  sub: binary(),
  mul: binary(),
  div: binary(positive),
  max: [...binary(), { inputs: [given([1, 2, 3], 3), given([1, 1, 4], 3)], attrs: {}, gradient: false }],
  min: [...binary(), { inputs: [given([1, 2, 3], 3), given([1, 1, 4], 3)], attrs: {}, gradient: false }],
  pow: [
    { inputs: [positive(9), normal(9)], attrs: {} },
    { inputs: [positive(5), normal()], attrs: {} },
    { inputs: [positive(), normal(3)], attrs: {} },
  ],
  greater: [
    { inputs: [normal(21), normal(21)], attrs: {} },
    { inputs: [given([0, -0, 1, 1], 4), given([0, 0, 0.5, 1], 4)], attrs: {} },
  ],
  where: [
    { inputs: [below(2, 4, 5), normal(4, 5), normal(4, 5)].map(asFloat), attrs: {} },
    { inputs: [below(2, 6), normal(), normal(6)].map(asFloat), attrs: {} },
    { inputs: [below(2, 6), normal(6), normal()].map(asFloat), attrs: {} },
    { inputs: [below(2), normal(6), normal()].map(asFloat), attrs: {} },
  ],
  neg: [...unary(), onEdges],
  exp: [...unary(), onEdges],
  expm1: [...unary(), onEdges],
  log: [...unary('positive'), { inputs: [edgesAboveZero], attrs: {}, gradient: false }],
  log1p: [...unary('positive'), { inputs: [edgesAboveZero], attrs: {}, gradient: false }],
  log1mexp: [...unary('negative'), { inputs: [edgesBelowZero], attrs: {}, gradient: false }],
  sigmoid: [...unary(), onEdges],
  log_sigmoid: [...unary(), onEdges],
  softplus: [...unary(), onEdges],
  tanh: [...unary(), onEdges],
  relu: [...unary(), onEdges],
  abs: [...unary(), onEdges],
  sign: [...unary(), onEdges],
  sqrt: [...unary('positive'), { inputs: [edgesAboveZero], attrs: {}, gradient: false }],
  square: [...unary(), onEdges],
  stop_grad: [...unary(), onEdges],
  affine: [
    { inputs: [normal(3, 5)], attrs: { scale: -2.5, shift: 0.75 } },
    { inputs: [normal()], attrs: { scale: 0, shift: 3 } },
    { inputs: [wide(9)], attrs: { scale: 1, shift: -1000 } },
  ],

  sum_last: [
    { inputs: [normal(3, 4, 5)], attrs: {} },
    { inputs: [normal(1)], attrs: {} },
    { inputs: [normal(2, 1027)], attrs: {} },
    { inputs: [normal(70, 3)], attrs: {} },
  ],
  expand_last: [
    { inputs: [normal(3, 4)], attrs: { n: 5 } },
    { inputs: [normal()], attrs: { n: 7 } },
  ],
  view: [
    { inputs: [normal(4, 6)], attrs: { offset: 3, shape: [2, 5] } },
    { inputs: [normal(4, 6)], attrs: { offset: 0, shape: [24] } },
  ],
  unview: [
    { inputs: [normal(2, 5)], attrs: { offset: 3, shape: [4, 6] } },
    { inputs: [normal(5)], attrs: { offset: 0, shape: [5] } },
  ],
  pack: [
    { inputs: [normal(3, 5), normal(7), normal()], attrs: {} },
    { inputs: [normal(4)], attrs: {} },
  ],
  log_sum_exp: alongLast(),
  tail_log_sum_exp: alongLast(),
  tail_log_sum_exp_grad: [
    { inputs: [given([1, 2, 3], 3), given([3.4, 3.3, 3], 3), normal(3)], attrs: {} },
    { inputs: [normal(4, 5), positive(4, 5), normal(4, 5)], attrs: {} },
  ],
  argsort: [
    { inputs: [normal(3, 7)], attrs: {} },
    { inputs: [given([2, 1, 2, 1, -1000, 1000, 2], 7)], attrs: {} },
    { inputs: [normal(1, 67)], attrs: {} },
  ],
  take_last: [{ inputs: [normal(2, 4), given([3, 0, 1, 2, 0, 2, 3, 1], 2, 4)], attrs: {} }],
  put_last: [{ inputs: [normal(2, 4), given([3, 0, 1, 2, 0, 2, 3, 1], 2, 4)], attrs: {} }],
  to_float: [{ inputs: [below(1000, 3, 5)], attrs: {} }],
  matmul: [false, true].flatMap((transA) =>
    [false, true].flatMap((transB) =>
      [
        [5, 7, 3],
        [1, 1, 1],
        [4, 8, 8],
        [17, 33, 19],
        [66, 5, 130],
        [34, 67, 1],
      ].map(([m, k, n]) => ({
        inputs: [
          transA ? normal(k as number, m as number) : normal(m as number, k as number),
          transB ? normal(n as number, k as number) : normal(k as number, n as number),
        ],
        attrs: { transA, transB },
      })),
    ),
  ),
  gather: [
    { inputs: [normal(7, 5), below(7, 4)], attrs: {} },
    { inputs: [normal(9), below(9, 3)], attrs: {} },
    { inputs: [normal(3, 2, 3), given([2, 2, 0, 2], 4)], attrs: {} },
  ],
  scatter_add: [
    { inputs: [below(7, 12), normal(12, 5)], attrs: { rows: 7 } },
    { inputs: [given([3, 3, 3], 3), normal(3, 66)], attrs: { rows: 5 } },
    { inputs: [below(40, 150), normal(150, 8)], attrs: { rows: 40 } },
  ],

  rms_norm: [
    { inputs: [normal(5, 7), normal(7)], attrs: { eps: 1e-5 } },
    { inputs: [normal(1, 64), normal(64)], attrs: { eps: 1e-5 } },
    { inputs: [wide(3, 12), normal(12)], attrs: { eps: 1e-5 } },
    { inputs: [given([0, 0, 0, 0], 1, 4), normal(4)], attrs: { eps: 1e-5 }, gradient: false },
  ],
  rms_norm_dx: [
    { inputs: [normal(5, 7), normal(7), normal(5, 7)], attrs: { eps: 1e-5 } },
    { inputs: [normal(2, 64), normal(64), normal(2, 64)], attrs: { eps: 1e-5 } },
  ],
  rms_norm_dw: [
    { inputs: [normal(5, 7), normal(5, 7)], attrs: { eps: 1e-5 } },
    { inputs: [normal(130, 64), normal(130, 64)], attrs: { eps: 1e-5 } },
  ],
  rotary: [
    { inputs: [normal(5, 24), normal(9, 4), below(9, 5)], attrs: { heads: 2, inverse: false } },
    { inputs: [normal(5, 24), normal(9, 4), below(9, 5)], attrs: { heads: 2, inverse: true } },
    { inputs: [normal(3, 48), normal(4, 16), below(4, 3)], attrs: { heads: 1, inverse: false } },
  ],
  attention: attentionCases(false),
  attention_grad: attentionCases(true),
  swiglu: [
    { inputs: [normal(3, 14)], attrs: {} },
    { inputs: [normal(5, 64)], attrs: {} },
    { inputs: [wide(2, 10)], attrs: {}, gradient: false },
  ],
  swiglu_grad: [
    { inputs: [normal(3, 14), normal(3, 7)], attrs: {} },
    { inputs: [wide(2, 10), normal(2, 5)], attrs: {} },
  ],

  token_logp: overWords(targets),
  token_logp_grad: overWords(targets, perRow),
  token_entropy: overWords(),
  token_entropy_grad: overWords(perRow),
  token_sum_p_squared: overWords(),
  token_kl: overWords(otherLogits),
  token_kl_grad: overWords(otherLogits, perRow),
  token_kl_grad_q: overWords(otherLogits, perRow),

  copy: [
    { inputs: [normal(5, 3), normal(5, 3)], attrs: {} },
    { inputs: [normal(), normal()], attrs: {} },
  ],
  adamw: [
    {
      inputs: [
        normal(37),
        normal(37),
        positive(37),
        normal(37),
        given([0.5]),
        given([1e-2, 0.9, 0.999, 1e-8, 0.1, 0.1, 0.001], 7),
      ],
      attrs: {},
    },
  ],
  cache_write: [
    { inputs: [normal(3, 5, 8), normal(3, 12), given([2], 1)], attrs: {} },
    { inputs: [normal(1, 2, 4), normal(1, 6), given([1], 1)], attrs: {} },
  ],
  attention_cached: [
    { inputs: [normal(3, 12), normal(3, 6, 8), given([4], 1)], attrs: { heads: 2 } },
    { inputs: [normal(1, 96), normal(1, 40, 64), given([0], 1)], attrs: { heads: 2 } },
    { inputs: [normal(2, 96), normal(2, 40, 64), given([39], 1)], attrs: { heads: 4 } },
  ],
  token_at: [{ inputs: [below(50, 4, 7), given([5], 1)], attrs: {} }],
  sample: [
    {
      inputs: [normal(5, 37), below(100, 5), given([1234, 5678], 2), given([3], 1), given([0.7])],
      attrs: {},
    },
    { inputs: [normal(5, 430), below(100, 5), given([-1, 5], 2), given([0], 1), given([1])], attrs: {} },
    {
      inputs: [given([1, 3, 3, 2, 0, 0], 2, 3), below(100, 2), given([1, 5], 2), given([0], 1), given([0])],
      attrs: {},
    },
  ],
  advance: [
    {
      // a prompt that goes on, a free word, one just ended, one long ended, a prompt that ends with eos
      inputs: [
        given([1, 5, 6, 7, 1, 5, 0, 0, 1, 5, 2, 0, 1, 2, 0, 0, 1, 5, 2, 0], 5, 4),
        given([2], 1),
        given([9, 9, 9, 9, 9], 5),
        given([4, 2, 2, 1, 3], 5),
      ],
      attrs: { eos: 2, pad: 0 },
    },
    {
      inputs: [given([1, 5, 6], 1, 3), given([2], 1), given([9], 1), given([1], 1)],
      attrs: { eos: 2, pad: 0 },
    },
  ],
};

/** `where` takes its condition as f32: numbers that happen to be whole. */
function asFloat(input: { shape: Shape; fill: Fill }, i: number): { shape: Shape; fill: Fill } {
  if (i > 0) return input;
  const size = input.shape.reduce((a, b) => a * b, 1);
  return { shape: input.shape, fill: Array.from({ length: size }, (_, j) => (j * 5 + 1) % 2) };
}
