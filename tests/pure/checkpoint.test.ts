/** Checkpoints: what is written is read back to the bit, and no damaged or hostile file gets further than an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/base/errors.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/models/checkpoint/index.ts';
import { readSafetensors, writeSafetensors } from '../../src/models/checkpoint/safetensors.ts';
import { lmParameters } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';

fc.configureGlobal({ seed: 20, numRuns: 300 });

const config = {
  vocabulary: 7,
  width: 8,
  heads: 2,
  layers: 2,
  hidden: 6,
  context: 9,
  ropeTheta: 10000,
  eps: 1e-5,
};
const words = ['<pad>', '<bos>', '<eos>', 'the', "isn't", '42', '__proto__'];
const parameters = initialParameters(config, 5);
const files = writeCheckpoint(config, parameters, words);
const weights = files['model.safetensors'] as Uint8Array;

/** A file from any header text (or value) and some bytes of tensors. */
function fileOf(header: unknown, dataBytes = 0, claimed?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  return 'no error';
}

describe('a written checkpoint', () => {
  it('comes back to the bit', () => {
    expect(readCheckpoint(files)).toEqual({ config, parameters, words });
  });

  it('has the same bytes when written again', () => {
    expect(writeCheckpoint({ ...config }, parameters.slice(), [...words])).toEqual(files);
  });

  it('holds the tensors under their Llama names, aligned, with the metadata that transformers asks for', () => {
    expect(readSafetensors(weights).map((t) => [t.name, t.shape])).toEqual(
      lmParameters(config).map((p) => [p.name, p.shape]),
    );
    const length = Number(new DataView(weights.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(weights.subarray(8, 8 + length))) as object;
    expect(header).toMatchObject({
      __metadata__: { format: 'pt' },
      'model.norm.weight': { dtype: 'F32', shape: [8] },
    });
  });

  it('is a config.json that transformers builds the same model from', () => {
    expect(JSON.parse(files['config.json'] as string)).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      num_key_value_heads: 2,
      tie_word_embeddings: true,
      hidden_act: 'silu',
      attention_bias: false,
      mlp_bias: false,
      pad_token_id: 0,
      bos_token_id: 1,
      eos_token_id: 2,
      torch_dtype: 'float32',
    });
  });

  it('is a tokenizer.json of words between spaces', () => {
    const tokenizer = JSON.parse(files['tokenizer.json'] as string) as {
      model: { vocab: object };
      added_tokens: { content: string }[];
    };
    expect(tokenizer).toMatchObject({
      model: { type: 'WordLevel' },
      pre_tokenizer: { type: 'WhitespaceSplit' },
    });
    expect(new Map(Object.entries(tokenizer.model.vocab))).toEqual(new Map(words.map((w, i) => [w, i])));
    expect(tokenizer.added_tokens.map((t) => t.content)).toEqual(['<pad>', '<bos>', '<eos>']);
  });

  it('reads from the middle of a larger buffer, and as bytes throughout', () => {
    const shifted = new Uint8Array(weights.length + 3).subarray(3);
    shifted.set(weights);
    const encoder = new TextEncoder();
    const asBytes = Object.fromEntries(
      Object.entries(files).map(([name, file]) => [
        name,
        typeof file === 'string' ? encoder.encode(file) : shifted,
      ]),
    );
    expect(readCheckpoint(asBytes)).toEqual({ config, parameters, words });
  });
});

it('any tensors come back from safetensors, empty ones and strange names too', () => {
  const tensor = fc
    .tuple(fc.string(), fc.array(fc.nat(4), { maxLength: 3 }))
    .map(([name, shape]) => ({ name, shape }));
  fc.assert(
    fc.property(
      fc.uniqueArray(tensor, { selector: (t) => t.name, maxLength: 6 }),
      fc.float32Array({ minLength: 400, maxLength: 400 }),
      (list, numbers) => {
        let at = 0;
        const tensors = list
          .filter(({ name }) => name !== '__metadata__')
          .map(({ name, shape }) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return { name, shape, data: numbers.slice(at, (at += size)) };
          });
        const back = readSafetensors(writeSafetensors(tensors));
        const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
        expect(back.sort(byName)).toEqual(tensors.sort(byName));
      },
    ),
  );
});

