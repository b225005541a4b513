/** Rows of the ops that write states in place, and of generation. */
import { rowsAndColumns, sizeOf } from '../types.ts';
import type { WasmKernels } from './kernel.ts';
import { axis, shapeOf } from './kernel.ts';

export const stateful: WasmKernels<
  'copy' | 'adamw' | 'cache_write' | 'attention_cached' | 'token_at' | 'sample' | 'advance'
> = {
  copy: (site) => {
    const { k } = site;
    const [to, from, n] = [site.at(0), site.at(1), sizeOf(shapeOf(site, 0))];
    return () => k.copy(to, from, n);
  },
  adamw: (site) => {
    const { k } = site;
    const [p, m, v, g, scale, hyper] = [
      site.at(0),
      site.at(1),
      site.at(2),
      site.at(3),
      site.at(4),
      site.at(5),
    ];
    const n = axis(site, 0, 0);
    return () => k.adamw(p, m, v, g, scale, hyper, n);
  },
  cache_write: (site) => {
    const { k } = site;
    const [cache, qkv, position] = [site.at(0), site.at(1), site.at(2)];
    const [s, length, pair] = [axis(site, 0, 0), axis(site, 0, 1), axis(site, 0, 2)];
    return () => k.cache_write(cache, qkv, position, s, length, pair / 2);
  },
  attention_cached: (site) => {
    const { k, out } = site;
    const { heads } = site.attrs;
    const [qkv, cache, position] = [site.at(0), site.at(1), site.at(2)];
    const [s, length, pair] = [axis(site, 1, 0), axis(site, 1, 1), axis(site, 1, 2)];
    const scratch = site.scratch(length + 4);
    return () => k.attention_cached(qkv, cache, position, out, s, length, heads, pair / 2 / heads, scratch);
  },
  token_at: (site) => {
    const { k, out } = site;
    const [tokens, position] = [site.at(0), site.at(1)];
    const [s, length] = [axis(site, 0, 0), axis(site, 0, 1)];
    return () => k.token_at(tokens, position, out, s, length);
  },
  sample: (site) => {
    const { k, out } = site;
    const [logits, row, key, position] = [site.at(0), site.at(1), site.at(2), site.at(3)];
    const temperature = site.at(4);
    const [s, v] = rowsAndColumns(shapeOf(site, 0));
    const scratch = site.scratch(v + 16);
    return () => k.sample(logits, row, key, position, temperature, out, s, v, scratch);
  },
  advance: (site) => {
    const { k } = site;
    const { eos, pad } = site.attrs;
    const [tokens, position, sampled, promptLength] = [site.at(0), site.at(1), site.at(2), site.at(3)];
    const [s, length] = [axis(site, 0, 0), axis(site, 0, 1)];
    return () => k.advance(tokens, position, sampled, promptLength, s, length, eos, pad);
  },
};
