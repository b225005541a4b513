/** Rows of the quantities over the vocabulary. */
import { rowsAndColumns } from '../types.ts';
import type { KernelExports } from './exports.ts';
import type { WasmKernel, WasmKernels } from './kernel.ts';
import { shapeOf } from './kernel.ts';

type ThreeInputs = 'token_kl_grad' | 'token_kl_grad_q';

function threeInputs<O extends ThreeInputs>(name: O): WasmKernel<O> {
  return (site) => {
    const f: KernelExports[ThreeInputs] = site.k[name];
    const { out } = site;
    const [x, z, dY] = [site.at(0), site.at(1), site.at(2)];
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => f(x, z, dY, out, n, v);
  };
}

export const vocabulary: WasmKernels<
  | 'token_logp' | 'token_logp_grad' | 'token_entropy' | 'token_entropy_grad'
  | 'token_kl' | 'token_kl_grad' | 'token_kl_grad_q' | 'token_sum_p_squared' // prettier-ignore
> = {
  token_logp: (site) => {
    const { k, out, kept } = site;
    const [x, target] = [site.at(0), site.at(1)];
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_logp(x, target, out, kept, n, v);
  },
  token_logp_grad: (site) => {
    const { k, out, kept } = site;
    const [x, target, dY] = [site.at(0), site.at(1), site.at(2)];
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_logp_grad(x, target, dY, out, kept, n, v);
  },
  token_entropy: (site) => {
    const { k, out } = site;
    const x = site.at(0);
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_entropy(x, out, n, v);
  },
  token_entropy_grad: (site) => {
    const { k, out } = site;
    const [x, dY] = [site.at(0), site.at(1)];
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_entropy_grad(x, dY, out, n, v);
  },
  token_kl: (site) => {
    const { k, out } = site;
    const [p, q] = [site.at(0), site.at(1)];
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_kl(p, q, out, n, v);
  },
  token_kl_grad: threeInputs('token_kl_grad'),
  token_kl_grad_q: threeInputs('token_kl_grad_q'),
  token_sum_p_squared: (site) => {
    const { k, out } = site;
    const x = site.at(0);
    const [n, v] = rowsAndColumns(shapeOf(site, 0));
    return () => k.token_sum_p_squared(x, out, n, v);
  },
};
