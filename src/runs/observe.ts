/** What a run shows of itself: held-out accuracy, a ranking, samples, single tokens. Reads the model, changes nothing. */
import { range } from '../base/lists.ts';
import { exp, mean } from '../base/maths.ts';
import type { Device } from '../engine/backend.ts';
import type { Compared } from '../training/reader.ts';
import type { Sequence } from '../training/sequences.ts';
import { rowSum } from '../training/sequences.ts';
import { accuracy, kendallTau } from '../metrics/metrics.ts';
import type { Prompt, ResponsePair, Tokens, World } from '../worlds/world.ts';
import type { ScoredResponse } from './rewards.ts';
import { rewardsOf } from './rewards.ts';
import type { Run } from './runner.ts';
import type { Evaluation, PromptView, Ranking, Sample, Samples, TokenView } from './views.ts';

/** Held-out pairs behind every accuracy of an endless world, and most of a finite one. */
const HELD_OUT_PAIRS = 128;
const MOST_HELD_OUT = 512;
/** Responses in a ranking, and responses sampled to find them. */
const RANKED = 12;
const CANDIDATES = 96;
/** Responses behind the mean scores of samples; the first of them are shown. */
const SAMPLED = 32;
const SHOWN = 6;
/** Sampling streams: candidates of rankings, shown samples, and pairs to label never share a number. */
const STREAMS = { samples: 0, candidates: 1_000, pairs: 1_000_000 };

/** Follows one prompt through a run. */
export interface Observer {
  readonly prompt: Prompt;
  follow(promptId: string): Promise<PromptView>;
  evaluate(): Promise<{ evaluation: Evaluation; ranking: Ranking }>;
  samples(): Promise<Samples>;
  tokens(promptId: string, response: Tokens): Promise<TokenView>;
  /** Two different responses from the current policy; number `index` of the run's stream of pairs. */
  samplePair(promptId: string, index: number): Promise<{ a: Tokens; b: Tokens }>;
}

/** Held-out pairs that an accuracy of this world rests on. */
export function heldOutPairs({ stock }: World): number {
  return stock === null ? HELD_OUT_PAIRS : Math.min(MOST_HELD_OUT, stock['held-out']);
}