describe('a damaged or hostile file', () => {
  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]): object => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });
  const cases: [string, Uint8Array, RegExp][] = [
    ['is too short', new Uint8Array(5), /at least 8 bytes, received a file of 5 bytes/],
    ['claims a huge header', fileOf({}, 0, 2n ** 63n), /header length: expected at most 1000000 bytes/],
    ['ends inside its header', fileOf({}, 0, 100n), /expected 100 bytes, received a file that ends after 2/],
    ['has no JSON', fileOf('<html>'), /header: expected JSON/],
    ['has a list as header', fileOf([]), /expected a JSON object, received \[\]/],
    ['nests without end', fileOf(`{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`), /tensor "a": expected an obj/],
    ['has a half-precision tensor', fileOf({ a: { ...f32(0, 4), dtype: 'F16' } }, 4), /"a": expected dtype F32.*"F16".*model\.float/],
    ['has a shape that is none', fileOf({ a: { ...f32(0, 4), shape: [-1] } }, 4), /"a", shape: expected .* received \[-1\]/],
    ['has fractional offsets', fileOf({ a: { ...f32(0, 4), data_offsets: [0.5, 4] } }, 4), /"a", data_offsets/],
    ['has one offset', fileOf({ a: { ...f32(0, 4), data_offsets: [0] } }, 4), /two whole numbers, received \[0\]/],
    ['runs backwards', fileOf({ a: { ...f32(0, 4), data_offsets: [4, 0] } }, 4), /a stretch of the 4 bytes/],
    ['points past its end', fileOf({ a: f32(0, 8) }, 4), /"a", data_offsets: .* received \[0,8\]/],
    ['has a shape of another size', fileOf({ a: f32(0, 8, [3]) }, 8), /12 bytes for shape \[3\], received 8 bytes/],
    ['overflows a product', fileOf({ a: f32(0, 4, [2 ** 52, 2 ** 52]) }, 4), /"a": expected .* received 4 bytes/],
    ['overlaps', fileOf({ a: f32(0, 8), b: f32(4, 12) }, 12), /"b": expected its data at byte 8, received 4, which overlaps/],
    ['leaves a gap', fileOf({ a: f32(0, 4), b: f32(8, 12) }, 12), /"b": .* received 8, which leaves a gap/],
    ['has bytes at its end', fileOf({ a: f32(0, 4) }, 8), /4 bytes of tensors, received 8 bytes/],
    ['names a tensor twice', fileOf(`{"a":${JSON.stringify(f32(0, 4))},"\\u0061":${JSON.stringify(f32(0, 4))}}`, 4), /"a": expected one entry/],
    ['is not UTF-8', fileOf({}).fill(0xff, 8), /UTF-8/],
    ['has a name as long as its header', fileOf({ ['x'.repeat(900_000)]: 1 }), /tensor "x{60}…": expected an object/],
  ]; // prettier-ignore

  it.each(cases)('that %s is refused', (_, bytes, message) => {
    expect(messageOf(() => readSafetensors(bytes))).toMatch(message);
  });

  it('gives tensors or a CheckpointError whatever bytes are changed', () => {
    const edit = fc.tuple(fc.nat(weights.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(weights.length), (edits, length) => {
        const damaged = weights.slice(0, length > weights.length / 2 ? undefined : length);
        for (const [at, value] of edits) damaged[at] = value;
        messageOf(() => readSafetensors(damaged));
      }),
    );
  });
});

