/** How often the page reads a formula: not at all for a label or a number, once for another formula. */
import { beforeEach, expect, test, vi } from 'vitest';
import { openInNode } from '../../src/cli/node-host.ts';
import type * as Parse from '../../src/formulas/parse.ts';
import { lmConfig } from '../../src/models/lm/config.ts';
import { initialParameters } from '../../src/models/lm/initialise.ts';
import { NO_OPTIONS } from '../../src/objectives/options.ts';
import { firstPicture } from '../../src/runs/first-picture.ts';
import type { HandleListener } from '../../src/session/trainer-handle.ts';
import { Lab } from '../../src/state/lab/lab.svelte.ts';
import { summaryOf } from '../../src/state/lab/world-summary.ts';
import { Loss } from '../../src/state/loss/loss.svelte.ts';
import { readLoss } from '../support/read-loss.svelte.ts';
import { worldNamed } from '../support/worlds.ts';

const parsing = vi.hoisted(() => ({ texts: [] as string[] }));
vi.mock('../../src/formulas/parse.ts', async (original) => {
  const real = await original<typeof Parse>();
  const parse: typeof real.parse = (text) => (parsing.texts.push(text), real.parse(text));
  return { ...real, parse };
});

/** What the worker was asked; one that reads formulas itself would be counted too, so this one says yes to everything. */
const asked = vi.hoisted(() => [] as string[]);
vi.mock('../../src/session/trainer-handle.ts', () => {
  class TrainerHandle {
    constructor(private readonly listener: HandleListener) {}
    open(): Promise<object> {
      const unused = { ties: 0, bothBad: 0 };
      const pace = { stepsPerSecond: null, tokensPerSecond: null };
      const progress = { phase: 'ready', step: 0, steps: 100, pairs: 0, unused, ...pace } as const;
      this.listener.event({ runId: 'r', kind: 'progress', progress });
      return Promise.resolve({ ok: true, value: { backend: 'wasm' } });
    }
    call(name: string): Promise<object> {
      asked.push(name);
      return Promise.resolve({ ok: true, value: { step: 1 } });
    }
  }
  return { TrainerHandle };
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })); // typing settles when a test says so

const OWN = 'loss = relu(slack - beta * (logp_w - logp_l))';

test('a label or a number costs the page no reading of the formula, another formula one', async () => {
  const world = worldNamed('reviews');
  const config = lmConfig('nano', world.words.length, world.context);
  const parameters = initialParameters(config, 0);
  const picture = await firstPicture(world, { config, parameters }, await openInNode('wasm'));
  const lab = new Lab(picture, summaryOf(world), true);
  await lab.loadWorld();
  expect(await lab.openRun()).toBe(true);
  const loss = new Loss(lab);
  const reader = readLoss(loss);

  /** The formulas that are read while something is changed, and what the worker is told of it. */
  const readFor = async (change: () => unknown): Promise<[texts: string[], told: string[]]> => {
    parsing.texts.length = asked.length = 0;
    await change();
    reader.settle();
    vi.runAllTimers();
    reader.settle();
    await lab.run.ready();
    await Promise.resolve();
    return [[...parsing.texts], [...asked]];
  };
  const numberTo = (path: string, value: number) => () => lab.controls.setNumber(path, value);

  await lab.run.ready();
  await Promise.resolve();
  const label = () => lab.labelActions.answer('left');
  expect(await readFor(label)).toEqual([[], ['setLabels']]);
  expect(await readFor(() => lab.labelActions.answer('tie'))).toEqual([[], ['setLabels']]);
  expect(await readFor(() => lab.labelActions.undo())).toEqual([[], ['setLabels']]);
  expect(await readFor(() => lab.labelActions.labelWithOracle())).toEqual([[], ['setLabels']]);
  expect(await readFor(numberTo('optimiser.lr', 0.002))).toEqual([[], ['setNumber']]);
  expect(await readFor(numberTo('objective.parameters.beta', 0.3))).toEqual([[], ['setNumber']]);

  const wrong = OWN.replace('logp_l', 'logp_x');
  expect(await readFor(() => loss.edit(wrong))).toEqual([[wrong], []]);
  const before = OWN.replace('slack', '1');
  expect(await readFor(() => loss.edit(before))).toEqual([[before], ['setObjective']]);
  expect(await readFor(() => loss.edit(OWN))).toEqual([[OWN], []]);
  expect(await readFor(() => loss.makeNumber('slack'))).toEqual([[OWN], ['setObjective']]);
  expect(await readFor(numberTo('objective.own.slack', 2))).toEqual([[], ['setNumber']]);
  expect(await readFor(label)).toEqual([[], ['setLabels']]);

  const { formula } = loss.objective;
  expect(await readFor(() => loss.restore())).toEqual([[formula], ['setObjective']]);
  // under options the formula is read, and what they make of it
  const [read, told] = await readFor(() => loss.setOptions({ ...NO_OPTIONS, weighting: true }));
  expect(told).toEqual(['setObjective']);
  expect(read.filter((text) => text === formula || text === loss.rewritten)).toEqual([
    formula,
    loss.rewritten,
  ]);
  expect(await readFor(label)).toEqual([[], ['setLabels']]);
  expect(await readFor(numberTo('objective.parameters.beta', 0.2))).toEqual([[], ['setNumber']]);
  reader.stop();
});