export async function observe(run: Run, promptId: string): Promise<Observer> {
  const { world } = run;
  const { seed } = run.recipe;
  const heldOut = Array.from({ length: heldOutPairs(world) }, (_, i) => world.pair(seed, i, 'held-out'));
  const heldOutSequences = heldOut.flatMap(bothSides);
  const preferred = preferencesOf(world, heldOut);
  const measure = async () => {
    const { device, referenceVersion: version } = run;
    return { device, version, logps: await run.scorer.logps(heldOutSequences, 'reference') };
  };
  let measured = await measure();
  let prompt = promptNamed(world, promptId);
  let ranked: Tokens[] = [];
  let before: number[][] = [];

  /** Of the reference of now, and the device of now: two backends round differently, and an untrained policy has no margin at all. */
  const heldOutReference = async (): Promise<number[]> => {
    const { device, version } = measured;
    if (device !== run.device || version !== run.referenceVersion) measured = await measure();
    return measured.logps;
  };

  const choosePrompt = async (id: string): Promise<void> => {
    prompt = promptNamed(world, id);
    const candidates = await run.scorer.sample(
      prompt.tokens,
      'start',
      seed,
      range(STREAMS.candidates, CANDIDATES),
    );
    ranked = await mostLikely(run, prompt, candidates);
    before = await run.scorer.sample(prompt.tokens, 'start', seed, range(STREAMS.samples, SAMPLED));
  };

  /** The ranking as it was read last; its words are not read again while the model stays as it is. */
  let read: (Awaited<ReturnType<typeof rank>> & { device: Device; prompt: Prompt }) | null = null;
  const rankNow = async () => (read = { ...(await rank(run, prompt, ranked)), device: run.device, prompt });
  const wordsRead = (id: string, response: Tokens): TokenView | undefined => {
    if (read?.ranking.step !== run.step || read.device !== run.device || read.prompt.id !== id)
      return undefined;
    const row = read.ranking.responses.findIndex(({ tokens }) => equal(tokens, response));
    return row < 0 ? undefined : tokenView(world, read.compared, row, response);
  };

  const evaluate = async (): Promise<{ evaluation: Evaluation; ranking: Ranking }> => {
    const logps = await run.scorer.logps(heldOutSequences, 'policy');
    const references = await heldOutReference();
    const responses = heldOutSequences.map((s, i) => scored(logps[i], references[i], s.response));
    const rewards = await rewardsOf(run.device, run.recipe, responses);
    const { ranking, kl, entropy } = await rankNow();
    const evaluation: Evaluation = {
      step: run.step,
      ...ruleAccuracies(preferred, rewards),
      kl,
      entropy,
    };
    return { evaluation, ranking };
  };

  const samples = async (): Promise<Samples> => {
    const after = await run.scorer.sample(prompt.tokens, 'policy', seed, range(STREAMS.samples, SAMPLED));
    return {
      step: run.step,
      prompt: prompt.id,
      before: before.slice(0, SHOWN).map((tokens) => toSample(world, prompt, tokens)),
      after: after.slice(0, SHOWN).map((tokens) => toSample(world, prompt, tokens)),
      scoresBefore: meanScores(world, prompt, before),
      scoresAfter: meanScores(world, prompt, after),
    };
  };

  await choosePrompt(promptId);

  return {
    get prompt() {
      return prompt;
    },
    follow: async (id) => {
      await choosePrompt(id);
      return { ranking: (await rankNow()).ranking, samples: await samples() };
    },
    evaluate,
    samples,
    tokens: async (id, response) => {
      const known = wordsRead(id, response);
      if (known) return known;
      const { tokens } = promptNamed(world, id);
      return tokenView(world, await run.scorer.compare([{ prompt: tokens, response }]), 0, response);
    },
    samplePair: async (id, index) => {
      const { tokens } = promptNamed(world, id);
      // a few spare streams: two samples may be the same review
      const drawn = await run.scorer.sample(tokens, 'policy', seed, range(STREAMS.pairs + 32 * index, 32));
      const a = drawn[0] as number[];
      const b = drawn.find((other) => !equal(a, other)) ?? a;
      return { a, b };
    },
  };
}

const equal = (a: Tokens, b: Tokens): boolean => a.length === b.length && a.every((t, i) => t === b[i]);

function promptNamed(world: World, id: string): Prompt {
  return world.prompts.find((p) => p.id === id) ?? (world.prompts[0] as Prompt);
}

function bothSides({ prompt, a, b }: ResponsePair): Sequence[] {
  return [a, b].map((response) => ({ prompt: prompt.tokens, response }));
}

function scored(logp: number | undefined, ref: number | undefined, response: Tokens): ScoredResponse {
  return { logp: logp ?? NaN, ref: ref ?? NaN, len: response.length };
}

/** The K candidates that the model before training finds most likely, all different. */
async function mostLikely(run: Run, prompt: Prompt, candidates: readonly Tokens[]): Promise<Tokens[]> {
  const different = [...new Map(candidates.map((tokens) => [tokens.join(' '), tokens])).values()];
  const sequences = different.map((response) => ({ prompt: prompt.tokens, response }));
  const logps = await run.scorer.logps(sequences, 'start');
  const order = range(0, different.length).sort(
    (i, j) => (logps[j] as number) - (logps[i] as number) || i - j,
  );
  return order.slice(0, RANKED).map((i) => different[i] as Tokens);
}

