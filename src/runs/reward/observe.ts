/** Watches a reward run: accuracy and calibration on held-out pairs, a ranking, and what best of n makes of it. */
import { range } from '../../base/lists.ts';
import { labelers } from '../../labelers/index.ts';
import type { Label, Labeler } from '../../labelers/labeler.ts';
import { pairOf } from '../../labelers/pairs.ts';
import { POLICY } from '../../models/lm/programs.ts';
import type { Sequence } from '../../training/sequences.ts';
import { bestOfN, judgeOptimisation } from '../../metrics/best-of-n.ts';
import { calibration, marginAccuracy } from '../../metrics/calibration.ts';
import { kendallTau } from '../../metrics/metrics.ts';
import { meanInterval } from '../../metrics/statistics.ts';
import type { PreferenceRule, Prompt, Tokens } from '../../worlds/world.ts';
import type { RewardRun } from './run.ts';
import type { JudgedResponse, RewardAudit, RewardEvaluation, RewardRanking } from './views.ts';

const HELD_OUT_PAIRS = 256;
/** Responses in a ranking, and samples among which the most likely are looked for. */
const RANKED = 12;
const CANDIDATES = 96;
/** Best of n: twice as many samples a prompt as the largest n, so that its estimate rests on more than one subset. */
const AUDITED_PROMPTS = 12;
const SAMPLES = 256;
export const BEST_OF = [1, 2, 4, 8, 16, 32, 64, 128] as const;
/** Sampling streams: a ranking's candidates are the Lab's; no other draw shares a number with these. */
const STREAMS = { candidates: 1_000, audit: 3_000_000 };
/** Labels of held-out pairs draw their noise apart from those that are learned from. */
const FIRST_HELD_OUT_LABEL = 2_000_000;

export interface RewardObserver {
  readonly prompt: string;
  follow(promptId: string): Promise<RewardRanking>;
  evaluate(): Promise<RewardEvaluation>;
  /** Draws its samples at the first call; later calls read the same ones. */
  audit(): Promise<RewardAudit>;
}

/** `kept`: labels that the run did not learn from, of pairs that its world has. */
export async function observeReward(
  run: RewardRun,
  promptId?: string,
  kept: readonly Label[] = [],
): Promise<RewardObserver> {
  const { world, recipe, reader } = run;
  const { seed, labels } = recipe;
  const rule = world.rules.find(({ name }) => name === labels.rule) as PreferenceRule;
  const utilityOf = (prompt: Prompt, response: Tokens): number => rule.utility(world.score(prompt, response));
  const heldOut = heldOutPairs(run, utilityOf);
  const own = kept.filter(({ choice }) => choice === 'a' || choice === 'b');
  const ownSequences = own.flatMap(({ pair, choice }) => {
    const { prompt, a, b } = pairOf(world, pair);
    return (choice === 'a' ? [a, b] : [b, a]).map((response) => ({ prompt: prompt.tokens, response }));
  });
  const prompts = world.prompts.filter(({ split }) => split === 'held-out');
  const named = (id?: string): Prompt =>
    world.prompts.find((one) => one.id === id) ?? prompts[0] ?? (world.prompts[0] as Prompt);
  let ranked = await candidatesOf(run, named(promptId), utilityOf);
  let drawn: Audited[] | null = null;

  const rank = async (): Promise<RewardRanking> => {
    const { prompt, responses } = ranked;
    const rewards = await run.rewards(
      responses.map(({ tokens }) => ({ prompt: prompt.tokens, response: tokens })),
    );
    const judged = responses.map((one, i) => ({ ...one, reward: rewards[i] as number }));
    const tau = (key: 'logp' | 'utility'): number =>
      kendallTau(
        rewards,
        judged.map((one) => one[key]),
      );
    return { prompt: prompt.id, responses: judged, tauPolicy: tau('logp'), tauTruth: tau('utility') };
  };

  return {
    get prompt() {
      return ranked.prompt.id;
    },
    follow: async (id) => {
      ranked = await candidatesOf(run, named(id), utilityOf);
      return rank();
    },
    evaluate: async () => {
      const rewards = await run.rewards(heldOut.flatMap(({ sequences }) => sequences));
      const judged = heldOut.map((pair, i) => ({
        ...pair,
        a: rewards[2 * i] as number,
        b: rewards[2 * i + 1] as number,
      }));
      const sided = (side: 'better' | 'labelled') =>
        judged.flatMap((pair) => {
          const { a, b } = pair;
          if (pair[side] === null) return [];
          return [pair[side] === 'a' ? { high: a, low: b } : { high: b, low: a }];
        });
      const [truth, labelled] = [sided('better'), sided('labelled')];
      const margins = (pairs: typeof truth): number[] => pairs.map(({ high, low }) => high - low);
      const ownRewards = await run.rewards(ownSequences);
      const ownMargins = own.map((_, i) => (ownRewards[2 * i] as number) - (ownRewards[2 * i + 1] as number));
      return {
        step: run.step,
        own: own.length > 0 ? marginAccuracy(ownMargins) : null,
        truth: marginAccuracy(margins(truth)),
        labels: marginAccuracy(margins(labelled)),
        calibration: calibration(margins(labelled)),
        better: truth.map(({ high }) => high),
        worse: truth.map(({ low }) => low),
        ranking: await rank(),
      };
    },
    audit: async () => {
      drawn ??= await drawSamples(run, prompts.slice(0, AUDITED_PROMPTS), utilityOf, seed);
      const rewards = await run.rewards(drawn.flatMap(({ sequences }) => sequences));
      const draws = drawn.map(({ truth }, i) => ({
        truth,
        proxy: rewards.slice(i * SAMPLES, (i + 1) * SAMPLES),
      }));
      const tau = (of: (at: number) => readonly number[]) =>
        meanInterval(draws.map(({ proxy }, i) => kendallTau(proxy, of(i))).filter(Number.isFinite));
      return {
        step: run.step,
        prompts: drawn.length,
        samples: SAMPLES,
        curve: bestOfN(draws, BEST_OF),
        verdict: judgeOptimisation(draws, BEST_OF),
        tauPolicy: tau((i) => drawn?.[i]?.logps ?? []),
        tauTruth: tau((i) => drawn?.[i]?.truth ?? []),
      };
    },
  };

  async function drawSamples(
    { reader: sampler }: RewardRun,
    asked: readonly Prompt[],
    utility: Utility,
    from: number,
  ): Promise<Audited[]> {
    const result: Audited[] = [];
    for (const [i, prompt] of asked.entries()) {
      const responses = await sampler.sample(
        prompt.tokens,
        POLICY,
        from,
        range(STREAMS.audit + i * SAMPLES, SAMPLES),
      );
      const sequences = responses.map((response) => ({ prompt: prompt.tokens, response }));
      result.push({
        sequences,
        truth: responses.map((response) => utility(prompt, response)),
        logps: await reader.logps(sequences, POLICY),
      });
    }
    return result;
  }
}

