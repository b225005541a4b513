/** Ops that write states in place, and those of generation. */
import { philox } from '../../base/random.ts';
import type { Kernels } from './kernel.ts';
import { at, axis, input } from './kernel.ts';

export const stateful: Kernels<
  'copy' | 'adamw' | 'cache_write' | 'attention_cached' | 'token_at' | 'sample' | 'advance'
> = {
  copy: (inputs) => input(inputs, 0).data.set(input(inputs, 1).data),
  adamw: (inputs) => {
    const [p, m, v, g] = [0, 1, 2, 3].map((i) => input(inputs, i).data) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const scale = at(input(inputs, 4).data, 0);
    const [lr, beta1, beta2, eps, decay, correction1, correction2] = input(inputs, 5).data as unknown as [
      number, number, number, number, number, number, number,
    ]; // prettier-ignore
    for (let i = 0; i < p.length; i++) {
      const gradient = at(g, i) * scale;
      m[i] = beta1 * at(m, i) + (1 - beta1) * gradient;
      v[i] = beta2 * at(v, i) + (1 - beta2) * gradient * gradient;
      const update = at(m, i) / correction1 / (Math.sqrt(at(v, i) / correction2) + eps);
      p[i] = at(p, i) - lr * decay * at(p, i) - lr * update;
    }
  },
  cache_write: (inputs) => {
    const [cache, qkv, position] = [input(inputs, 0), input(inputs, 1), at(input(inputs, 2).data, 0)];
    const width = axis(qkv, 1) / 3;
    for (let s = 0; s < axis(cache, 0); s++) {
      const row = qkv.data.subarray((s * 3 + 1) * width, (s * 3 + 3) * width);
      cache.data.set(row, (s * axis(cache, 1) + position) * 2 * width);
    }
  },
  attention_cached: (inputs, y, { heads }) => {
    const [qkv, cache, position] = [input(inputs, 0), input(inputs, 1), at(input(inputs, 2).data, 0)];
    const width = axis(qkv, 1) / 3;
    const size = width / heads;
    for (let s = 0; s < axis(qkv, 0); s++) {
      for (let head = 0; head < heads; head++) {
        const key = (j: number): number => (s * axis(cache, 1) + j) * 2 * width + head * size;
        const scores: number[] = [];
        for (let j = 0; j <= position; j++) {
          let dot = 0;
          for (let c = 0; c < size; c++)
            dot += at(qkv.data, s * 3 * width + head * size + c) * at(cache.data, key(j) + c);
          scores.push(dot / Math.sqrt(size));
        }
        const top = Math.max(...scores);
        const weights = scores.map((x) => Math.exp(x - top));
        const total = weights.reduce((a, b) => a + b, 0);
        for (let c = 0; c < size; c++) {
          const sum = weights.reduce((acc, w, j) => acc + w * at(cache.data, key(j) + width + c), 0);
          y[s * width + head * size + c] = sum / total;
        }
      }
    }
  },
  token_at: (inputs, y) => {
    const [tokens, position] = [input(inputs, 0), at(input(inputs, 1).data, 0)];
    y.forEach((_, s) => (y[s] = at(tokens.data, s * axis(tokens, 1) + position)));
  },
  sample: (inputs, y) => {
    const logits = input(inputs, 0);
    const [row, key] = [input(inputs, 1).data, input(inputs, 2).data];
    const [position, temperature] = [at(input(inputs, 3).data, 0), at(input(inputs, 4).data, 0)];
    const v = axis(logits, 1);
    for (let s = 0; s < axis(logits, 0); s++) {
      let best = -Infinity;
      for (let j = 0; j < v; j++) {
        let score = at(logits.data, s * v + j);
        if (temperature > 0) {
          const block = philox([j >>> 2, position, at(row, s), 0], [at(key, 0), at(key, 1)]);
          const u = (((block[j % 4] as number) >>> 9) + 0.5) / 8388608;
          score = score / temperature - Math.log(-Math.log(u));
        }
        if (score > best) {
          best = score;
          y[s] = j;
        }
      }
    }
  },
  advance: (inputs, _y, { eos, pad }) => {
    const [tokens, positionBlock] = [input(inputs, 0), input(inputs, 1).data];
    const [sampled, promptLength] = [input(inputs, 2).data, input(inputs, 3).data];
    const position = at(positionBlock, 0);
    const length = axis(tokens, 1);
    positionBlock[0] = position + 1;
    if (position + 1 >= length) return;
    for (let s = 0; s < axis(tokens, 0); s++) {
      if (position + 1 < at(promptLength, s)) continue;
      const current = at(tokens.data, s * length + position);
      const over = position >= at(promptLength, s) && (current === eos || current === pad);
      tokens.data[s * length + position + 1] = over ? pad : at(sampled, s);
    }
  },
};
