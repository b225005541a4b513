/** Shape ops and linear algebra. */
import type { Operand, Step } from '../../plan.ts';
import { sizeOf } from '../../types.ts';
import type { Dispatch, Lowering, WebgpuKernels } from '../dispatch.ts';
import { ceilDivide, dispatch } from '../dispatch.ts';
import { expand, smallSum, unview } from './elementwise.ts';

/** A row longer than this is summed in chunks by several workgroups. */
const CHUNK = 4096;
/** A single long row is summed by at least this many threads, each over elements this far apart. */
const SPREAD = 1024;

/** Threads that share a sum of n: the time of a thread's own part and of adding the parts, about n / lanes + lanes. */
function lanesFor(n: number): number {
  let lanes = 1;
  while (lanes < 64 && lanes * lanes < n) lanes *= 2;
  return lanes;
}

function sums(step: Step, x: Operand, y: Operand, rows: number, n: number, chunk: number): Dispatch {
  const chunks = Math.max(1, ceilDivide(n, chunk));
  const lanes = lanesFor(Math.min(n, chunk));
  const counts = [rows * chunks, n, chunk, chunks, lanes];
  const one = dispatch('sum_rows', step, ceilDivide(rows * chunks * lanes, 64), {
    operands: [x, y],
    counts,
  });
  return chunks === 1 ? { ...one, ...smallSum(x, y, rows, n, lanes) } : one;
}

function sumLast(step: Step, lowering: Lowering): Dispatch[] {
  const [x] = step.inputs as [Operand];
  const rows = sizeOf(step.output.shape);
  const n = x.shape.at(-1) as number;
  if (n <= 2 * CHUNK) return [sums(step, x, step.output, rows, n, Math.max(n, 1))];
  if (rows === 1) {
    const spread = Math.max(SPREAD, Math.ceil(Math.sqrt(n)));
    const parts = lowering.scratch(spread, step.replicas);
    return [sumParts(step, x, parts, n), sums(step, parts, step.output, 1, spread, spread)];
  }
  const chunks = ceilDivide(n, CHUNK);
  const parts = lowering.scratch(rows * chunks, step.replicas);
  return [sums(step, x, parts, rows, n, CHUNK), sums(step, parts, step.output, rows, chunks, chunks)];
}

/** y = the sum of blocks of y's size, `total` elements; the last block may be short. */
export function sumParts(step: Step, x: Operand, y: Operand, total: number): Dispatch {
  const size = sizeOf(y.shape);
  return dispatch('sum_parts', step, ceilDivide(size, 64), { operands: [x, y], counts: [size, total] });
}

/** Workgroups that keep a device busy, roughly, and the side of a workgroup's tile. */
const GPU = { kernel: 'matmul', busy: 128, tile: 32 } as const;
const CPU = { kernel: 'matmul_quad', busy: 16, tile: 16 } as const;
const SHORTEST_PART = 128;

function matmul(step: Step<'matmul'>, lowering: Lowering): Dispatch[] {
  const [a, b] = step.inputs as [Operand, Operand];
  const { transA, transB } = step.attrs;
  const [m, n] = step.output.shape as [number, number];
  const k = a.shape[transA ? 0 : 1] as number;
  const { kernel, busy, tile } = lowering.quads ? CPU : GPU;
  const tilesN = ceilDivide(n, tile);
  const tiles = ceilDivide(m, tile) * tilesN;
  // a long k over few tiles (a weight's gradient) is cut, the parts are added afterwards
  const wanted = Math.min(ceilDivide(busy, tiles * step.replicas), Math.floor(k / SHORTEST_PART));
  const partLength = wanted > 1 ? ceilDivide(ceilDivide(k, wanted), 16) * 16 : Math.max(k, 1);
  const parts = Math.max(1, ceilDivide(k, partLength));
  const y = parts > 1 ? lowering.scratch(parts * m * n, step.replicas) : step.output;
  const strides = [transA ? 1 : k, transA ? m : 1, transB ? 1 : n, transB ? k : 1];
  const counts = [m, n, k, ...strides, tilesN, tiles, partLength];
  const product = dispatch(kernel, step, tiles * parts, { operands: [a, b, y], counts });
  return parts > 1 ? [product, sumParts(step, y, step.output, parts * m * n)] : [product];
}

export const linear: WebgpuKernels<
  'sum_last' | 'expand_last' | 'view' | 'unview' | 'pack' | 'copy' | 'matmul' | 'gather' | 'scatter_add'
> = {
  sum_last: sumLast,
  expand_last: expand,
  // the plan gives views and packs their places and never makes a step of them
  view: () => [],
  pack: () => [],
  unview: (step) => unview(step, step.inputs[0]!, step.output, step.attrs.offset),
  copy: (step) => unview(step, step.inputs[1]!, step.inputs[0]!, 0),
  matmul,
  gather: (step) => {
    const [table, index] = step.inputs as [Operand, Operand];
    const size = sizeOf(step.output.shape);
    const rows = table.shape[0] as number;
    const operands = [table, index, step.output];
    return [
      dispatch('gather', step, ceilDivide(size, 256), {
        operands,
        counts: [size, sizeOf(table.shape) / rows, rows],
      }),
    ];
  },
  scatter_add: (step, { quads }) => {
    const [index, x] = step.inputs as [Operand, Operand];
    const { rows } = step.attrs;
    const width = sizeOf(step.output.shape) / rows;
    const blocks = ceilDivide(width, quads ? 32 : 64);
    const all = rows * blocks;
    const operands = [index, x, step.output];
    const counts = [all, sizeOf(index.shape), width, blocks];
    if (quads) return [dispatch('scatter_add:row', step, ceilDivide(all, 64), { operands, counts })];
    return [dispatch('scatter_add', step, all, { operands, counts })];
  },
};
