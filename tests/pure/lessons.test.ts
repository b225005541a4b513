// Lessons: texts and steps belong together, setups are recipes, and what the second lesson says of its runs does come out so.
import { expect, test } from 'vitest';
import { runStory } from '../../src/cli/run.ts';
import { lessons } from '../../src/lessons/index.ts';
import type { Lesson, Seen } from '../../src/lessons/lesson.ts';
import { PANELS } from '../../src/links/view.ts';
import { trainReward } from '../../src/cli/reward.ts';
import { loadBase } from '../../src/cli/node-host.ts';
import { pairOf } from '../../src/labelers/pairs.ts';
import { type Recipe } from '../../src/recipes/schema.ts';
import { storyOf } from '../../src/runs/story.ts';
import { checkRecipe, recipeOf, worldNamed } from '../support/worlds.ts';

const SOURCES = { world: worldNamed('reviews'), load: loadBase };

/** The Lab, and a reward model, before anything was done. */
const NOTHING: Seen = {
  labels: 0,
  automatic: 0,
  step: 0,
  steps: 100,
  objective: 'sigmoid',
  formula: null,
  parameters: { beta: 0.1 },
  lossFrom: 1,
  rows: [],
  evaluations: [],
  reward: { step: 0, steps: 16, audit: null },
};

