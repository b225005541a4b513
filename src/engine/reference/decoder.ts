/** The decoder's parts and their gradients, by their definitions. */
import type { Block, Kernels } from './kernel.ts';
import { at, axis, input } from './kernel.ts';

/** 1 / sqrt(mean(x^2) + eps) of one row. */
function inverseRms(x: Float64Array, row: number, d: number, eps: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += at(x, row * d + j) ** 2;
  return 1 / Math.sqrt(sum / d + eps);
}

interface AttentionRow {
  /** Softmax weights over positions 0 .. i. */
  weights: number[];
  /** Where q of row i and k, v of row j start. */
  q: number;
  k(j: number): number;
  v(j: number): number;
}

/** Walks every (sequence, head, query position) of packed qkv [S*T,3D]. */
function forEachQuery(
  qkv: Block,
  heads: number,
  length: number,
  visit: (i: number, head: number, row: AttentionRow) => void,
): void {
  const width = axis(qkv, 1) / 3;
  const size = width / heads;
  for (let first = 0; first < axis(qkv, 0); first += length) {
    for (let head = 0; head < heads; head++) {
      const start = (j: number, part: number): number => (first + j) * 3 * width + part * width + head * size;
      for (let i = 0; i < length; i++) {
        const scores: number[] = [];
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let c = 0; c < size; c++) dot += at(qkv.data, start(i, 0) + c) * at(qkv.data, start(j, 1) + c);
          scores.push(dot / Math.sqrt(size));
        }
        const top = Math.max(...scores);
        const total = scores.reduce((sum, s) => sum + Math.exp(s - top), 0);
        const weights = scores.map((s) => Math.exp(s - top) / total);
        visit(first + i, head, { weights, q: start(i, 0), k: (j) => start(j, 1), v: (j) => start(j, 2) });
      }
    }
  }
}

function add(data: Float64Array, i: number, value: number): void {
  data[i] = at(data, i) + value;
}

export const decoder: Kernels<
  | 'rms_norm'
  | 'rms_norm_dx'
  | 'rms_norm_dw'
  | 'rotary'
  | 'attention'
  | 'attention_grad'
  | 'swiglu'
  | 'swiglu_grad'
> = {
  rms_norm: (inputs, y, { eps }) => {
    const x = input(inputs, 0);
    const d = axis(x, 1);
    for (let i = 0; i < axis(x, 0); i++) {
      const r = inverseRms(x.data, i, d, eps);
      for (let j = 0; j < d; j++) y[i * d + j] = at(x.data, i * d + j) * r * at(input(inputs, 1).data, j);
    }
  },
  rms_norm_dx: (inputs, dX, { eps }) => {
    const [x, weight, dY] = [input(inputs, 0), input(inputs, 1).data, input(inputs, 2).data];
    const d = axis(x, 1);
    for (let i = 0; i < axis(x, 0); i++) {
      const r = inverseRms(x.data, i, d, eps);
      let dot = 0;
      for (let j = 0; j < d; j++) dot += at(dY, i * d + j) * at(weight, j) * at(x.data, i * d + j);
      for (let j = 0; j < d; j++) {
        dX[i * d + j] = r * at(dY, i * d + j) * at(weight, j) - (r ** 3 / d) * dot * at(x.data, i * d + j);
      }
    }
  },
  rms_norm_dw: (inputs, dW, { eps }) => {
    const [x, dY] = [input(inputs, 0), input(inputs, 1).data];
    const d = axis(x, 1);
    for (let i = 0; i < axis(x, 0); i++) {
      const r = inverseRms(x.data, i, d, eps);
      for (let j = 0; j < d; j++) add(dW, j, at(dY, i * d + j) * at(x.data, i * d + j) * r);
    }
  },
  rotary: (inputs, y, { heads, inverse }) => {
    const [x, table, position] = [input(inputs, 0), input(inputs, 1), input(inputs, 2).data];
    const size = axis(table, 1);
    const half = size / 2;
    y.set(x.data);
    for (let row = 0; row < axis(x, 0); row++) {
      for (let part = 0; part < 2 * heads; part++) {
        for (let c = 0; c < half; c++) {
          const cos = at(table.data, at(position, row) * size + c);
          const sin = at(table.data, at(position, row) * size + half + c) * (inverse ? -1 : 1);
          const first = row * axis(x, 1) + part * size + c;
          const [a, b] = [at(x.data, first), at(x.data, first + half)];
          y[first] = a * cos - b * sin;
          y[first + half] = b * cos + a * sin;
        }
      }
    }
  },
  attention: (inputs, y, { heads, length }) => {
    const qkv = input(inputs, 0);
    const width = axis(qkv, 1) / 3;
    const size = width / heads;
    forEachQuery(qkv, heads, length, (row, head, { weights, v }) => {
      for (let c = 0; c < size; c++) {
        y[row * width + head * size + c] = weights.reduce((sum, w, j) => sum + w * at(qkv.data, v(j) + c), 0);
      }
    });
  },
  attention_grad: (inputs, dQkv, { heads, length }) => {
    const [qkv, dY] = [input(inputs, 0), input(inputs, 1).data];
    const width = axis(qkv, 1) / 3;
    const size = width / heads;
    forEachQuery(qkv, heads, length, (row, head, { weights, q, k, v }) => {
      const dOut = (c: number): number => at(dY, row * width + head * size + c);
      const dWeights = weights.map((_, j) => {
        let dot = 0;
        for (let c = 0; c < size; c++) dot += dOut(c) * at(qkv.data, v(j) + c);
        return dot;
      });
      const mean = weights.reduce((sum, w, j) => sum + w * at(Float64Array.from(dWeights), j), 0);
      weights.forEach((w, j) => {
        const dScore = (w * ((dWeights[j] as number) - mean)) / Math.sqrt(size);
        for (let c = 0; c < size; c++) {
          add(dQkv, v(j) + c, w * dOut(c));
          add(dQkv, q + c, dScore * at(qkv.data, k(j) + c));
          add(dQkv, k(j) + c, dScore * at(qkv.data, q + c));
        }
      });
    });
  },
  swiglu: (inputs, y) => {
    const x = input(inputs, 0);
    const f = axis(x, 1) / 2;
    y.forEach((_, i) => {
      const gate = Math.floor(i / f) * 2 * f + (i % f);
      y[i] = (at(x.data, gate) / (1 + Math.exp(-at(x.data, gate)))) * at(x.data, gate + f);
    });
  },
  swiglu_grad: (inputs, dX) => {
    const [x, dY] = [input(inputs, 0), input(inputs, 1).data];
    const f = axis(x, 1) / 2;
    dY.forEach((d, i) => {
      const gate = Math.floor(i / f) * 2 * f + (i % f);
      const [a, up] = [at(x.data, gate), at(x.data, gate + f)];
      const s = 1 / (1 + Math.exp(-a));
      dX[gate] = d * up * s * (1 + a * (1 - s));
      dX[gate + f] = d * a * s;
    });
  },
};
