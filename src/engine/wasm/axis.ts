/** Rows of the ops along the last axis. */
import { rowsAndColumns, sizeOf } from '../types.ts';
import type { KernelExports } from './exports.ts';
import type { WasmKernel, WasmKernels } from './kernel.ts';
import { shapeOf } from './kernel.ts';

type OneInput = 'log_sum_exp' | 'tail_log_sum_exp' | 'argsort';
type Permutation = 'take_last' | 'put_last';

function oneInput<O extends OneInput>(name: O): WasmKernel<O> {
  return (site) => {
    const f: KernelExports[OneInput] = site.k[name];
    const { out } = site;
    const x = site.at(0);
    const [rows, n] = rowsAndColumns(shapeOf(site, 0));
    return () => f(x, out, rows, n);
  };
}

function permutation<O extends Permutation>(name: O): WasmKernel<O> {
  return (site) => {
    const f: KernelExports[Permutation] = site.k[name];
    const { out } = site;
    const [x, index] = [site.at(0), site.at(1)];
    const [rows, n] = rowsAndColumns(shapeOf(site, 0));
    return () => f(x, index, out, rows, n);
  };
}

export const axis: WasmKernels<OneInput | 'tail_log_sum_exp_grad' | Permutation | 'to_float'> = {
  log_sum_exp: oneInput('log_sum_exp'),
  tail_log_sum_exp: oneInput('tail_log_sum_exp'),
  tail_log_sum_exp_grad: (site) => {
    const { k, out } = site;
    const [x, y, dY] = [site.at(0), site.at(1), site.at(2)];
    const [rows, n] = rowsAndColumns(shapeOf(site, 0));
    return () => k.tail_log_sum_exp_grad(x, y, dY, out, rows, n);
  },
  argsort: oneInput('argsort'),
  take_last: permutation('take_last'),
  put_last: permutation('put_last'),
  to_float: (site) => {
    const { k, out } = site;
    const [x, n] = [site.at(0), sizeOf(site.output.shape)];
    return () => k.to_float(x, out, n);
  },
};
