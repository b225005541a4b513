/** Our models as ONNX files, with standard operators only. The same model gives the same bytes. */
import { parameterCount, type LmConfig } from '../lm/config.ts';
import { writeHfConfig } from '../checkpoint/hf-config.ts';
import { mistake } from '../checkpoint/mistake.ts';
import { specialIds, writeTokenizer } from '../checkpoint/tokenizer.ts';
import { decoderGraph } from './decoder-graph.ts';
import { graphWriter, type GraphWriter } from './graph-write.ts';
import { ENTRY, IR_VERSION, MODEL, OPSET, OPSET_ID } from './schema.ts';
import { bytesOf, message } from './wire-write.ts';

/** Keys of the metadata by which a file of ours is known again. */
export const METADATA_KEYS = {
  kind: 'swayground.kind',
  config: 'config.json',
  tokenizer: 'tokenizer.json',
} as const;

/** `policy`: the next word's logits; `reward`: one number a sequence. */
export type OnnxKind = 'policy' | 'reward';

export interface LmModel {
  config: LmConfig;
  /** The flat block, in the order of `lmParameters`. */
  parameters: Float32Array;
  /** The vocabulary: the index is the token id. */
  words: readonly string[];
  /** Its tokenizer.json, where words are not just what stands between spaces. */
  tokenizer?: string;
}

/** A scalar read off the final norm's hidden state. */
export interface ScalarHead {
  /** [width] */
  weight: Float32Array;
  bias: number;
}

/** A reward model's flat block, trunk and head (`lm/head.ts`), as `writeRewardOnnx` takes it. */
export function rewardOf(model: Omit<LmModel, 'parameters'>, block: Float32Array): [LmModel, ScalarHead] {
  const head = parameterCount(model.config);
  const bias = head + model.config.width;
  return [
    { ...model, parameters: block.subarray(0, head) },
    { weight: block.subarray(head, bias), bias: block[bias] ?? NaN },
  ];
}

const ABOUT: Record<OnnxKind, string> = {
  policy:
    'A language model. input_ids [batch, length]: token ids, padded at the end. logits [batch, length, vocabulary]: of the word after each token.',
  reward:
    'A reward model. input_ids [batch, length]: prompt and response, padded at the end; attention_mask: 1 for tokens, 0 for padding. reward [batch]: read off the last token.',
};

/** `input_ids` [batch, length] int64 -> `logits` [batch, length, vocabulary]. Throws CheckpointError. */
export function writePolicyOnnx(model: LmModel): Uint8Array<ArrayBuffer> {
  const { config } = model;
  const g = graphWriter();
  const ids = g.input('input_ids', 'int64', ['batch', 'length']);
  const { hidden, embedding } = decoderGraph(g, config, checked(model), ids);
  const rows = g.node('Gemm', [hidden, embedding], { transB: 1 });
  const shape = g.node('Concat', [g.node('Shape', [ids]), g.integers(config.vocabulary)], { axis: 0 });
  g.output(g.node('Reshape', [rows, shape], {}, 'logits'), 'float32', ['batch', 'length', config.vocabulary]);
  return modelBytes(g, 'policy', model);
}

/**
 * `input_ids`, `attention_mask` [batch, length] int64 -> `reward` [batch], from the last token that the mask counts.
 * Padding is at the end: attention is causal, so it changes nothing before it. Throws CheckpointError.
 */
export function writeRewardOnnx(model: LmModel, head: ScalarHead): Uint8Array<ArrayBuffer> {
  const { width } = model.config;
  if (head.weight.length !== width) {
    const cure = 'Take the head that was trained with this model.';
    throw mistake('head', `${width} weights`, `${head.weight.length}`, cure);
  }
  const g = graphWriter();
  const ids = g.input('input_ids', 'int64', ['batch', 'length']);
  const mask = g.input('attention_mask', 'int64', ['batch', 'length']);
  const { hidden } = decoderGraph(g, model.config, checked(model), ids);
  const shape = g.node('Concat', [g.node('Shape', [ids]), g.integers(width)], { axis: 0 });
  const bySequence = g.node('Reshape', [hidden, shape]);
  const count = g.node('ReduceSum', [mask, g.integers(1)], { keepdims: 1 });
  const last = g.node('Sub', [count, g.integer(1)]);
  const states = g.node('GatherND', [bySequence, last], { batch_dims: 1 });
  const weight = g.weights('score.weight', [1, width], head.weight);
  const bias = g.weights('score.bias', [1], Float32Array.of(head.bias));
  const score = g.node('Gemm', [states, weight, bias], { transB: 1 });
  g.output(g.node('Reshape', [score, g.integers(-1)], {}, 'reward'), 'float32', ['batch']);
  return modelBytes(g, 'reward', model);
}

function checked({ config, parameters, words }: LmModel): Float32Array {
  const count = parameterCount(config);
  if (parameters.length !== count) {
    const cure = 'Use the configuration of this model.';
    throw mistake('parameters', `${count} numbers`, `${parameters.length}`, cure);
  }
  if (words.length !== config.vocabulary) {
    const cure = 'Take the vocabulary that this model was trained with.';
    throw mistake('vocabulary', `${config.vocabulary} words`, `${words.length}`, cure);
  }
  return parameters;
}

function modelBytes(
  g: GraphWriter,
  kind: OnnxKind,
  { config, words, tokenizer }: LmModel,
): Uint8Array<ArrayBuffer> {
  const metadata: [string, string][] = [
    [METADATA_KEYS.kind, kind],
    [METADATA_KEYS.config, writeHfConfig(config, specialIds(words))],
    [METADATA_KEYS.tokenizer, tokenizer ?? writeTokenizer(words)],
  ];
  const model = message()
    .int(MODEL.irVersion, IR_VERSION)
    .text(MODEL.producerName, 'swayground')
    .text(MODEL.docString, ABOUT[kind])
    .message(MODEL.graph, g.message(kind))
    .message(MODEL.opsetImport, message().text(OPSET_ID.domain, '').int(OPSET_ID.version, OPSET));
  for (const [key, value] of metadata)
    model.message(MODEL.metadata, message().text(ENTRY.key, key).text(ENTRY.value, value));
  return bytesOf(model);
}
