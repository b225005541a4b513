/** Shape ops and linear algebra, by their definitions. */
import type { Kernels } from './kernel.ts';
import { at, axis, input } from './kernel.ts';

export const linear: Kernels<
  'sum_last' | 'expand_last' | 'view' | 'unview' | 'pack' | 'matmul' | 'gather' | 'scatter_add'
> = {
  sum_last: (inputs, y) => {
    const x = input(inputs, 0);
    const n = axis(x, -1);
    for (let i = 0; i < y.length; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += at(x.data, i * n + j);
      y[i] = sum;
    }
  },
  expand_last: (inputs, y, { n }) =>
    y.forEach((_, i) => (y[i] = at(input(inputs, 0).data, Math.floor(i / n)))),
  view: (inputs, y, { offset }) => y.forEach((_, i) => (y[i] = at(input(inputs, 0).data, offset + i))),
  unview: (inputs, y, { offset }) => y.set(input(inputs, 0).data, offset),
  pack: (inputs, y) => {
    let offset = 0;
    for (const { data } of inputs) {
      y.set(data, offset);
      offset += data.length;
    }
  },
  matmul: (inputs, y, { transA, transB }) => {
    const a = input(inputs, 0);
    const b = input(inputs, 1);
    const [m, k] = transA ? [axis(a, 1), axis(a, 0)] : [axis(a, 0), axis(a, 1)];
    const n = transB ? axis(b, 0) : axis(b, 1);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += at(a.data, transA ? l * m + i : i * k + l) * at(b.data, transB ? j * k + l : l * n + j);
        }
        y[i * n + j] = sum;
      }
    }
  },
  gather: (inputs, y) => {
    const table = input(inputs, 0);
    const index = input(inputs, 1);
    const width = table.data.length / axis(table, 0);
    index.data.forEach((row, m) => y.set(table.data.subarray(row * width, (row + 1) * width), m * width));
  },
  scatter_add: (inputs, y, { rows }) => {
    const index = input(inputs, 0);
    const x = input(inputs, 1);
    const width = y.length / rows;
    index.data.forEach((row, m) => {
      for (let j = 0; j < width; j++) y[row * width + j] = at(y, row * width + j) + at(x.data, m * width + j);
    });
  },
};
