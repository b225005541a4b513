/**
 * The decoder of `models/lm` out of standard ONNX operators. Letters: B sequences, T positions, N = B*T rows, D width,
 * H heads, V words. Weights keep the names and shapes of the checkpoint ([out, in]), so that they can be read back.
 */
import { sizeOf } from '../../engine/types.ts';
import type { LmConfig } from '../lm/config.ts';
import { lmParameters } from '../lm/config.ts';
import { rotaryValues } from '../lm/decoder.ts';
import type { GraphWriter } from './graph-write.ts';

/** A row's own value and its width are read off the names in `lmParameters`. */
type WeightOf = (name: string) => string;

/** The weights as tensors of the graph, by the names of the checkpoint. */
function weightsOf(g: GraphWriter, config: LmConfig, parameters: Float32Array): WeightOf {
  const all = new Map(lmParameters(config).map((parameter) => [parameter.name, parameter]));
  return (name) => {
    const { shape, offset } = all.get(name)!;
    return g.weights(name, shape, parameters.subarray(offset, offset + sizeOf(shape)));
  };
}

/** Rows [N,in] times a weight [out,in] -> [N,out]. */
const linear = (g: GraphWriter, rows: string, weight: string): string =>
  g.node('Gemm', [rows, weight], { transB: 1 });

/** x / sqrt(mean(x^2) + eps) * weight, over the last axis. */
function rmsNorm(g: GraphWriter, x: string, weight: string, eps: number): string {
  const mean = g.node('ReduceMean', [g.node('Mul', [x, x])], { axes: [-1], keepdims: 1 });
  const root = g.node('Sqrt', [g.node('Add', [mean, g.number(eps)])]);
  return g.node('Mul', [g.node('Div', [x, root]), weight]);
}

interface Places {
  /** [T, headDim / 2] each. */
  cos: string;
  sin: string;
  /** [T,T] bool: whether the position of the row sees that of the column. */
  seen: string;
  /** [4] int64: B, T, H, headDim. */
  byHead: string;
}

/** What follows from the lengths of the input alone. */
function placesOf(g: GraphWriter, config: LmConfig, ids: string): Places {
  const { context, heads, width } = config;
  const size = width / heads;
  const shape = g.node('Shape', [ids]);
  const length = g.node('Gather', [shape, g.integer(1)]);
  const table = g.weights('rotary', [context, size], rotaryValues(config));
  const lengthAsList = g.node('Unsqueeze', [length, g.integers(0)]);
  const rows = g.node('Slice', [table, g.integers(0), lengthAsList, g.integers(0)]);
  const [cos, sin] = g.nodes('Split', [rows, g.integers(size / 2, size / 2)], 2, { axis: 1 }) as [
    string,
    string,
  ];
  const positions = g.node('Range', [g.integer(0), length, g.integer(1)]);
  const [across, down] = [0, 1].map((axis) => g.node('Unsqueeze', [positions, g.integers(axis)])) as [
    string,
    string,
  ];
  return {
    cos,
    sin,
    seen: g.node('LessOrEqual', [across, down]),
    byHead: g.node('Concat', [shape, g.integers(heads, size)], { axis: 0 }),
  };
}

/** Rotate-half rotary positions of [B,H,T,headDim]. */
function rotate(g: GraphWriter, x: string, { cos, sin }: Places, half: number): string {
  const [low, high] = g.nodes('Split', [x, g.integers(half, half)], 2, { axis: 3 }) as [string, string];
  const times = (a: string, b: string): string => g.node('Mul', [a, b]);
  const first = g.node('Sub', [times(low, cos), times(high, sin)]);
  const second = g.node('Add', [times(high, cos), times(low, sin)]);
  return g.node('Concat', [first, second], { axis: 3 });
}

/** Causal attention over normalised rows [N,D] -> [N,D]. */
function attention(g: GraphWriter, config: LmConfig, rows: string, weight: WeightOf, places: Places): string {
  const { width, heads } = config;
  const size = width / heads;
  const split = (name: string): string => {
    const projected = linear(g, rows, weight(`${name}_proj.weight`));
    return g.node('Transpose', [g.node('Reshape', [projected, places.byHead])], { perm: [0, 2, 1, 3] });
  };
  const [q, k] = ['q', 'k'].map((name) => rotate(g, split(name), places, size / 2)) as [string, string];
  const products = g.node('MatMul', [q, g.node('Transpose', [k], { perm: [0, 1, 3, 2] })]);
  const scaled = g.node('Mul', [products, g.number(1 / Math.sqrt(size))]);
  const masked = g.node('Where', [places.seen, scaled, g.number(-Infinity)]);
  const mixed = g.node('MatMul', [g.node('Softmax', [masked], { axis: -1 }), split('v')]);
  const joined = g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] });
  return linear(g, g.node('Reshape', [joined, g.integers(-1, width)]), weight('o_proj.weight'));
}

/** SwiGLU: (silu(gate) * up) down. */
function feedForward(g: GraphWriter, rows: string, weight: WeightOf): string {
  const gate = linear(g, rows, weight('gate_proj.weight'));
  const silu = g.node('Mul', [gate, g.node('Sigmoid', [gate])]);
  return linear(
    g,
    g.node('Mul', [silu, linear(g, rows, weight('up_proj.weight'))]),
    weight('down_proj.weight'),
  );
}

/** `ids` [B,T] int64 -> normalised hidden states [N,D]; and the embedding's name, which is also the output layer. */
export function decoderGraph(
  g: GraphWriter,
  config: LmConfig,
  parameters: Float32Array,
  ids: string,
): { hidden: string; embedding: string } {
  const weight = weightsOf(g, config, parameters);
  const places = placesOf(g, config, ids);
  const embedding = weight('model.embed_tokens.weight');
  let x = g.node('Gather', [embedding, g.node('Reshape', [ids, g.integers(-1)])]);
  for (let layer = 0; layer < config.layers; layer++) {
    const of =
      (part: string): WeightOf =>
      (name) =>
        weight(`model.layers.${layer}.${part}${name}`);
    const norm = (rows: string, name: string): string =>
      rmsNorm(g, rows, of('')(`${name}.weight`), config.eps);
    x = g.node('Add', [x, attention(g, config, norm(x, 'input_layernorm'), of('self_attn.'), places)]);
    x = g.node('Add', [x, feedForward(g, norm(x, 'post_attention_layernorm'), of('mlp.'))]);
  }
  return { hidden: rmsNorm(g, x, weight('model.norm.weight'), config.eps), embedding };
}