describe('a model that does not fit', () => {
  const withConfig = (change: object): string => {
    const json = { ...(JSON.parse(files['config.json'] as string) as object), ...change };
    return messageOf(() => readCheckpoint({ ...files, 'config.json': JSON.stringify(json) }));
  };
  it.each([
    [{ architectures: ['MistralForCausalLM'] }, /architectures: expected \["LlamaForCausalLM"\], received \["Mistral/],
    [{ model_type: 'qwen2' }, /model_type: expected "llama", received "qwen2"/],
    [{ tie_word_embeddings: false }, /tie_word_embeddings: expected true, received false\. Only .* tied/],
    [{ tie_word_embeddings: undefined }, /tie_word_embeddings: expected true, received nothing/],
    [{ hidden_act: 'gelu' }, /hidden_act: expected "silu"/],
    [{ attention_bias: true }, /attention_bias: expected false, received true/],
    [{ mlp_bias: true }, /mlp_bias: expected false, received true/],
    [{ rope_scaling: { rope_type: 'llama3' } }, /rope_scaling: expected null, received an object/],
    [{ rope_parameters: { rope_type: 'yarn', rope_theta: 1 } }, /rope_type: expected "default", received "yarn"/],
    [{ num_key_value_heads: 1 }, /num_key_value_heads: expected 2.*received 1\. Grouped-query/],
    [{ head_dim: 16 }, /head_dim: expected 4/],
    [{ num_attention_heads: 3, num_key_value_heads: 3 }, /hidden_size: expected a multiple of 6 .* received 8/],
    [{ hidden_size: 1e9 }, /hidden_size: expected a whole number from 1 to 1024, received 1000000000/],
    [{ num_hidden_layers: 0.5 }, /num_hidden_layers: expected a whole number/],
    [{ vocab_size: '7' }, /vocab_size: .* received "7"/],
    [{ rms_norm_eps: 0 }, /rms_norm_eps: expected a positive number, received 0/],
    [{ vocab_size: 65536, num_hidden_layers: 32, hidden_size: 1024, head_dim: 512, intermediate_size: 4096 }, /model\.embed_tokens\.weight: expected float32 of shape \[65536,1024\], received shape \[7,8\]/],
    [{ num_hidden_layers: 1 }, /"model\.layers\.1\.input_layernorm\.weight": expected only tensors/],
    [{ num_hidden_layers: 3 }, /model\.layers\.2\.input_layernorm\.weight: expected .* no such tensor/],
  ])('with %j is refused by name', (change, message) => {
    expect(withConfig(change)).toMatch(message);
  }); // prettier-ignore

  it('takes what transformers 5 writes, and defaults that may be left out', () => {
    const { rope_theta, rope_scaling, head_dim, mlp_bias, ...rest } = JSON.parse(
      files['config.json'] as string,
    ) as Record<string, unknown>;
    const json = { ...rest, rope_parameters: { rope_type: 'default', rope_theta: 500 } };
    expect([rope_theta, rope_scaling, head_dim, mlp_bias]).toEqual([10000, null, 4, false]);
    const read = readCheckpoint({ ...files, 'config.json': JSON.stringify(json) });
    expect(read.config).toEqual({ ...config, ropeTheta: 500 });
  });

  const withTensors = (change: (list: ReturnType<typeof readSafetensors>) => void): string => {
    const list = readSafetensors(weights);
    change(list);
    return messageOf(() => readCheckpoint({ ...files, 'model.safetensors': writeSafetensors(list) }));
  };
  const extra = (name: string) => ({ name, shape: [1], data: new Float32Array(1) });

  it('names a broken number, a second head and other tensors', () => {
    expect(withTensors((list) => (list[3]!.data[5] = NaN))).toMatch(/k_proj.* received NaN at element 5/);
    expect(withTensors((list) => list.push(extra('lm_head.weight')))).toMatch(
      /"lm_head.weight".*tie_weights/,
    );
    expect(withTensors((list) => list.push(extra('model.layers.0.self_attn.rotary_emb.inv_freq')))).toBe(
      'no error',
    );
  });

  it('names a missing file and a vocabulary that does not fit', () => {
    expect(messageOf(() => readCheckpoint({ 'config.json': files['config.json']! }))).toMatch(
      /file model\.safetensors: .* received \["config\.json"\]/,
    );
    expect(messageOf(() => readCheckpoint({ ...files, 'model.safetensors': 'text' }))).toMatch(/binary/);
    const write = (list: string[]) => messageOf(() => writeCheckpoint(config, parameters, list));
    expect(write(words.slice(1))).toMatch(/vocabulary: expected 7 words, received 6/);
    expect(write(words.with(6, 'the'))).toMatch(/word 6: expected a new word, received "the" again/);
    expect(write(words.with(6, 'two words'))).toMatch(/word 6: expected text without spaces/);
    expect(write(words.with(0, 'pad'))).toMatch(/vocabulary: expected the word <pad>/);
    expect(messageOf(() => writeCheckpoint(config, parameters.slice(1), words))).toMatch(/parameters/);
  });

  it('names a tokenizer that is no list of words', () => {
    const withTokenizer = (model: object) =>
      messageOf(() => readCheckpoint({ ...files, 'tokenizer.json': JSON.stringify({ model }) }));
    expect(withTokenizer({ type: 'Unigram', vocab: {} })).toMatch(/model\.type: .* received "Unigram"/);
    expect(withTokenizer({ type: 'WordLevel', vocab: { a: 0, b: 0 } })).toMatch(/word "b": .* received 0/);
    expect(withTokenizer({ type: 'WordLevel', vocab: { a: 0, b: 5 } })).toMatch(/word "b": .* received 5/);
    expect(withTokenizer({ type: 'WordLevel', vocab: { a: 0, b: 1 } })).toMatch(
      /expected 7 words, received 2/,
    );
  });
});
