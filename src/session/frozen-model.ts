/** A model from outside at work: sequences in, scores or log-probs or new responses out. Knows nothing of the runtime. */
import { InvalidInputError } from '../base/errors.ts';
import { exp, log } from '../base/maths.ts';
import { philox, streamKey } from '../base/random.ts';
import type { Sequence } from '../training/sequences.ts';
import type { OnnxValue } from '../models/onnx/tensor-read.ts';
import type { Tokens } from '../worlds/world.ts';
import { EOS, PAD } from '../worlds/world.ts';
import type { FrozenFile, FrozenMapping, FrozenSetting } from './frozen-protocol.ts';

/** Whole numbers [rows, length]. */
export interface RuntimeInput {
  type: 'int64' | 'int32';
  dims: readonly [number, number];
  values: readonly number[];
}

export interface RuntimeOutput {
  dims: readonly number[];
  values: Float32Array;
}

/** What a runtime does for a model; rejects with an Error. */
export interface RuntimeSession {
  run(inputs: Readonly<Record<string, RuntimeInput>>, output: string): Promise<RuntimeOutput>;
  release(): Promise<void>;
}

export interface FrozenModel {
  scores(sequences: readonly Sequence[]): Promise<number[]>;
  logps(sequences: readonly Sequence[]): Promise<number[][]>;
  sample(prompt: Tokens, seed: number, streams: readonly number[]): Promise<number[][]>;
}

/** Sequences of one run, where the model does not ask for another number. */
const ROWS = 16;

/** `alone`: one sequence at a time, so that what comes of it does not hang on those beside it. */
export function frozenModel(
  session: RuntimeSession,
  file: FrozenFile,
  mapping: FrozenMapping,
  { words, context }: FrozenSetting,
  alone = false,
): FrozenModel {
  const { output, reads } = mapping;
  const fixed = (axis: 0 | 1): number | null => {
    const size = file.inputs.find(({ name }) => name === mapping.tokens)?.shape?.[axis];
    return typeof size === 'number' ? size : null;
  };
  const [fixedRows, fixedLength] = [fixed(0), fixed(1)];

  /** The output for rows of token ids, block after block, with the length that their rows were padded to. */
  async function* blocks(
    all: readonly Tokens[],
  ): AsyncGenerator<{ rows: readonly Tokens[]; length: number; result: RuntimeOutput }> {
    const size = fixedRows ?? (alone ? 1 : ROWS);
    const step = alone ? 1 : size;
    for (let first = 0; first < all.length; first += step) {
      const rows = all.slice(first, first + step);
      const length = fixedLength ?? Math.max(...rows.map((row) => row.length));
      const filled =
        fixedRows === null ? rows : [...rows, ...new Array<Tokens>(size - rows.length).fill([PAD])];
      const result = await session.run(inputsOf(file.inputs, mapping, filled, length), output);
      checkShape(
        result,
        output,
        reads === 'logits' ? [filled.length, length, words.length] : [filled.length],
      );
      yield { rows, length, result };
    }
  }

  const wantLogits = (): void => {
    if (reads !== 'logits') throw mistake(output, 'logits', 'one score a sequence', 'Open a policy instead.');
  };

  const logps = async (sequences: readonly Sequence[]): Promise<number[][]> => {
    wantLogits();
    const all = sequences.map(({ prompt, response }) => [...prompt, ...response]);
    const found: number[][] = [];
    for await (const { rows, length, result } of blocks(all)) {
      rows.forEach((row, r) => {
        const from = sequences[found.length]?.prompt.length ?? 0;
        const places = row.slice(from).map((target, i) => {
          const at = (r * length + from + i - 1) * words.length;
          return logProb(result.values.subarray(at, at + words.length), target);
        });
        found.push(places);
      });
    }
    return found;
  };

  return {
    logps,
    scores: async (sequences) => {
      if (reads === 'logits')
        return (await logps(sequences)).map((one) => one.reduce((sum, logp) => sum + logp, 0));
      const found: number[] = [];
      const all = sequences.map(({ prompt, response }) => [...prompt, ...response]);
      for await (const { rows, result } of blocks(all)) found.push(...result.values.subarray(0, rows.length));
      return found;
    },
    sample: async (prompt, seed, streams) => {
      wantLogits();
      const key = streamKey(seed, 'sampling');
      const rows = streams.map((stream) => ({ stream, tokens: [...prompt], done: false }));
      for (let position = prompt.length - 1; position + 1 < context; position++) {
        const open = rows.filter(({ done }) => !done);
        if (open.length === 0) break;
        let next = 0;
        for await (const { rows: block, length, result } of blocks(open.map(({ tokens }) => tokens))) {
          for (let r = 0; r < block.length; r++) {
            const row = open[next++] as (typeof rows)[number];
            const at = (r * length + position) * words.length;
            const word = draw(result.values.subarray(at, at + words.length), position, row.stream, key);
            row.tokens.push(word);
            row.done = word === EOS || word === PAD;
          }
        }
      }
      return rows.map(({ tokens }) => tokens.slice(prompt.length));
    },
  };
}

