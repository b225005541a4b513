/**
 * The peer: the same DPO step written in jax-js, in the fastest form found with 0.1.25 (two cores, Chromium 156).
 * Kept, because faster or as fast:
 * - forward, gradient and AdamW under one `jit` (two of them: the same within noise, more dispatches)
 * - rotary positions as `x * cos + flip(x) * sin`, which fuses; halves are never concatenated
 * - the embedding by `take` (a one-hot product: three times slower in all), the target's logit by a one-hot sum, which is
 *   fused (`takeAlongAxis` fails under `jit`: "routine primitive scatter input is not imm")
 * - `nn.dotProductAttention` (written out: the same on wasm, a quarter slower on webgpu)
 * - parameters as a tree (one flat vector, as ours: the same within noise)
 * What differs by device is in PEER_FORMS.
 */
import type { Array as JaxArray } from '@jax-js/jax';
import { blockUntilReady, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { power, sinCos } from '../src/base/maths.ts';
import { sizeOf } from '../src/engine/types.ts';
import { batchRows } from '../src/training/offline.ts';
import { lmParameters } from '../src/models/lm/config.ts';
import type { Workload } from '../src/session/device-workload.ts';
import { BETA, CONFIG, LENGTH, OPTIMISER, PAIRS, ROWS } from '../src/session/device-workload.ts';
import { optimiserFeeds } from './workload.ts';

interface PeerForm {
  /** `rows`: matrices stored [out, in] as in checkpoints; `columns`: [in, out]. */
  weights: 'rows' | 'columns';
  /** Reading synchronously runs all kernels on the calling thread; otherwise jax-js spreads each over its worker pool. */
  read: 'sync' | 'async';
}

export const PEER_FORMS = {
  'jax-js-wasm': { weights: 'rows', read: 'sync' },
  'jax-js-wasm-threads': { weights: 'rows', read: 'async' },
  'jax-js-webgpu': { weights: 'columns', read: 'async' },
} satisfies Record<string, PeerForm>;

const { width: D, heads: H, hidden: F, vocabulary: V, eps, ropeTheta } = CONFIG;
const HEAD = D / H;
const { adam_beta1: B1, adam_beta2: B2, adam_epsilon, weight_decay, max_grad_norm } = OPTIMISER;

// Aliases, not interfaces: trees of jax-js need an index signature.
type Layer = Record<'attentionNorm' | 'qkv' | 'out' | 'mlpNorm' | 'gateUp' | 'down', JaxArray>;
type Params = { embedding: JaxArray; layers: Layer[]; norm: JaxArray };
type State = [params: Params, m: Params, v: Params];

/** What a batch is made of: tokens and targets [ROWS * LENGTH], reference [ROWS], the rotary tables. */
type Batch = Record<'tokens' | 'targets' | 'reference' | 'cos' | 'sin', JaxArray>;

const leavesOf = (params: Params): JaxArray[] => tree.leaves<JaxArray>(params);

/** In jax-js a function consumes its arguments; `.ref` keeps one for later. */
function rmsNorm(x: JaxArray, weight: JaxArray): JaxArray {
  const mean = np.mean(np.square(x.ref), -1, { keepdims: true });
  return x.div(np.sqrt(mean.add(eps))).mul(weight);
}

/** x [rows, positions, heads, 2, HEAD / 2]; `sin` holds -sine for the first half, sine for the second. */
function rotate(x: JaxArray, cos: JaxArray, sin: JaxArray): JaxArray {
  const turned = x.ref.mul(cos).add(np.flip(x, 3).mul(sin));
  return turned.reshape([ROWS, LENGTH, H, HEAD]);
}

function lossOf(weights: PeerForm['weights'], params: Params, batch: Batch): JaxArray {
  const linear = (x: JaxArray, w: JaxArray): JaxArray =>
    np.matmul(x, weights === 'rows' ? np.transpose(w) : w);
  const { cos, sin } = batch;

  let x = np.take(params.embedding.ref, batch.tokens, 0);
  for (const layer of params.layers) {
    const qkv = linear(rmsNorm(x.ref, layer.attentionNorm), layer.qkv);
    const parts = qkv.reshape([ROWS, LENGTH, 3, H, 2, HEAD / 2]);
    const q = rotate(parts.ref.slice([], [], 0), cos.ref, sin.ref);
    const k = rotate(parts.ref.slice([], [], 1), cos.ref, sin.ref);
    const v = parts.slice([], [], 2).reshape([ROWS, LENGTH, H, HEAD]);
    const attended = nn.dotProductAttention(q, k, v, { isCausal: true });
    x = x.add(linear(attended.reshape([ROWS * LENGTH, D]), layer.out));
    const gateUp = linear(rmsNorm(x.ref, layer.mlpNorm), layer.gateUp);
    const gate = nn.silu(gateUp.ref.slice([], [0, F]));
    x = x.add(linear(gate.mul(gateUp.slice([], [F, 2 * F])), layer.down));
  }
  cos.dispose();
  sin.dispose();
  const logits = np.matmul(rmsNorm(x, params.norm), np.transpose(params.embedding));

  const total = nn.logsumexp(logits.ref, -1);
  const picked = np.sum(logits.mul(nn.oneHot(batch.targets, V)), -1);
  const logp = np.sum(picked.sub(total).reshape([ROWS, LENGTH]), -1);
  const ratio = logp.sub(batch.reference);
  const margin = ratio.ref
    .slice([0, PAIRS])
    .sub(ratio.slice([PAIRS, ROWS]))
    .mul(BETA);
  return np.mean(nn.logSigmoid(margin)).neg();
}

/** numbers [3]: lr, 1-beta1^t, 1-beta2^t. Returns the new state and the gradient's norm before clipping. */
function adamw([params, m, v]: State, gradient: Params, numbers: JaxArray): [State, JaxArray] {
  const squares = leavesOf(tree.ref(gradient)).map((g) => np.sum(np.square(g)));
  const norm = np.sqrt(squares.reduce((a, b) => a.add(b)));
  const clip = np.minimum(1, np.trueDivide(max_grad_norm, norm.ref.add(1e-6)));
  const [lr, c1, c2] = [numbers.ref.slice(0), numbers.ref.slice(1), numbers.slice(2)];
  const clipped = tree.map((g: JaxArray) => g.mul(clip.ref), gradient);
  const mean = tree.map((old: JaxArray, g: JaxArray) => old.mul(B1).add(g.mul(1 - B1)), m, tree.ref(clipped));
  const square = tree.map(
    (old: JaxArray, g: JaxArray) => old.mul(B2).add(np.square(g).mul(1 - B2)),
    v,
    clipped,
  );
  const next = tree.map(
    (p: JaxArray, mean: JaxArray, square: JaxArray) => {
      const root = np.sqrt(square.div(c2.ref)).add(adam_epsilon);
      const kept = p.mul(np.subtract(1, lr.ref.mul(weight_decay)));
      return kept.sub(mean.div(c1.ref).mul(lr.ref).div(root));
    },
    params,
    tree.ref(mean),
    tree.ref(square),
  );
  for (const used of [clip, lr, c1, c2]) used.dispose();
  return [[next, mean, square], norm];
}

function stepOf(weights: PeerForm['weights']) {
  const gradientOf = valueAndGrad((params: Params, batch: Batch) => lossOf(weights, params, batch));
  return jit((state: State, batch: Batch, numbers: JaxArray): [State, JaxArray, JaxArray] => {
    const [loss, gradient] = gradientOf(tree.ref(state[0]), batch);
    const [next, norm] = adamw(state, gradient, numbers);
    return [next, loss, norm];
  });
}

function upload(block: Float32Array, weights: PeerForm['weights']): Params {
  const places = new Map(lmParameters(CONFIG).map((p) => [p.name, p.offset]));
  const read = (name: string, shape: number[]): JaxArray => {
    const offset = places.get(name) as number;
    return np.array(block.slice(offset, offset + sizeOf(shape))).reshape(shape);
  };
  const matrix = (name: string, rows: number, columns: number): JaxArray => {
    const offset = places.get(name) as number;
    if (weights === 'rows') return read(name, [rows, columns]);
    const turned = Float32Array.from(
      { length: rows * columns },
      (_, i) => block[offset + (i % rows) * columns + Math.floor(i / rows)] as number,
    );
    return np.array(turned).reshape([columns, rows]);
  };
  return {
    embedding: read('model.embed_tokens.weight', [V, D]),
    layers: Array.from({ length: CONFIG.layers }, (_, i) => {
      const prefix = `model.layers.${i}`;
      return {
        attentionNorm: read(`${prefix}.input_layernorm.weight`, [D]),
        qkv: matrix(`${prefix}.self_attn.q_proj.weight`, 3 * D, D),
        out: matrix(`${prefix}.self_attn.o_proj.weight`, D, D),
        mlpNorm: read(`${prefix}.post_attention_layernorm.weight`, [D]),
        gateUp: matrix(`${prefix}.mlp.gate_proj.weight`, 2 * F, D),
        down: matrix(`${prefix}.mlp.down_proj.weight`, D, F),
      };
    }),
    norm: read('model.norm.weight', [D]),
  };
}

/** First the chosen rows, then the rejected. */
function uploadBatch({ tokens, targets, reference }: Workload): Batch {
  const order = batchRows(Array.from({ length: PAIRS }, (_, p) => p));
  const rowsOf = (x: Int32Array): Int32Array =>
    Int32Array.from(order.flatMap((r) => [...x.subarray(r * LENGTH, (r + 1) * LENGTH)]));
  const sums = order.map((r) => {
    const row = reference.subarray(r * LENGTH, (r + 1) * LENGTH);
    return row.reduce((sum, logp) => sum + logp, 0);
  });
  const cos = new Float32Array(LENGTH * HEAD);
  const sin = new Float32Array(LENGTH * HEAD);
  for (let i = 0; i < cos.length; i++) {
    const [position, place] = [Math.floor(i / HEAD), i % HEAD];
    const angle = position * power(ropeTheta, (-2 * (place % (HEAD / 2))) / HEAD);
    const [s, c] = sinCos(angle);
    cos[i] = c;
    sin[i] = place < HEAD / 2 ? -s : s;
  }
  return {
    tokens: np.array(rowsOf(tokens)),
    targets: np.array(rowsOf(targets)),
    reference: np.array(Float32Array.from(sums)),
    cos: np.array(cos).reshape([LENGTH, 1, 2, HEAD / 2]),
    sin: np.array(sin).reshape([LENGTH, 1, 2, HEAD / 2]),
  };
}

/** A function that makes one step and resolves with its loss once everything it wrote is there. */
export function createPeer(work: Workload, form: PeerForm): (step: number) => Promise<number> {
  const params = upload(work.policy, form.weights);
  const zeros = (): Params => tree.map((p: JaxArray) => np.zeros(p.shape), tree.ref(params));
  let state: State = [params, zeros(), zeros()];
  const batch = uploadBatch(work);
  const stepped = stepOf(form.weights);
  return async (step) => {
    const [lr, , , , , c1, c2] = optimiserFeeds(step)['hyper'] as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const numbers = np.array(Float32Array.of(lr, c1, c2));
    const [next, loss, norm] = stepped(state, tree.ref(batch), numbers);
    state = next;
    if (form.read === 'sync') {
      norm.dataSync();
      return loss.dataSync()[0] as number;
    }
    await norm.data();
    const value = (await loss.data())[0] as number;
    await blockUntilReady(state);
    return value;
  };
}