async function rank(
  run: Run,
  prompt: Prompt,
  responses: readonly Tokens[],
): Promise<{ ranking: Ranking; kl: number; entropy: number; compared: Compared }> {
  const sequences = responses.map((response) => ({ prompt: prompt.tokens, response }));
  const compared = await run.scorer.compare(sequences);
  const { rows, logp, refLogp, entropy, kl } = compared;
  const sums = responses.map((tokens, i) => scored(rowSum(rows, logp, i), rowSum(rows, refLogp, i), tokens));
  // pictures compare with the model before training, rewards with the reference of now
  const references = run.referenceApart ? await run.scorer.logps(sequences, 'reference') : null;
  const measured = sums.map((sum, i) => ({ ...sum, ref: references?.[i] ?? sum.ref }));
  const rewards = await rewardsOf(run.device, run.recipe, measured);
  const ranked = responses.map((tokens, i) => {
    const { logp: policy, ref } = sums[i] as ScoredResponse;
    return {
      tokens,
      text: run.world.decode(tokens),
      logp: policy,
      refLogp: ref,
      probability: exp(policy),
      refProbability: exp(ref),
      reward: rewards[i] as number,
    };
  });
  const shown = range(0, rows.length * responses.length).filter((t) => rows.mask[t] === 1);
  const elsewhere = (key: 'probability' | 'refProbability'): number =>
    Math.max(0, 1 - ranked.reduce((sum, r) => sum + r[key], 0));
  return {
    ranking: {
      step: run.step,
      prompt: prompt.id,
      responses: ranked,
      elsewhere: elsewhere('probability'),
      refElsewhere: elsewhere('refProbability'),
      kendallTau: kendallTau(
        ranked.map((r) => r.logp),
        ranked.map((r) => r.refLogp),
      ),
    },
    kl: mean(shown.map((t) => kl[t] as number)),
    entropy: mean(shown.map((t) => entropy[t] as number)),
    compared,
  };
}

function tokenView(world: World, compared: Compared, row: number, response: Tokens): TokenView {
  const { rows, logp, refLogp, entropy, kl } = compared;
  const places = range(row * rows.length, rows.length).filter((t) => rows.mask[t] === 1);
  const at = (values: readonly number[]): number[] => places.map((t) => values[t] as number);
  const words = response.map((token) => world.words[token] as string);
  return { words, logps: at(logp), refLogps: at(refLogp), entropies: at(entropy), kls: at(kl) };
}

/** For each rule of the world, of each pair: which side it prefers, 0 where it decides nothing. */
function preferencesOf(world: World, pairs: readonly ResponsePair[]): { name: string; signs: number[] }[] {
  const scores = pairs.map(({ prompt, a, b }) => [world.score(prompt, a), world.score(prompt, b)] as const);
  return world.rules.map(({ name, utility }) => ({
    name,
    signs: scores.map(([a, b]) => Math.sign(utility(a) - utility(b))),
  }));
}

/** How often the side that a rule prefers has the higher reward, over the pairs that it decides. */
function ruleAccuracies(
  rules: ReturnType<typeof preferencesOf>,
  rewards: readonly number[],
): Pick<Evaluation, 'accuracies' | 'pairs'> {
  const accuracies: Record<string, number> = {};
  const counts: Record<string, number> = {};
  for (const { name, signs } of rules) {
    const margins = signs.flatMap((sign, i) => {
      const margin = (rewards[2 * i] as number) - (rewards[2 * i + 1] as number);
      return sign === 0 ? [] : [sign > 0 ? margin : -margin];
    });
    accuracies[name] = accuracy(margins);
    counts[name] = margins.length;
  }
  return { accuracies, pairs: counts };
}

function toSample(world: World, prompt: Prompt, tokens: Tokens): Sample {
  return { tokens, text: world.decode(tokens), grammatical: world.parse?.(prompt, tokens).ok ?? null };
}

function meanScores(world: World, prompt: Prompt, responses: readonly Tokens[]): Record<string, number> {
  const scores = responses.map((tokens) => world.score(prompt, tokens));
  return Object.fromEntries(
    world.attributes.map(({ key }) => [key, mean(scores.map((s) => s[key] as number))]),
  );
}