/** Padding is at the end. Positions and segments follow from the tokens. */
function inputsOf(
  inputs: readonly OnnxValue[],
  { tokens, mask }: FrozenMapping,
  rows: readonly Tokens[],
  length: number,
): Record<string, RuntimeInput> {
  const cell: Record<string, (row: Tokens, t: number) => number> = {
    position_ids: (_, t) => t,
    token_type_ids: () => 0,
    [tokens]: (row, t) => row[t] ?? PAD,
    ...(mask === null ? {} : { [mask]: (row: Tokens, t: number) => (t < row.length ? 1 : 0) }),
  };
  const filled = (of: (row: Tokens, t: number) => number): number[] =>
    rows.flatMap((row) => Array.from({ length }, (_, t) => of(row, t)));
  return Object.fromEntries(
    inputs.flatMap(({ name, type }) => {
      const of = Object.hasOwn(cell, name) ? cell[name] : undefined;
      if (!of) return [];
      return [
        [name, { type: type === 'int32' ? type : 'int64', dims: [rows.length, length], values: filled(of) }],
      ];
    }),
  );
}

/** A score may have an axis of size 1 behind the batch. */
function checkShape({ dims, values }: RuntimeOutput, output: string, wanted: readonly number[]): void {
  const seen = wanted.length === 1 && dims.length === 2 && dims[1] === 1 ? dims.slice(0, 1) : dims;
  if (seen.length !== wanted.length || seen.some((size, i) => size !== wanted[i])) {
    const cure = 'Choose another output, or what this one is read as.';
    throw mistake(output, `shape [${wanted.join(', ')}]`, `[${dims.join(', ')}]`, cure);
  }
  const bad = values.findIndex((x) => !Number.isFinite(x));
  // minus infinity is a word that can't be said
  if (bad < 0 || (wanted.length === 3 && values[bad] === -Infinity)) return;
  const cure = 'The model broke in training or in its export; take an earlier one.';
  throw mistake(output, 'finite numbers', `${values[bad]} at place ${bad}`, cure);
}

function mistake(output: string, expected: string, received: string, cure: string): InvalidInputError {
  const at = `output ${JSON.stringify(output)}`;
  return new InvalidInputError([{ code: 'frozen/output', at, expected, received, cure }]);
}

/** log softmax at one place. */
function logProb(logits: Float32Array, target: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + exp(logit - most), 0);
  return (logits[target] as number) - most - log(sum);
}

/** Arg-max of logits plus Gumbel noise, with the numbers that the engine's `sample` draws. */
function draw(
  logits: Float32Array,
  position: number,
  stream: number,
  key: readonly [number, number],
): number {
  let best = -Infinity;
  let chosen = 0;
  let block: readonly number[] = [];
  logits.forEach((logit, word) => {
    if (word % 4 === 0) block = philox([word >>> 2, position, stream, 0], key);
    const u = (((block[word % 4] as number) >>> 9) + 0.5) / 8388608;
    const score = logit - log(-log(u));
    if (score > best) [best, chosen] = [score, word];
  });
  return chosen;
}
