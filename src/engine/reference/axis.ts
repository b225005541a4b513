/** Ops along the last axis, by their definitions. */
import type { Block, Kernels } from './kernel.ts';
import { at, axis as sizeOfAxis, input } from './kernel.ts';

function forEachRow(x: Block, visit: (row: number[], start: number) => void): void {
  const n = sizeOfAxis(x, -1);
  for (let start = 0; start < x.data.length; start += n) visit([...x.data.subarray(start, start + n)], start);
}

function logSumExp(values: readonly number[]): number {
  const top = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return top + Math.log(values.reduce((sum, x) => sum + Math.exp(x - top), 0));
}

export const axis: Kernels<
  | 'log_sum_exp'
  | 'tail_log_sum_exp'
  | 'tail_log_sum_exp_grad'
  | 'argsort'
  | 'take_last'
  | 'put_last'
  | 'to_float'
> = {
  log_sum_exp: (inputs, y) => {
    const x = input(inputs, 0);
    forEachRow(x, (row, start) => (y[start / row.length] = logSumExp(row)));
  },
  tail_log_sum_exp: (inputs, y) =>
    forEachRow(input(inputs, 0), (row, start) =>
      row.forEach((_, i) => (y[start + i] = logSumExp(row.slice(i)))),
    ),
  tail_log_sum_exp_grad: (inputs, dX) => {
    const [y, dY] = [input(inputs, 1).data, input(inputs, 2).data];
    forEachRow(input(inputs, 0), (row, start) =>
      row.forEach((x, j) => {
        let sum = 0;
        for (let i = 0; i <= j; i++) sum += at(dY, start + i) * Math.exp(x - at(y, start + i));
        dX[start + j] = sum;
      }),
    );
  },
  argsort: (inputs, y) =>
    forEachRow(input(inputs, 0), (row, start) => {
      const order = row.map((_, i) => i).sort((i, j) => (row[i] as number) - (row[j] as number) || i - j);
      y.set(order, start);
    }),
  take_last: (inputs, y) => {
    const index = input(inputs, 1).data;
    forEachRow(input(inputs, 0), (row, start) =>
      row.forEach((_, i) => (y[start + i] = row[at(index, start + i)] as number)),
    );
  },
  put_last: (inputs, y) => {
    const index = input(inputs, 1).data;
    forEachRow(input(inputs, 0), (row, start) =>
      row.forEach((x, i) => (y[start + at(index, start + i)] = x)),
    );
  },
  to_float: (inputs, y) => y.set(input(inputs, 0).data),
};
