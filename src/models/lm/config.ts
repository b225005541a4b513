/** Sizes of the decoder and its list of parameters, named as in Hugging Face Llama checkpoints. */
import type { Shape } from '../../engine/types.ts';
import { sizeOf } from '../../engine/types.ts';

export interface LmConfig {
  /** Words in the vocabulary. */
  vocabulary: number;
  /** Width of the residual stream (`hidden_size`). */
  width: number;
  heads: number;
  layers: number;
  /** Width inside the SwiGLU (`intermediate_size`). */
  hidden: number;
  /** Longest sequence, in tokens. */
  context: number;
  /** Base of the rotary angles. */
  ropeTheta: number;
  /** Inside the root of RMSNorm. */
  eps: number;
}

type SizeName = 'nano' | 'micro';

/** With a vocabulary of about 430 words: nano has 31 K parameters, micro 110 K. */
const SIZES: Record<SizeName, Pick<LmConfig, 'width' | 'heads' | 'layers' | 'hidden'>> = {
  nano: { width: 32, heads: 2, layers: 2, hidden: 48 },
  micro: { width: 64, heads: 4, layers: 2, hidden: 128 },
};

export const LM_SIZES = Object.keys(SIZES) as SizeName[];
export type LmSize = SizeName;

export function lmConfig(size: LmSize, vocabulary: number, context: number): LmConfig {
  return { ...SIZES[size], vocabulary, context, ropeTheta: 10000, eps: 1e-5 };
}

export interface WeightBlock {
  name: string;
  shape: Shape;
  /** Where it starts in the flat block of all parameters. */
  offset: number;
}

/**
 * All parameters in the order of the flat block. Projections that read the same input lie next to each other, so that
 * q, k, v are one matrix [3D,D] and gate, up one matrix [2F,D] without a copy; each is [out, in], row-major.
 */
export function lmParameters(config: LmConfig): WeightBlock[] {
  const { width: d, hidden: f, vocabulary: v } = config;
  const list: [string, Shape][] = [['model.embed_tokens.weight', [v, d]]];
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    list.push(
      [`${prefix}.input_layernorm.weight`, [d]],
      [`${prefix}.self_attn.q_proj.weight`, [d, d]],
      [`${prefix}.self_attn.k_proj.weight`, [d, d]],
      [`${prefix}.self_attn.v_proj.weight`, [d, d]],
      [`${prefix}.self_attn.o_proj.weight`, [d, d]],
      [`${prefix}.post_attention_layernorm.weight`, [d]],
      [`${prefix}.mlp.gate_proj.weight`, [f, d]],
      [`${prefix}.mlp.up_proj.weight`, [f, d]],
      [`${prefix}.mlp.down_proj.weight`, [d, f]],
    );
  }
  list.push(['model.norm.weight', [d]]);
  let offset = 0;
  return list.map(([name, shape]) => {
    const parameter = { name, shape, offset };
    offset += sizeOf(shape);
    return parameter;
  });
}

export function parameterCount(config: LmConfig): number {
  return lmParameters(config).reduce((sum, p) => sum + sizeOf(p.shape), 0);
}
