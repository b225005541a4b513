/** A model as a Hugging Face folder, and back: what `LlamaForCausalLM.from_pretrained` loads. Bytes in memory only. */
import { sizeOf } from '../../engine/types.ts';
import type { LmConfig, WeightBlock } from '../lm/config.ts';
import { lmParameters, parameterCount } from '../lm/config.ts';
import { readHfConfig, writeHfConfig } from './hf-config.ts';
import { mistake, quoted } from './mistake.ts';
import type { NamedTensor } from './safetensors.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { readTokenizer, specialIds, writeTokenizer, writeTokenizerConfig } from './tokenizer.ts';

/** A folder's files by name. */
type CheckpointFiles = Readonly<Record<string, Uint8Array | string>>;

/** The files that reading a model needs. */
export const CHECKPOINT_FILES = ['config.json', 'model.safetensors'] as const;

interface Checkpoint {
  config: LmConfig;
  /** The flat block, in the order of `lmParameters`. */
  parameters: Float32Array;
  /** The vocabulary, where the folder has a tokenizer. */
  words?: readonly string[];
}

/** The same model gives the same bytes. */
export function writeCheckpoint(
  config: LmConfig,
  parameters: Float32Array,
  words: readonly string[],
): Record<string, Uint8Array | string> {
  if (parameters.length !== parameterCount(config)) {
    const expected = `${parameterCount(config)} numbers`;
    throw mistake('parameters', expected, `${parameters.length}`, 'Use the configuration of this model.');
  }
  checkWords(words, config);
  const tensors = lmParameters(config).map(({ name, shape, offset }) => ({
    name,
    shape,
    data: parameters.subarray(offset, offset + sizeOf(shape)),
  }));
  return {
    'config.json': writeHfConfig(config, specialIds(words)),
    'model.safetensors': writeSafetensors(tensors),
    'tokenizer.json': writeTokenizer(words),
    'tokenizer_config.json': writeTokenizerConfig(config.context),
  };
}

/** Needs `config.json` and `model.safetensors`; `tokenizer.json` is read where there is one. Throws CheckpointError. */
export function readCheckpoint(files: CheckpointFiles): Checkpoint {
  const config = readHfConfig(textOf(files, 'config.json'));
  const parameters = flatBlock(config, readSafetensors(bytesOf(files, 'model.safetensors')));
  if (!Object.hasOwn(files, 'tokenizer.json')) return { config, parameters };
  const words = readTokenizer(textOf(files, 'tokenizer.json'));
  checkWords(words, config);
  return { config, parameters, words };
}

function checkWords(words: readonly string[], { vocabulary }: LmConfig): void {
  if (words.length === vocabulary) return;
  const cure = 'Take the vocabulary that this model was trained with.';
  throw mistake('vocabulary', `${vocabulary} words`, `${words.length}`, cure);
}

/** Older checkpoints also hold the rotary frequencies, which follow from the configuration. */
const DERIVED = /\.rotary_emb\.inv_freq$/;

function flatBlock(config: LmConfig, tensors: readonly NamedTensor[]): Float32Array {
  const given = new Map(tensors.filter(({ name }) => !DERIVED.test(name)).map((t) => [t.name, t]));
  const parameters = lmParameters(config);
  // everything is checked against the file before memory is taken for what the configuration claims
  const parts = parameters.map((p) => dataOf(p, given.get(p.name)));
  for (const { name } of parameters) given.delete(name);
  for (const name of given.keys()) {
    const cure =
      name === 'lm_head.weight'
        ? 'Tie the embeddings (model.tie_weights()) and save again.'
        : 'Take the config.json and the weights of the same model.';
    throw mistake(`tensor ${quoted(name)}`, 'only tensors of this Llama model', 'one more', cure);
  }
  const block = new Float32Array(parameterCount(config));
  parts.forEach((part, i) => block.set(part, parameters[i]?.offset));
  return block;
}

function dataOf({ name, shape }: WeightBlock, tensor: NamedTensor | undefined): Float32Array {
  const what = `tensor ${name}`;
  const expected = `float32 of shape [${shape.join(',')}]`;
  const cure = 'Take the config.json and the weights of the same model.';
  if (tensor === undefined) throw mistake(what, expected, 'no such tensor', cure);
  if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i]))
    throw mistake(what, expected, `shape ${quoted(tensor.shape)}`, cure);
  const bad = tensor.data.findIndex((x) => !Number.isFinite(x));
  if (bad >= 0) {
    const again = 'The model broke in training, or the file is damaged; take an earlier one.';
    throw mistake(what, 'finite numbers', `${tensor.data[bad]} at element ${bad}`, again);
  }
  return tensor.data;
}

function fileOf(files: CheckpointFiles, name: string): Uint8Array | string {
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file !== undefined) return file;
  const cure = 'Choose all files of the folder that save_pretrained wrote.';
  throw mistake(`file ${name}`, 'to be in the folder', quoted(Object.keys(files)), cure);
}

function textOf(files: CheckpointFiles, name: string): string {
  const file = fileOf(files, name);
  return typeof file === 'string' ? file : new TextDecoder().decode(file);
}

function bytesOf(files: CheckpointFiles, name: string): Uint8Array {
  const file = fileOf(files, name);
  if (typeof file !== 'string') return file;
  throw mistake(`file ${name}`, 'bytes', 'text', 'Read the file as binary.');
}
