/** The trainer behind the worker's port, on real WASM devices, without a worker: phases, commands, refusals. */
import { expect, it } from 'vitest';
import { bench, inPhase, message, noGpu, request, value } from '../support/trainer-bench.ts';
import { smallRecipe } from '../support/small-run.ts';

it('falls back to WASM, and says why', async () => {
  const { trainer } = bench(noGpu);
  const report = value(await trainer.open(request()));
  expect(report.backend).toBe('wasm');
  expect(report.whyNot).toBe('This browser has no WebGPU.');
});

it('trains to the end, reporting every step once and in order', async () => {
  const { trainer, events, until } = bench(noGpu);
  value(await trainer.open(request()));
  const finished = until(inPhase('finished'));
  value(await trainer.train('r1'));
  await finished;
  const steps = events.flatMap((e) => (e.kind === 'metrics' ? e.rows.map((r) => r.step) : []));
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const evaluated = events.flatMap((e) => (e.kind === 'evaluation' ? [e.evaluation.step] : []));
  expect(evaluated).toEqual([0, 4, 8, 12]);
  expect(message(await trainer.train('r1'))).toMatch(/All 12 steps are done/);
});

it('pauses between slices, steps once, resets', async () => {
  const { trainer, events, until } = bench(noGpu);
  value(await trainer.open(request()));
  const stepped = until(inPhase('paused'));
  value(await trainer.step('r1'));
  await stepped;
  const lastStep = (): number => {
    const last = events.findLast((e) => e.kind === 'progress');
    return last?.kind === 'progress' ? last.progress.step : NaN;
  };
  expect(lastStep()).toBe(1);
  value(await trainer.train('r1'));
  value(await trainer.pause('r1'));
  const paused = lastStep();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(lastStep()).toBe(paused);
  value(await trainer.reset('r1'));
  expect(lastStep()).toBe(0);
});

it('a recipe with mistakes comes back as issues, and nothing is open', async () => {
  const { trainer } = bench(noGpu);
  const reply = await trainer.open(
    request({ recipe: { version: 1, world: 'reviews', loop: { steps: -1 } } }),
  );
  expect(!reply.ok && reply.error.issues?.[0]?.at).toBe('loop.steps');
  expect(message(await trainer.train('r1'))).toMatch(/not open/);
});

it('refuses commands for an older run', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.open(request({ runId: 'r2' })));
  expect(message(await trainer.step('r1'))).toMatch(/not open any more/);
  value(await trainer.step('r2'));
});

it('of runs asked for one after the other only the last is opened', async () => {
  const { trainer, events } = bench(noGpu);
  const runs = ['r1', 'r2', 'r3', 'r4'].map((runId) => trainer.open(request({ runId })));
  const replies = await Promise.all(runs);
  expect(replies.map(({ ok }) => ok)).toEqual([false, false, false, true]);
  expect(message(await runs[0]!)).toMatch(/another run was asked for/);
  expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set(['r4']));
  value(await trainer.step('r4'));
});

it('a run whose last label is taken away pauses, and can go on with others', async () => {
  const { trainer, until } = bench(noGpu);
  const none = { recorded: [], count: 0, noise: 0, rule: 'positive' };
  value(
    await trainer.open(
      request({ recipe: smallRecipe({ loop: { steps: 500, batch: 4, evaluate_every: 500 } }) }),
    ),
  );
  const paused = until(inPhase('paused'));
  value(await trainer.train('r1'));
  expect(value(await trainer.setLabels('r1', none)).pairs).toBe(0);
  await paused;
  expect(message(await trainer.train('r1'))).toMatch(/Label a pair first/);
  value(await trainer.setLabels('r1', { ...none, count: 20 }));
  value(await trainer.step('r1'));
});

it('numbers and labels change while a run is open; a bad number changes nothing', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.setNumber('r1', 'optimiser.lr', 1e-3));
  const reply = await trainer.setNumber('r1', 'optimiser.lr', 50);
  expect(!reply.ok && reply.error.issues?.[0]?.at).toBe('optimiser.lr');
  expect(message(await trainer.setNumber('r1', 'loop.batch', 8))).toMatch(/needs a new run/);
  expect(
    value(await trainer.setLabels('r1', { recorded: [], count: 50, noise: 0, rule: 'short' })).pairs,
  ).toBeGreaterThan(30);
  expect(message(await trainer.setLabels('r1', { recorded: [], count: 0, noise: 0, rule: 'loud' }))).toMatch(
    /labels\.rule/,
  );
});

