/** Elementwise steps, expansions and copies. Small ones name their function by number, for a kernel that does several. */
import type { Operand, Step } from '../../plan.ts';
import { sizeOf } from '../../types.ts';
import type { Dispatch, SmallStep, WebgpuKernels } from '../dispatch.ts';
import { ceilDivide } from '../dispatch.ts';
import type { Elementwise } from '../functions.ts';
import { EXPAND, names, SUM, UNVIEW } from '../functions.ts';

/** A small step's share of its workgroup's time; larger ones are spread over many workgroups. */
const SMALL = 2048;

interface Description {
  /** A function, or the code of a move or a sum. */
  what: Elementwise | number;
  count: number;
  inner?: number;
  a: Operand;
  b?: Operand | number;
  c?: Operand | number;
  y: Operand;
  /** Elements of `a`, for UNVIEW. */
  size?: number;
  lanes?: number;
}

function describe(d: Description): SmallStep {
  const words = new Uint32Array(16);
  const mode = (x: Operand | number | undefined): number =>
    typeof x === 'object' ? (x.shape.length === 0 ? 0 : 1) : 2;
  const op = typeof d.what === 'string' ? d.what : undefined;
  const code = typeof d.what === 'string' ? names.indexOf(d.what) : d.what;
  words.set([code, d.count, d.inner ?? 1, mode(d.a) | (mode(d.b) << 2) | (mode(d.c) << 4)]);
  [d.a, d.b, d.c, d.y].forEach((x, i) => {
    if (typeof x === 'object') words.set([x.offset, x.stride], 4 + 2 * i);
  });
  const number = (x: Operand | number | undefined): number => (typeof x === 'number' ? x : 0);
  new Float32Array(words.buffer).set([number(d.b), number(d.c)], 12);
  words.set([d.size ?? 0, d.lanes ?? 1], 14);
  const reads = [d.a, d.b, d.c].filter((x) => typeof x === 'object');
  return { op, description: words, reads, writes: d.y };
}

function each(kernel: `each:${Elementwise | 'move'}`, { replicas }: Step, d: Description): Dispatch[] {
  const small = describe(d);
  const words = new Uint32Array(32);
  words.set(small.description, 16);
  const one: Dispatch = { kernel, words, groups: ceilDivide(d.count, 256), replicas };
  return [d.count <= SMALL ? { ...one, small } : one];
}

export function expand(step: Step<'expand_last'>): Dispatch[] {
  const count = sizeOf(step.output.shape);
  return each('each:move', step, {
    what: EXPAND,
    count,
    inner: step.attrs.n,
    a: step.inputs[0]!,
    y: step.output,
  });
}

/** Zeros of y's size with all of a's words at `offset`; with offset 0 and equal sizes, a copy of words of any type. */
export function unview(step: Step, a: Operand, y: Operand, offset: number): Dispatch[] {
  return each('each:move', step, {
    what: UNVIEW,
    count: sizeOf(y.shape),
    inner: offset,
    a,
    y,
    size: sizeOf(a.shape),
  });
}

/** A sum's description for `small`, where it is small enough. */
export function smallSum(
  x: Operand,
  y: Operand,
  rows: number,
  n: number,
  lanes: number,
): Pick<Dispatch, 'small'> {
  if (rows * n > 4 * SMALL) return {};
  return { small: describe({ what: SUM, count: rows, inner: n, a: x, y, lanes }) };
}

function element(op: Elementwise, step: Step): Dispatch[] {
  const [a, b, c] = step.inputs as [Operand, Operand?, Operand?];
  return each(`each:${op}`, step, {
    what: op,
    count: sizeOf(step.output.shape),
    a,
    b,
    c,
    y: step.output,
  });
}

const plain = Object.fromEntries(names.map((op) => [op, (step: Step) => element(op, step)])) as Record<
  Elementwise,
  (step: Step) => Dispatch[]
>;

export const elementwise: WebgpuKernels<Elementwise> = {
  ...plain,
  affine: (step) => {
    const { scale, shift } = step.attrs;
    const count = sizeOf(step.output.shape);
    return each('each:affine', step, {
      what: 'affine',
      count,
      a: step.inputs[0]!,
      b: scale,
      c: shift,
      y: step.output,
    });
  },
};
