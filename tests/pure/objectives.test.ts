/** TRL's objectives: sound, with the gradient that differences give, extremes included; a few values worked out by hand. */
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { defaultsOf } from '../../src/base/parameters.ts';
import { checkedObjective, checkObjective } from '../../src/objectives/check.ts';
import type { Objective } from '../../src/objectives/index.ts';
import { objectives } from '../../src/objectives/index.ts';
import { gradientMistake, lossValues, randomFeeds, SIZES } from '../support/formula-values.ts';

const DPO = ['sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', 'robust', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired', 'apo_zero', 'apo_down', 'discopop', 'sft', 'sigmoid_norm']; // prettier-ignore
const objectiveOf = (name: string): Objective => objectives.get(name) as Objective;
/** Those of pairs that read nothing but what a policy and its reference say of the responses, and their lengths. */
const PLAIN = [...objectives.values()]
  .filter(({ setting }) => setting === 'pairs')
  .filter((one) => [...checkedObjective(one).reads].every((name) => /^(logp|ref|len)_/.test(name)))
  .map(({ name }) => name);

it('every objective of the registry is sound: checked, no parameter unused, names of its own', () => {
  for (const objective of objectives.values()) {
    const checked = checkObjective(objective);
    expect(checked.ok ? [] : checked.issues, objective.name).toEqual([]);
    expect(objective.title, objective.name).not.toBe('');
    for (const row of Object.values(objective.parameters)) {
      expect(row.default, objective.name).toBeGreaterThanOrEqual(row.min);
      expect(row.default, objective.name).toBeLessThanOrEqual(row.max);
    }
  }
});

it("TRL's DPO losses are there under its names, each loss type of a trainer once", () => {
  for (const name of DPO) expect(objectiveOf(name).trl).toEqual({ trainer: 'dpo', loss_type: name });
  const claimed = [...objectives.values()].flatMap(({ trl }) =>
    trl?.loss_type ? [JSON.stringify(trl)] : [],
  );
  expect(new Set(claimed).size).toBe(claimed.length);
});

describe.each(PLAIN)('%s', (name) => {
  const { formula, parameters, reduction } = objectiveOf(name);
  const checked = checkedObjective(objectiveOf(name));
  const numbers = defaultsOf(parameters);

  it.each([1, 2, 3])('has the gradient of its values on random pairs (seed %i)', async (seed) => {
    const feeds = randomFeeds(checked, numbers, seed);
    // off the kink of max(len, 1)
    for (const key of ['len_w', 'len_l']) feeds[key] = (feeds[key] ?? []).map((x) => x + 1);
    const { error, at } = await gradientMistake(checked, SIZES.pairs, feeds);
    expect(error, at).toBeLessThan(1e-7);
  });

  it('stays finite, and so does its gradient, where log-ratios reach 1000 either way', async () => {
    const feeds = randomFeeds(checked, numbers, 4);
    const random = stream(4, 'extremes');
    for (const key of Object.keys(feeds).filter((other) => /^(logp|ref)_/.test(other)))
      feeds[key] = (feeds[key] as number[]).map((x) => (random.uniform() < 0.5 ? x : x - 1000));
    const { largest } = await gradientMistake(checked, SIZES.pairs, feeds);
    expect(largest).toBeLessThan(Infinity);
    expect((await lossValues(checked, SIZES.pairs, feeds)).every(Number.isFinite)).toBe(true);
  });

  it('says truly whether it takes sums or means over tokens', () => {
    const perToken = /mean_t\(|= logp_w \/ len_w|h_w \/ max\(len_w, 1\)/.test(formula);
    expect(perToken).toBe(reduction === 'mean');
  });
});

describe('values worked out by hand, two pairs of one token', () => {
  const sizes = { b: 2, t_w: 1, t_l: 1 };
  const pairs = {
    logp_w: [-3, -2],
    ref_w: [-5, -1],
    logp_l: [-4, -6],
    ref_l: [-4, -9],
    len_w: [4, 2],
    len_l: [2, 3],
    'logp_w[t]': [-0.5, -2],
    'logp_l[t]': [-1.5, -1],
    'mask t_w': [1, 1],
    'mask t_l': [1, 1],
  };
  // margins of the log-ratios: 2 - 0 = 2, and -1 - 3 = -4
  const cases: [name: string, numbers: Record<string, number>, expected: number[]][] = [
    ['sigmoid', { beta: 0.1 }, [0.5981388693815917, 0.9130152523999526]],
    ['cdpo', { beta: 0.1, label_smoothing: 0.25 }, [0.6481388693815917, 0.8130152523999526]],
    ['hinge', { beta: 0.25 }, [0.5, 2]],
    // 2/4 - 0/2 - 1 and -1/2 - 3/3 - 1
    ['ipo', { beta: 0.5 }, [0.25, 6.25]],
    // 2 (-0.5 + 1.5) - 1 and 2 (-2 + 1) - 1
    ['simpo', { beta: 2, gamma: 1, label_smoothing: 0 }, [0.31326168751822286, 3.048587351573742]],
    ['apo_zero', { beta: 1 }, [0.6192029220221176, 1.6836327054524383]],
    ['sft', {}, [0.4166666666666667]],
  ];

  it.each(cases)('%s', async (name, numbers, expected) => {
    const feeds = { ...pairs, ...Object.fromEntries(Object.entries(numbers).map(([k, x]) => [k, [x]])) };
    const values = await lossValues(checkedObjective(objectiveOf(name)), sizes, feeds);
    expect(values.length).toBe(expected.length);
    values.forEach((x, i) => expect(x).toBeCloseTo(expected[i] as number, 14));
  });
});
