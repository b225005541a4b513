/**
 * The decoder as a graph: RMSNorm, rotary positions (rotate-half), SwiGLU, tied embeddings; the same function as
 * `LlamaForCausalLM`. Letters: S sequences, T positions, N = S*T rows, D width, V words.
 */
import { power, sinCos } from '../../base/maths.ts';
import type { Graph } from '../../engine/graph.ts';
import { float } from '../../engine/graph.ts';
import type { Shape, Tensor } from '../../engine/types.ts';
import { sizeOf } from '../../engine/types.ts';
import type { LmConfig } from './config.ts';
import { lmParameters, parameterCount } from './config.ts';

interface Layer {
  attentionNorm: Tensor;
  qkv: Tensor;
  out: Tensor;
  mlpNorm: Tensor;
  gateUp: Tensor;
  down: Tensor;
}

export interface Weights {
  embedding: Tensor;
  layers: Layer[];
  norm: Tensor;
  /** The same tensors in the order of the flat block: what is differentiated, then packed. */
  all: Tensor[];
}

/** The flat state [P] `name`, opened as views. */
export function openWeights(
  g: Graph,
  config: LmConfig,
  name: string,
  replicated = false,
): { block: Tensor; weights: Weights } {
  const block = g.state(name, float(parameterCount(config)), { replicated });
  return { block, weights: viewWeights(g, config, block) };
}

/** The weights as views of the first numbers of `block`, which may hold more behind them. */
export function viewWeights(g: Graph, config: LmConfig, block: Tensor): Weights {
  const { width: d, hidden: f } = config;
  const offsets = new Map(lmParameters(config).map((p) => [p.name, p.offset]));
  const all: Tensor[] = [];
  const view = (name: string, shape: Shape): Tensor => {
    const tensor = g.apply('view', [block], { offset: offsets.get(name) as number, shape });
    all.push(tensor);
    return tensor;
  };
  const embedding = view('model.embed_tokens.weight', [config.vocabulary, d]);
  const layers = Array.from({ length: config.layers }, (_, i): Layer => {
    const prefix = `model.layers.${i}`;
    return {
      attentionNorm: view(`${prefix}.input_layernorm.weight`, [d]),
      qkv: view(`${prefix}.self_attn.q_proj.weight`, [3 * d, d]),
      out: view(`${prefix}.self_attn.o_proj.weight`, [d, d]),
      mlpNorm: view(`${prefix}.post_attention_layernorm.weight`, [d]),
      gateUp: view(`${prefix}.mlp.gate_proj.weight`, [2 * f, d]),
      down: view(`${prefix}.mlp.down_proj.weight`, [d, f]),
    };
  });
  return { embedding, layers, norm: view('model.norm.weight', [d]), all };
}

/** [context, headDim]: for each position the cosines, then the sines, of position / theta^(2c / headDim). */
export function rotaryValues(config: LmConfig): Float32Array {
  const size = config.width / config.heads;
  const half = size / 2;
  const table = new Float32Array(config.context * size);
  for (let position = 0; position < config.context; position++) {
    for (let c = 0; c < half; c++) {
      const [sin, cos] = sinCos(position * power(config.ropeTheta, (-2 * c) / size));
      table[position * size + c] = cos;
      table[position * size + half + c] = sin;
    }
  }
  return table;
}

export function rotaryTable(g: Graph, config: LmConfig): Tensor {
  const size = config.width / config.heads;
  return g.constant(float(config.context, size), rotaryValues(config));
}

const linear = (g: Graph, x: Tensor, weight: Tensor): Tensor =>
  g.apply('matmul', [x, weight], { transA: false, transB: true });

/** One pass through the layers; `attend` turns rotated qkv [N,3D] into [N,D]. Returns normalised hidden states [N,D]. */
function trunk(
  g: Graph,
  config: LmConfig,
  weights: Weights,
  tokens: Tensor,
  position: Tensor,
  attend: (qkv: Tensor, layer: number) => Tensor,
): Tensor {
  const { heads, eps } = config;
  const table = rotaryTable(g, config);
  // the first layer's projections know only the word: with more rows than words, each word is projected once
  const byWord = sizeOf(tokens.shape) > config.vocabulary;
  let x = g.apply('gather', [weights.embedding, tokens]);
  weights.layers.forEach((layer, i) => {
    const project = (rows: Tensor): Tensor =>
      linear(g, g.apply('rms_norm', [rows, layer.attentionNorm], { eps }), layer.qkv);
    const qkv = i === 0 && byWord ? g.apply('gather', [project(weights.embedding), tokens]) : project(x);
    const attended = attend(g.apply('rotary', [qkv, table, position], { heads, inverse: false }), i);
    x = g.apply('add', [x, linear(g, attended, layer.out)]);
    const gateUp = linear(g, g.apply('rms_norm', [x, layer.mlpNorm], { eps }), layer.gateUp);
    x = g.apply('add', [x, linear(g, g.apply('swiglu', [gateUp]), layer.down)]);
  });
  return g.apply('rms_norm', [x, weights.norm], { eps });
}

/**
 * tokens [N] i32, whole sequences of `length` one after the other -> hidden states [N,D]. Padding at the end of a
 * sequence changes nothing before it (attention is causal).
 */
export function hiddenStates(
  g: Graph,
  config: LmConfig,
  weights: Weights,
  tokens: Tensor,
  length: number,
): Tensor {
  const rows = tokens.shape[0] as number;
  const position = g.constant(
    { shape: [rows], dtype: 'i32' },
    Array.from({ length: rows }, (_, i) => i % length),
  );
  const { heads } = config;
  return trunk(g, config, weights, tokens, position, (qkv) => g.apply('attention', [qkv], { heads, length }));
}

/** Hidden states [N,D] -> logits [N,V] through the tied embedding. */
export function logitsOf(g: Graph, weights: Weights, hidden: Tensor): Tensor {
  return linear(g, hidden, weights.embedding);
}

/** tokens [N] i32 -> logits [N,V]. */
export function forward(
  g: Graph,
  config: LmConfig,
  weights: Weights,
  tokens: Tensor,
  length: number,
): Tensor {
  return logitsOf(g, weights, hiddenStates(g, config, weights, tokens, length));
}

/** One position of S sequences: tokens [S] i32 at `position` [1] i32 -> logits [S,V]; keys and values go to the caches. */
export function forwardCached(
  g: Graph,
  config: LmConfig,
  weights: Weights,
  tokens: Tensor,
  position: Tensor,
  replicated = false,
): Tensor {
  const sequences = tokens.shape[0] as number;
  const zeros = g.constant({ shape: [sequences], dtype: 'i32' }, new Int32Array(sequences));
  const positions = g.apply('gather', [position, zeros]);
  const { heads, context, width } = config;
  const hidden = trunk(g, config, weights, tokens, positions, (qkv, layer) => {
    const cache = g.state(`cache.${layer}`, float(sequences, context, 2 * width), { replicated });
    g.apply('cache_write', [cache, qkv, position]);
    return g.apply('attention_cached', [qkv, cache, position], { heads });
  });
  return logitsOf(g, weights, hidden);
}