it('another objective is live from the next step, over the same policy and the same order of pairs', async () => {
  const { trainer, events } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.step('r1'));
  value(await trainer.step('r1'));
  const own = {
    name: 'sigmoid',
    formula: 'loss = 0 * beta - gamma * position_weighted\nposition_weighted = 1',
    own: { gamma: 2 },
  };
  const refused = await trainer.setObjective('r1', own);
  expect(!refused.ok && refused.error.issues?.[0]?.at).toBe('objective.formula, line 1, column 27');
  const formula = 'loss = -gamma * log_sigmoid(mean_t(logp_w[t] / position_w[t]) - mean_t(logp_l[t]))';
  expect(value(await trainer.setObjective('r1', { ...own, formula }))).toEqual({ step: 3 });
  value(await trainer.setNumber('r1', 'objective.own.gamma', 0));
  value(await trainer.step('r1'));
  const rows = events.flatMap((e) => (e.kind === 'metrics' ? e.rows : []));
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(rows[2]?.loss).toBeCloseTo(0, 12); // by gamma = 0
  value(await trainer.setObjective('r1', { name: 'sigmoid' }));
  value(await trainer.step('r1'));
  const unchanged = bench(noGpu);
  value(await unchanged.trainer.open(request()));
  for (let step = 1; step <= 4; step++) value(await unchanged.trainer.step('r1'));
  const last = events.findLast((e) => e.kind === 'metrics');
  const same = unchanged.events.findLast((e) => e.kind === 'metrics');
  if (last?.kind !== 'metrics' || same?.kind !== 'metrics') throw new Error('no step was reported');
  expect(last.rows[0]?.['logps/chosen']).not.toBe(same.rows[0]?.['logps/chosen']);
  expect(last.rows[0]?.['logps/chosen']).toBeCloseTo(same.rows[0]?.['logps/chosen'] as number, 0);
  expect(last.pairs?.chosen).toHaveLength(4);
  const margins = last.pairs?.chosen.map((w, i) => w - (last.pairs?.rejected[i] as number)) ?? [];
  expect((0.1 * margins.reduce((a, b) => a + b)) / 4).toBeCloseTo(
    last.rows[0]?.['rewards/margins'] as number,
    3,
  );
});

it('the reference is set moving on the way; what has no use for that is refused', async () => {
  const { trainer, events } = bench(noGpu);
  value(await trainer.open(request()));
  value(await trainer.step('r1'));
  const { loop } = smallRecipe();
  const moving = { ...loop, sync_ref_model: true, ref_model_mixup_alpha: 1, ref_model_sync_steps: 2 };
  expect(value(await trainer.setLoop('r1', moving))).toEqual({ step: 2 });
  value(await trainer.step('r1'));
  value(await trainer.setNumber('r1', 'loop.ref_model_sync_steps', 7));
  value(await trainer.step('r1'));
  const rows = events.flatMap((e) => (e.kind === 'metrics' ? e.rows : []));
  expect(rows[1]?.['rewards/margins']).not.toBeCloseTo(0, 6);
  expect(rows[2]?.['rewards/margins']).toBeCloseTo(0, 6); // the reference has become the policy
  const refused = await trainer.setObjective('r1', { name: 'simpo' });
  expect(!refused.ok && refused.error.issues?.[0]?.at).toBe('loop.sync_ref_model');
  expect(message(await trainer.setLoop('r1', { ...moving, batch: 8 }))).toMatch(/needs a new run/);
  expect(message(await trainer.setLoop('r1', { ...loop, ref_model_mixup_alpha: 0.5 }))).toMatch(
    /ref_model_mixup_alpha/,
  );
});

it('says which labels the objective has no use for', async () => {
  const { trainer, events } = bench(noGpu);
  value(await trainer.open(request()));
  const recorded = (['a', 'tie', 'both_bad', 'tie'] as const).map((choice, index) => ({
    pair: { kind: 'stock' as const, seed: 0, index, split: 'train' as const },
    choice,
    source: 'human',
  }));
  const newest = () => {
    const last = events.findLast((e) => e.kind === 'progress');
    return last?.kind === 'progress' ? [last.progress.pairs, last.progress.unused] : null;
  };
  value(await trainer.setLabels('r1', { recorded, count: 0, noise: 0, rule: 'positive' }));
  expect(newest()).toEqual([1, { ties: 2, bothBad: 1 }]);
  value(await trainer.setObjective('r1', { name: 'kto' }));
  expect(newest()).toEqual([3, { ties: 2, bothBad: 0 }]);
});

it('explains itself when there is nothing to learn from', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request({ recipe: smallRecipe({ labels: { rule: 'positive', count: 0 } }) })));
  expect(message(await trainer.train('r1'))).toMatch(/Label a pair first/);
});

it('answers questions about responses', async () => {
  const { trainer } = bench(noGpu);
  value(await trainer.open(request()));
  const pair = value(await trainer.samplePair('r1', 'movie-1', 0));
  expect(pair.a).not.toEqual(pair.b);
  const tokens = value(await trainer.tokens('r1', 'movie-1', pair.a));
  expect(tokens.logps).toHaveLength(pair.a.length);
  expect(value(await trainer.follow('r1', 'movie-1')).ranking.prompt).toBe('movie-1');
});

it('refuses a page of another build, and says both builds and what to do', () => {
  const { trainer } = bench(noGpu);
  expect(() => trainer.subscribe(() => undefined, 'another')).toThrow(
    /page is of build another .* trainer of build unbuilt\. Reload the page/,
  );
});