type Utility = (prompt: Prompt, response: Tokens) => number;

interface Audited {
  sequences: Sequence[];
  truth: number[];
  logps: number[];
}

interface HeldOut {
  sequences: [Sequence, Sequence];
  /** By the rule, and by a label as noisy as those that are learned from; null where undecided. */
  better: 'a' | 'b' | null;
  labelled: 'a' | 'b' | null;
}

function heldOutPairs({ world, recipe: { seed, labels } }: RewardRun, utilityOf: Utility): HeldOut[] {
  const judge = (labelers.get(labels.labeler) as Labeler).open({
    world,
    rule: labels.rule,
    seed,
    parameters: { noise: labels.noise },
  });
  return range(0, HELD_OUT_PAIRS).map((i): HeldOut => {
    const pair = world.pair(seed, i, 'held-out');
    const { prompt, a, b } = pair;
    const difference = utilityOf(prompt, a) - utilityOf(prompt, b);
    const label = judge.label(pair, FIRST_HELD_OUT_LABEL + i);
    return {
      sequences: [
        { prompt: prompt.tokens, response: a },
        { prompt: prompt.tokens, response: b },
      ],
      better: difference === 0 ? null : difference > 0 ? 'a' : 'b',
      labelled: label === 'a' || label === 'b' ? label : null,
    };
  });
}

/** Of the policy's samples to a prompt, the most likely ones, all different. */
async function candidatesOf(
  { reader, world, recipe }: RewardRun,
  prompt: Prompt,
  utilityOf: Utility,
): Promise<{ prompt: Prompt; responses: Omit<JudgedResponse, 'reward'>[] }> {
  const drawn = await reader.sample(
    prompt.tokens,
    POLICY,
    recipe.seed,
    range(STREAMS.candidates, CANDIDATES),
  );
  const different = [...new Map(drawn.map((tokens) => [tokens.join(' '), tokens])).values()];
  const logps = await reader.logps(
    different.map((response) => ({ prompt: prompt.tokens, response })),
    POLICY,
  );
  const responses = different
    .map((tokens, i) => ({
      tokens,
      text: world.decode(tokens),
      logp: logps[i] as number,
      utility: utilityOf(prompt, tokens),
    }))
    .sort((one, other) => other.logp - one.logp)
    .slice(0, RANKED);
  return { prompt, responses };
}
