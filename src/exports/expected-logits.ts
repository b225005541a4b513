/** What our engine says to a few texts, for whoever loads the model elsewhere to compare. */
import type { Device } from '../engine/backend.ts';
import { createGraph, integer } from '../engine/graph.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { forward, openWeights } from '../models/lm/decoder.ts';
import { POLICY } from '../models/lm/programs.ts';
import type { Tokens } from '../worlds/world.ts';
import { PAD } from '../worlds/world.ts';

export interface ExpectedLogits {
  /** [texts, length] */
  input_ids: number[][];
  /** [texts, length, vocabulary], rounded to 7 digits */
  logits: number[][][];
}

/** Texts are cut to the shortest, so that no row needs padding. `device` is used up by it: its programs are replaced. */
export async function expectedLogits(
  device: Device,
  config: LmConfig,
  parameters: ArrayLike<number>,
  texts: readonly Tokens[],
): Promise<ExpectedLogits> {
  const length = Math.min(config.context, ...texts.map((text) => text.length));
  const input_ids = texts.map((text) => text.slice(0, length));
  const graph = createGraph();
  const { weights } = openWeights(graph, config, POLICY);
  const tokens = graph.feed('tokens', integer(texts.length * length));
  graph.output('logits', forward(graph, config, weights, tokens, length));
  await device.load({ logits: graph });
  device.write(POLICY, parameters);
  const [outputs] = await device.run('logits', [{ tokens: input_ids.flat() }]);
  const flat = outputs?.['logits'] ?? new Float32Array();
  const row = (text: number, t: number): number[] => {
    const from = (text * length + t) * config.vocabulary;
    return Array.from(flat.subarray(from, from + config.vocabulary), (x) => Number(x.toPrecision(7)));
  };
  return {
    input_ids: input_ids.map((ids) => [...ids]),
    logits: texts.map((_, text) => Array.from({ length }, (__, t) => row(text, t))),
  };
}

/** Prompts of the world, each followed by other words of its vocabulary: every one of `length` tokens. */
export function textsToCheck(
  { prompts, words, context }: { prompts: readonly { tokens: Tokens }[]; words: readonly string[]; context: number },
  count = 3,
): number[][] {
  const length = Math.min(context, 10);
  const real = words.length - PAD - 1;
  return prompts.slice(0, count).map(({ tokens }, text) =>
    Array.from({ length }, (_, t) => tokens[t] ?? 1 + PAD + ((7 * text + 13 * t) % real)),
  );
} // prettier-ignore
