/** `config.json` of a LlamaForCausalLM to and from our LmConfig; a model that this engine can't run is refused by name. */
import type { LmConfig } from '../lm/config.ts';
import { isObject, mistake, parseObject, quoted } from './mistake.ts';

const FILE = 'config.json';

interface SpecialIds {
  pad: number;
  bos: number;
  eos: number;
}

/** Our sizes, their names there, and the largest that fits a page: a stranger's file must not ask for more. */
const SIZES: readonly (readonly [keyof LmConfig, string, number])[] = [
  ['vocabulary', 'vocab_size', 65536],
  ['width', 'hidden_size', 1024],
  ['hidden', 'intermediate_size', 4096],
  ['layers', 'num_hidden_layers', 32],
  ['heads', 'num_attention_heads', 64],
  ['context', 'max_position_embeddings', 4096],
];

const CHOOSE_SMALLER = 'Choose a Llama model that fits a browser page.';
const NOT_LLAMA = 'Only models of the Llama architecture can be loaded.';

/** What must hold, if the key is there at all. */
const FIXED: readonly { key: string; value: unknown; required?: true; cure: string }[] = [
  { key: 'model_type', value: 'llama', required: true, cure: NOT_LLAMA },
  { key: 'tie_word_embeddings', value: true, required: true, cure: 'Only models with tied embeddings run here.' },
  { key: 'hidden_act', value: 'silu', cure: 'Only SwiGLU models (hidden_act silu) run here.' },
  { key: 'attention_bias', value: false, cure: 'Only models without biases in attention run here.' },
  { key: 'mlp_bias', value: false, cure: 'Only models without biases in the MLP run here.' },
  { key: 'rope_scaling', value: null, cure: 'Only plain rotary positions run here; use the unscaled model.' },
  { key: 'partial_rotary_factor', value: 1, cure: 'Only models that rotate whole heads run here.' },
  { key: 'pretraining_tp', value: 1, cure: 'Save the model with pretraining_tp = 1; the weights are the same.' },
]; // prettier-ignore

/** The keys stand in a fixed order, so that the same model gives the same bytes. */
export function writeHfConfig(config: LmConfig, ids: SpecialIds): string {
  const json = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: config.width,
    intermediate_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.heads,
    head_dim: config.width / config.heads,
    max_position_embeddings: config.context,
    vocab_size: config.vocabulary,
    hidden_act: 'silu',
    rms_norm_eps: config.eps,
    rope_theta: config.ropeTheta,
    rope_scaling: null,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    tie_word_embeddings: true,
    pad_token_id: ids.pad,
    bos_token_id: ids.bos,
    eos_token_id: ids.eos,
    torch_dtype: 'float32',
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** Throws CheckpointError. */
export function readHfConfig(text: string): LmConfig {
  const json = parseObject(FILE, text, 'Take the config.json that lies beside the model.');
  const architectures = json['architectures'];
  if (!Array.isArray(architectures) || architectures[0] !== 'LlamaForCausalLM')
    throw mistake(`${FILE}, architectures`, '["LlamaForCausalLM"]', quoted(architectures), NOT_LLAMA);
  for (const { key, value, required, cure } of FIXED) {
    const received = json[key];
    if (received === value || (received === undefined && required === undefined)) continue;
    throw mistake(`${FILE}, ${key}`, JSON.stringify(value), quoted(received), cure);
  }
  const sizes = Object.fromEntries(SIZES.map(([ours, key, most]) => [ours, wholeNumber(json, key, most)]));
  const config: LmConfig = {
    ...(sizes as Pick<LmConfig, 'vocabulary' | 'width' | 'hidden' | 'layers' | 'heads' | 'context'>),
    ropeTheta: positive('rope_theta', ropeTheta(json) ?? 10000),
    eps: positive('rms_norm_eps', json['rms_norm_eps'] ?? 1e-6),
  };
  checkHeads(config, json);
  return config;
}

function checkHeads({ width, heads }: LmConfig, json: Readonly<Record<string, unknown>>): void {
  const groups = json['num_key_value_heads'] ?? heads;
  if (groups !== heads) {
    const cure = 'Grouped-query attention does not run here; choose a model with as many key-value heads.';
    throw mistake(`${FILE}, num_key_value_heads`, `${heads}, as num_attention_heads`, quoted(groups), cure);
  }
  if (width % (2 * heads) !== 0) {
    const cure = 'Choose a model whose heads have an even, whole width.';
    throw mistake(`${FILE}, hidden_size`, `a multiple of ${2 * heads} (twice the heads)`, `${width}`, cure);
  }
  const size = json['head_dim'] ?? width / heads;
  if (size !== width / heads) {
    const cure = 'Choose a model whose heads divide its width.';
    throw mistake(`${FILE}, head_dim`, `${width / heads}, hidden_size / heads`, quoted(size), cure);
  }
}

/** At the top, or, from transformers 5 on, inside `rope_parameters`, which may also ask for a scaling. */
function ropeTheta(json: Readonly<Record<string, unknown>>): unknown {
  const parameters = json['rope_parameters'];
  if (!isObject(parameters)) return json['rope_theta'];
  const type = parameters['rope_type'] ?? 'default';
  if (type !== 'default') {
    const cure = 'Only plain rotary positions run here; use the unscaled model.';
    throw mistake(`${FILE}, rope_parameters.rope_type`, '"default"', quoted(type), cure);
  }
  return parameters['rope_theta'] ?? json['rope_theta'];
}

function wholeNumber(json: Readonly<Record<string, unknown>>, key: string, most: number): number {
  const value = json[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most)
    throw mistake(`${FILE}, ${key}`, `a whole number from 1 to ${most}`, quoted(value), CHOOSE_SMALLER);
  return value;
}

function positive(key: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw mistake(
      `${FILE}, ${key}`,
      'a positive number',
      quoted(value),
      'Take the config.json of the model.',
    );
  return value;
}
