/** Reward models: the head, its gradient, learning, and what recipes may train one. On WASM and the reference, in Node. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openReference } from '../../src/engine/reference/index.ts';
import { openWasm } from '../../src/engine/wasm/index.ts';
import { wholeRows } from '../../src/training/reward.ts';
import { REWARD_MODEL, rewardParameterCount } from '../../src/models/lm/head.ts';
import { objectives } from '../../src/objectives/index.ts';
import { stream } from '../../src/base/random.ts';
import { openSmallReward, smallRewardRecipe, wholeSmallReward } from '../support/small-reward.ts';
import { checkRecipe } from '../support/worlds.ts';

const open = () => openWasm(() => readFile('src/engine/wasm/kernels.wasm'));
const issuesOf = (input: object, trained?: 'policy' | 'reward') => {
  const checked = checkRecipe({ version: 1, world: 'reviews', ...input }, trained);
  return checked.ok ? [] : checked.issues;
};

it('starts with every reward 0 and a loss of log 2, and learns', async () => {
  const run = await openSmallReward(await open());
  const rows = await run.advance(12);
  expect(rows[0]).toMatchObject({ step: 1, margin: 0, accuracy: 0.5, min_reward: 0, max_reward: 0 });
  expect(rows[0]?.loss).toBeCloseTo(Math.log(2), 6);
  expect(rows[11]?.margin).toBeGreaterThan(0);
  expect(rows[11]?.min_reward).toBeLessThanOrEqual(rows[11]?.mean_reward as number);
});

it('WASM follows the float64 reference, with margins, ties and log-probs too', async () => {
  const formulas = [
    { name: 'bradley_terry', parameters: { center_rewards_coefficient: 0.01 } },
    { name: 'bradley_terry_margin' },
    {
      name: 'sigmoid',
      formula: 'loss = -log_sigmoid(strength * (head_w - head_l)) - 0.01 * logp_w / len_w',
    },
    { name: 'regression' },
  ];
  for (const objective of formulas) {
    const recipe = smallRewardRecipe({ objective, labels: { rule: 'balanced', count: 12 } });
    const runs = [
      await openSmallReward(await open(), recipe),
      await openSmallReward(openReference(), recipe),
    ] as const;
    const [a, b] = [await runs[0].advance(3), await runs[1].advance(3)];
    a.forEach((row, i) => {
      expect(row.loss, objective.name).toBeCloseTo(b[i]?.loss as number, 4);
      expect(row.margin, objective.name).toBeCloseTo(b[i]?.margin as number, 4);
      expect(row.grad_norm, objective.name).toBeCloseTo(b[i]?.grad_norm as number, 3);
    });
  }
});

// after a change of kernels or of the world: npx vitest run --project pure tests/pure/reward-run.test.ts -u
it('has the committed bits in Node; the same stand for browsers (tests/backends/reward.test.ts)', async () => {
  const run = `${JSON.stringify(await wholeSmallReward(await open()), null, 1)}\n`;
  await expect(run).toMatchFileSnapshot('../fixtures/small-reward.json');
});

it('has the same bits whatever the slices', async () => {
  const [whole, sliced] = [await openSmallReward(await open()), await openSmallReward(await open())];
  await whole.advance(12);
  for (const count of [1, 4, 7]) await sliced.advance(count);
  expect(await sliced.digest()).toBe(await whole.digest());
});

it('follows the gradient of central differences', async () => {
  const still = { lr: 1e-6, warmup_steps: 1000 };
  const recipe = smallRewardRecipe({
    objective: { name: 'bradley_terry_margin', parameters: { center_rewards_coefficient: 0.05 } },
    labels: { rule: 'positive', count: 4 },
    optimiser: still,
  });
  const device = openReference();
  const run = await openSmallReward(device, recipe);
  const count = rewardParameterCount(run.config);
  const start = Float64Array.from(await device.read(REWARD_MODEL));
  const random = stream(1, 'test');
  for (let i = count - run.config.width - 1; i < count; i++) start[i] = random.u32() / 4294967296 - 0.5;
  // the first batch holds every pair, so each step measures the same loss
  const lossAt = async (values: Float64Array): Promise<number> => {
    const fresh = openReference();
    const other = await openSmallReward(fresh, recipe);
    fresh.write(REWARD_MODEL, values);
    return (await other.advance(1))[0]?.loss as number;
  };
  device.write(REWARD_MODEL, start);
  const norm = (await run.advance(1))[0]?.grad_norm as number;
  // after one step Adam's first moment is 0.1 of the (clipped) gradient
  const gradient = (await device.read('adam.m')).map((m) => m / 0.1);
  const places = [7, 40, Math.floor(count / 2), count - 5, count - 2, count - 1];
  const h = 1e-5;
  const slopes = await Promise.all(
    places.map(async (place) => {
      const [up, down] = [Float64Array.from(start), Float64Array.from(start)];
      up[place] = (up[place] as number) + h;
      down[place] = (down[place] as number) - h;
      return ((await lossAt(up)) - (await lossAt(down))) / (2 * h);
    }),
  );
  const clipped = Math.min(1, 1 / (norm + 1e-6));
  slopes.forEach((slope, i) => {
    const analytic = (gradient[places[i] as number] as number) / clipped;
    expect(analytic, `parameter ${places[i]}`).toBeCloseTo(slope, 6);
  });
});

it('reads the head at the last token of a response, whatever stands behind it', async () => {
  const rows = wholeRows([{ prompt: [1, 5], response: [7, 2] }], 6);
  expect([...rows.tokens]).toEqual([1, 5, 7, 2, 0, 0]);
  expect([...rows.targets]).toEqual([5, 7, 2, 0, 0, 0]);
  expect([...rows.mask]).toEqual([0, 1, 1, 0, 0, 0]);
  expect(rows.ends).toEqual([3]);
  const run = await openSmallReward(await open());
  await run.advance(6);
  const { prompt, a, b } = run.world.pair(1, 0);
  const sequences = [a, b].map((response) => ({ prompt: prompt.tokens, response }));
  const [first, second] = await run.rewards(sequences);
  expect(first).not.toBe(second);
  expect(await run.rewards([...sequences].reverse())).toEqual([second, first]);
});

it('policy runs refuse its objectives and say where they train; reward runs refuse the others', () => {
  const [issue] = issuesOf({ objective: { name: 'bradley_terry' } });
  expect(issue?.code).toBe('recipe/unmet-need');
  expect(issue?.cure).toContain('/reward/');
  expect(issuesOf({ objective: { name: 'bradley_terry' } }, 'reward')).toEqual([]);
  const refused = (objective: object): string => issuesOf({ objective }, 'reward')[0]?.received ?? '';
  expect(refused({ name: 'sigmoid' })).toContain('reads no head');
  expect(refused({ name: 'listnet' })).toContain('several responses');
  expect(refused({ name: 'mapl' })).toContain('head_');
  const own = 'loss = -log_sigmoid(head_w - head_l) + ref_w';
  expect(refused({ name: 'sigmoid', formula: own })).toContain('ref_w');
});

it('every objective over heads of pairs trains', async () => {
  const names = [...objectives.values()]
    .filter(({ family }) => family === 'reward-model')
    .map(({ name }) => name)
    .filter((name) => issuesOf({ objective: { name } }, 'reward').length === 0);
  expect(names).toEqual(
    expect.arrayContaining(['bradley_terry', 'bradley_terry_margin', 'mm-rlhf-critic', 'regression']),
  );
  for (const name of names) {
    const run = await openSmallReward(await open(), smallRewardRecipe({ objective: { name } }));
    const rows = await run.advance(12);
    expect(rows[11]?.margin, name).toBeGreaterThan(0);
  }
});