test('there are four, each with 8 to 12 steps and a text for each of them in order', () => {
  expect(lessons.map(({ slug }) => slug)).toEqual([
    'your-preferences',
    'chosen-falls',
    'one-formula',
    'wrong-labels',
  ]);
  const texts = import.meta.glob<string>('../../lessons/*/*/text.svx', {
    eager: true,
    query: '?raw',
    import: 'default',
  });
  expect(Object.keys(texts)).toHaveLength(lessons.length);
  for (const { slug, steps } of lessons) {
    const [, text = ''] = Object.entries(texts).find(([path]) => path.includes(`-${slug}/`)) ?? [];
    const ids = [...text.matchAll(/<Step id="([\w-]+)" title="[^"]+">/g)].map(([, id]) => id);
    expect(ids, slug).toEqual(steps.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(steps.length).toBeGreaterThanOrEqual(8);
    expect(steps.length).toBeLessThanOrEqual(12);
  }
});

test.each(lessons)(
  '$slug: setups are recipes, every step shows panels that there are, and every prediction has its run',
  (lesson) => {
    for (const setup of Object.values(lesson.setups)) expect(checkRecipe(setup)).toMatchObject({ ok: true });
    for (const reward of Object.values(lesson.rewards ?? {}))
      expect(checkRecipe(reward, 'reward')).toMatchObject({ ok: true });
    expect(lesson.steps[0]?.setup).toBeDefined();
    for (const { show, point, setup, reward, predict, task, finding } of lesson.steps) {
      if (reward === undefined) expect(show).not.toEqual([]);
      else expect(Object.keys(lesson.rewards ?? {})).toContain(reward);
      for (const panel of show) expect(Object.keys(PANELS.lab)).toContain(panel);
      if (point !== undefined) expect(show).toContain(point);
      if (setup !== undefined) expect(Object.keys(lesson.setups)).toContain(setup);
      if (predict ?? finding) expect(task).toBeDefined();
      if (task?.with !== undefined) expect(show).toContain(task.with);
    }
  },
);

test.each(lessons)('$slug: nothing is done before anything was done', ({ steps }) => {
  for (const { task } of steps) expect(task?.done(NOTHING) ?? false).toBe(false);
});

/**
 * Runs a setup on WASM, and looks at it with the step's eyes. Most of them look at the last evaluation alone, and what is evaluated
 * on the way changes nothing of a run and costs more than its steps: so it is left out, unless it is asked for.
 */
async function seen(
  recipe: Recipe,
  onTheWay: 'evaluated' | 'not evaluated' = 'not evaluated',
): Promise<Seen> {
  const evaluate_every = onTheWay === 'evaluated' ? recipe.loop.evaluate_every : recipe.loop.steps;
  const story = storyOf({ ...recipe, loop: { ...recipe.loop, evaluate_every } });
  const { metrics, evaluations } = await runStory(story, recipe.loop.steps, 'wasm', SOURCES);
  const { name, formula, parameters, own } = recipe.objective;
  return {
    labels: recipe.labels.recorded.length,
    automatic: recipe.labels.count,
    step: recipe.loop.steps,
    steps: recipe.loop.steps,
    objective: name,
    formula,
    parameters: { ...parameters, ...own },
    lossFrom: 1,
    rows: metrics,
    evaluations,
    reward: null,
  };
}

const stepOf = (lesson: Lesson, id: string) => lesson.steps.find((step) => step.id === id)!;

test('look-alike pairs pull the chosen responses down, others much less, and an anchor holds them', async () => {
  const lesson = lessons.find(({ slug }) => slug === 'chosen-falls')!;
  for (const seed of [0, 1]) {
    const similar = recipeOf({ ...lesson.setups['similar'], seed }).recipe;
    const alike = await seen(similar);
    const guess = stepOf(lesson, 'guess');
    expect(guess.task!.done(alike)).toBe(true);
    expect(guess.predict!.came(alike), `seed ${seed}`).toBe(2);

    const distinct = await seen(recipeOf({ ...lesson.setups['distinct'], seed }).recipe);
    expect(stepOf(lesson, 'distinct').predict!.came(distinct), `seed ${seed}`).toBe(1);

    const formula = `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(beta * (h_w - h_l)) - 0.05 * logp_w`;
    const anchored = await seen(recipeOf({ ...similar, objective: { name: 'sigmoid', formula } }).recipe);
    const anchor = stepOf(lesson, 'anchor');
    expect(anchor.task!.done(anchored)).toBe(true);
    expect(anchor.predict!.came(anchored), `seed ${seed}`).toBe(0);
  }
});

test('the margin of IPO settles where its target is, and that of DPO grows on', async () => {
  const lesson = lessons.find(({ slug }) => slug === 'one-formula')!;
  const plain = recipeOf(lesson.setups['dpo']).recipe;
  expect(stepOf(lesson, 'dpo').predict!.came(await seen(plain))).toBe(1);
  const formula = `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = square(h_w - h_l - 1 / (2 * beta))`;
  const squared = await seen(recipeOf({ ...plain, objective: { name: 'sigmoid', formula } }).recipe);
  expect(stepOf(lesson, 'ipo').task!.done(squared)).toBe(true);
  expect(stepOf(lesson, 'ipo').predict!.came(squared)).toBe(0);
});

test('SimPO and KTO written by hand are taken for what they are, and learn to rank', async () => {
  const lesson = lessons.find(({ slug }) => slug === 'one-formula')!;
  const plain = recipeOf(lesson.setups['dpo']).recipe;
  const byHand: Record<string, string> = {
    simpo: `h_w = mean_t(logp_w[t])
h_l = mean_t(logp_l[t])
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
loss = -log_sigmoid(2 * (h_w - h_l) - 0.5)`,
    kto: `h_w = logp_w - ref_w
h_l = logp_l - ref_l
rewards_chosen = beta * h_w
rewards_rejected = beta * h_l
z = max(mean(logp_m - ref_m), 0)
loss = (sigmoid(beta * (z - h_w)) + sigmoid(beta * (h_l - z))) / 2`,
  };
  for (const [id, formula] of Object.entries(byHand)) {
    const run = await seen(recipeOf({ ...plain, objective: { name: 'sigmoid', formula } }).recipe);
    const { task, predict } = stepOf(lesson, id);
    expect(task!.done(run), id).toBe(true);
    expect(predict!.came(run), id).toBe(1);
    for (const other of ['ipo', 'simpo', 'kto'])
      expect(stepOf(lesson, other).task!.done(run), `${id} for ${other}`).toBe(other === id);
  }
});

test('wrong labels are learned by heart; a position alone is learned too', async () => {
  const lesson = lessons.find(({ slug }) => slug === 'wrong-labels')!;
  expect(
    stepOf(lesson, 'heart').predict!.came(await seen(recipeOf(lesson.setups['noisy']).recipe, 'evaluated')),
  ).toBe(1);
  expect(stepOf(lesson, 'left').predict!.came(await seen(recipeOf(lesson.setups['left']).recipe))).toBe(1);
});

/** Trains a reward model of the lesson on WASM, and looks at it with the step's eyes. */
async function seenReward(value: object): Promise<Seen> {
  const checked = recipeOf(value, 'reward');
  const { audit } = await trainReward(checked, 'wasm', SOURCES);
  const { steps } = checked.recipe.loop;
  return { ...NOTHING, reward: { step: steps, steps, audit } };
}

test('the two judges of reward models say what the lesson says of them', () => {
  const { rewards } = lessons.find(({ slug }) => slug === 'wrong-labels')!;
  const world = worldNamed('reviews');
  const labelsOf = (name: string): Recipe['labels']['recorded'] =>
    recipeOf(rewards?.[name], 'reward').recipe.labels.recorded;
  const judges = {
    right: (sentiment: number, length: number) => sentiment - length / 10,
    impressed: (sentiment: number, length: number) => sentiment + length / 4,
  };
  const agreed = { happier: 0, longer: 0, reader: 0 };
  for (const [name, worth] of Object.entries(judges)) {
    const labels = labelsOf(name);
    expect(labels).toHaveLength(256);
    for (const { pair, choice } of labels) {
      const { prompt, a, b } = pairOf(world, pair);
      const [one, other] = [world.score(prompt, a), world.score(prompt, b)];
      const more = (key: string): number => (one[key] as number) - (other[key] as number);
      const better = worth(more('sentiment'), more('length'));
      expect(choice, `${name}, ${JSON.stringify(pair)}`).toBe(better > 0 ? 'a' : 'b');
      if (name === 'right') continue;
      const sign = better > 0 ? 1 : -1;
      if (sign * more('sentiment') > 0) agreed.happier++;
      if (sign * more('length') > 0) agreed.longer++;
      if (sign * judges.right(more('sentiment'), more('length')) > 0) agreed.reader++;
    }
  }
  const percent = Object.values(agreed).map((count) => Math.round((100 * count) / 256));
  expect(percent).toEqual([59, 84, 39]);
});

test('the truth rises with a reward of right labels, and is lost again under one impressed by length', async () => {
  const lesson = lessons.find(({ slug }) => slug === 'wrong-labels')!;
  for (const seed of [0, 1]) {
    const right = await seenReward({ ...lesson.rewards!['right'], seed });
    const impressed = await seenReward({ ...lesson.rewards!['impressed'], seed });
    const [judge, proxy] = [stepOf(lesson, 'judge'), stepOf(lesson, 'proxy')];
    expect(judge.task!.done(right)).toBe(true);
    expect(judge.predict!.came(right), `seed ${seed}: ${judge.finding!.figures(right)}`).toBe(0);
    expect(proxy.predict!.came(impressed), `seed ${seed}: ${proxy.finding!.figures(impressed)}`).toBe(1);
    const last = impressed.reward!.audit!.curve.at(-1)!;
    expect(last.proxy.mean).toBeGreaterThan(1);
    expect(last.truth.mean).toBeLessThan(0);
  }
});
