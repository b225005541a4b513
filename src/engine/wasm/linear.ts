/** Rows of the shape ops and of linear algebra. */
import { GraphError } from '../../base/errors.ts';
import type { OpName } from '../types.ts';
import { rowsAndColumns, sizeOf } from '../types.ts';
import type { WasmKernel, WasmKernels } from './kernel.ts';
import { axis, shapeOf } from './kernel.ts';

/** The plan turns these into places and copies; a step of their own would be a bug there. */
function resolved<O extends OpName>(name: O): WasmKernel<O> {
  return () => {
    throw new GraphError(`${name} reached a backend; the memory plan should have resolved it.`);
  };
}

export const linear: WasmKernels<
  'sum_last' | 'expand_last' | 'view' | 'unview' | 'pack' | 'matmul' | 'gather' | 'scatter_add'
> = {
  sum_last: (site) => {
    const { k, out } = site;
    const [x, n, rows] = [site.at(0), axis(site, 0, -1), sizeOf(site.output.shape)];
    return () => k.sum_last(x, out, rows, n);
  },
  expand_last: (site) => {
    const { k, out } = site;
    const [x, rows, n] = [site.at(0), sizeOf(shapeOf(site, 0)), site.attrs.n];
    return () => k.expand_last(x, out, rows, n);
  },
  view: resolved('view'),
  unview: (site) => {
    const { k, out } = site;
    const { offset, shape } = site.attrs;
    const [x, n, size] = [site.at(0), sizeOf(shapeOf(site, 0)), sizeOf(shape)];
    return () => k.unview(x, out, n, offset, size);
  },
  pack: resolved('pack'),
  matmul: (site) => {
    const { k, out } = site;
    const { transA, transB } = site.attrs;
    const [a, b] = [site.at(0), site.at(1)];
    const [lda, ldb] = [axis(site, 0, 1), axis(site, 1, 1)];
    const [m, n] = rowsAndColumns(site.output.shape);
    const inner = axis(site, 0, transA ? 0 : 1);
    const scratch = site.scratch(k.matmulScratch(n, inner));
    const [ta, tb] = [Number(transA), Number(transB)];
    return () => k.matmul(m, n, inner, a, lda, ta, b, ldb, tb, out, n, scratch);
  },
  gather: (site) => {
    const { k, out } = site;
    const [table, index] = [site.at(0), site.at(1)];
    const [rows, n] = [axis(site, 0, 0), axis(site, 1, 0)];
    const width = rows === 0 ? 0 : sizeOf(shapeOf(site, 0)) / rows;
    return () => k.gather(table, index, out, n, width, rows);
  },
  scatter_add: (site) => {
    const { k, out } = site;
    const [index, x] = [site.at(0), site.at(1)];
    const [n, { rows }] = [axis(site, 0, 0), site.attrs];
    const width = rows === 0 ? 0 : sizeOf(site.output.shape) / rows;
    return () => k.scatter_add(index, x, out, n, width, rows);
  },
};
