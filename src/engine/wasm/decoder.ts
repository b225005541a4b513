/** Rows of the decoder's parts. */
import { rowsAndColumns } from '../types.ts';
import type { WasmKernels } from './kernel.ts';
import { axis, shapeOf } from './kernel.ts';

export const decoder: WasmKernels<
  'rms_norm' | 'rms_norm_dx' | 'rms_norm_dw' | 'rotary' | 'attention' | 'attention_grad' | 'swiglu' | 'swiglu_grad' // prettier-ignore
> = {
  rms_norm: (site) => {
    const { k, out } = site;
    const [x, weight, { eps }] = [site.at(0), site.at(1), site.attrs];
    const [n, d] = rowsAndColumns(shapeOf(site, 0));
    return () => k.rms_norm(x, weight, out, n, d, eps);
  },
  rms_norm_dx: (site) => {
    const { k, out } = site;
    const [x, weight, dY, { eps }] = [site.at(0), site.at(1), site.at(2), site.attrs];
    const [n, d] = rowsAndColumns(shapeOf(site, 0));
    return () => k.rms_norm_dx(x, weight, dY, out, n, d, eps);
  },
  rms_norm_dw: (site) => {
    const { k, out } = site;
    const [x, dY, { eps }] = [site.at(0), site.at(1), site.attrs];
    const [n, d] = rowsAndColumns(shapeOf(site, 0));
    return () => k.rms_norm_dw(x, dY, out, n, d, eps);
  },
  rotary: (site) => {
    const { k, out } = site;
    const [x, table, position] = [site.at(0), site.at(1), site.at(2)];
    const [n, packed] = rowsAndColumns(shapeOf(site, 0));
    const [positions, size] = [axis(site, 1, 0), axis(site, 1, 1)];
    const turn = site.attrs.inverse ? -1 : 1;
    return () => k.rotary(x, table, position, out, n, packed / 3, size, positions, turn);
  },
  attention: (site) => {
    const { k, out } = site;
    const { heads, length } = site.attrs;
    const [n, packed] = rowsAndColumns(shapeOf(site, 0));
    const [x, sequences, size] = [site.at(0), n / length, packed / 3 / heads];
    const scratch = site.scratch(k.attentionScratch(length, size));
    const { kept } = site;
    return () => k.attention(x, out, kept, sequences, length, heads, size, scratch);
  },
  attention_grad: (site) => {
    const { k, out } = site;
    const { heads, length } = site.attrs;
    const [n, packed] = rowsAndColumns(shapeOf(site, 0));
    const [x, dY, sequences, size] = [site.at(0), site.at(1), n / length, packed / 3 / heads];
    const scratch = site.scratch(k.attentionScratch(length, size));
    const { kept } = site;
    return () => k.attention_grad(x, dY, out, kept, sequences, length, heads, size, scratch);
  },
  swiglu: (site) => {
    const { k, out, kept } = site;
    const x = site.at(0);
    const [n, f] = rowsAndColumns(site.output.shape);
    return () => k.swiglu(x, out, kept, n, f);
  },
  swiglu_grad: (site) => {
    const { k, out, kept } = site;
    const [x, dY] = [site.at(0), site.at(1)];
    const [n, f] = rowsAndColumns(shapeOf(site, 1));
    return () => k.swiglu_grad(x, dY, out, kept, n, f);
  },
};
