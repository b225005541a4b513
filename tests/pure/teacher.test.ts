import { expect, test } from 'vitest';
import { openInNode } from '../../src/cli/node-host.ts';
import { BUILD } from '../../src/base/build.ts';
import { createTeacher } from '../../src/session/teacher.ts';
import { createTrainer } from '../../src/session/trainer.ts';
import type { Reply } from '../../src/session/protocol.ts';
import type { TeachEvent } from '../../src/session/teach-protocol.ts';
import { packed } from '../../src/data/read/packed.ts';
import { smallDataset } from '../support/small-data.ts';

const { name, pairs } = smallDataset();
const packedDataset = { name, pairs: packed(pairs) };
const CHOICES = { vocabulary: 'words', words: 200, context: 32 } as const;
const SIZE = { size: 'nano', steps: 60, batch: 8, seed: 0 } as const;

const around = {
  openDevice: () => openInNode('wasm'),
  loadBase: () => Promise.reject(new Error('nothing is fetched for a world of data')),
  now: () => 0,
  pause: () => new Promise<void>((resolve) => setTimeout(resolve)),
  openKeeper: () => Promise.reject(new Error('nothing is kept')),
};
const value = <T>(reply: Reply<T>): T => {
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
};

function open() {
  const teacher = createTeacher(around);
  const events: TeachEvent[] = [];
  let wake: () => void = () => undefined;
  teacher.subscribe((event) => {
    events.push(event);
    wake();
  }, BUILD);
  const until = async (is: (event: TeachEvent) => boolean): Promise<void> => {
    while (!events.some(is)) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { teacher, events, until };
}
const reached = (step: number) => (event: TeachEvent) => event.kind === 'progress' && event.step >= step;
const ended = (event: TeachEvent) => event.kind === 'heard' && event.heard.step === SIZE.steps;

test('a data set is taught, a run begins from what was learned, and slices and pauses change no bit', async () => {
  const one = open();
  const { encoded: world, report } = value(await one.teacher.build(packedDataset, CHOICES));
  expect(report).toMatchObject({ pairs: 120, kept: 120 });
  expect(value(await one.teacher.open({ runId: 'a', world, ...SIZE }))).toBeGreaterThan(10_000);
  value(await one.teacher.train('a'));
  await one.until(ended);
  const rows = one.events.flatMap((event) => (event.kind === 'progress' ? event.rows : []));
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: SIZE.steps }, (_, i) => i + 1));
  expect(rows.at(-1)!.loss).toBeLessThan(rows[0]!.loss / 2);
  const heard = one.events.flatMap((event) => (event.kind === 'heard' ? [event.heard] : []));
  expect(heard.at(-1)!.perplexity.perplexity).toBeLessThan(heard[0]!.perplexity.perplexity / 4);
  expect(heard.at(-1)!.samples).toHaveLength(4);
  const taught = value(await one.teacher.taught('a'));
  expect(taught.picture.evaluation.accuracies['labels']).toBe(0.5);

  // kept, and brought back by a worker that knows nothing of it
  const { picture: _, ...learned } = taught;
  expect(value(await one.teacher.learned('a'))).toEqual(learned);
  const again = open().teacher;
  expect(value(await again.bring({ world, ...learned }))).toEqual(taught);
  const changed = learned.parameters.slice();
  changed[7] = 1;
  for (const wrong of [{ parameters: changed }, { parameters: changed.slice(1) }, { size: 'huge' }]) {
    const brought = await again.bring({ world, ...learned, ...wrong });
    expect(brought.ok || brought.error.issues).toMatchObject([{ code: 'data/damaged', at: name }]);
  }

  const other = open();
  value(await other.teacher.open({ runId: 'b', world, ...SIZE }));
  value(await other.teacher.train('b'));
  await other.until(reached(3));
  value(await other.teacher.pause('b'));
  await other.until((event) => event.kind === 'progress' && event.phase === 'paused');
  value(await other.teacher.train('b'));
  await other.until(ended);
  expect(value(await other.teacher.taught('b')).parameters).toEqual(taught.parameters);
  expect((await other.teacher.train('a')).ok).toBe(false);

  const trainer = createTrainer(around);
  const accuracies: number[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  trainer.subscribe((event) => {
    if (event.kind === 'evaluation') accuracies.push(event.evaluation.accuracies['labels']!);
    if (event.kind === 'progress' && event.progress.phase === 'finished') finish();
  }, BUILD);
  const recipe = {
    version: 1,
    world: world.name,
    model: { size: 'nano' },
    labels: { rule: 'labels', count: report.training },
    loop: { steps: 30, evaluate_every: 30 },
    optimiser: { lr: 1e-3 },
  };
  const request = { runId: 'r', site: '', recipe, backend: 'wasm', prompt: 'prompt-1' } as const;
  const own = { encoded: world, bases: { nano: taught.parameters } };
  value(await trainer.open({ ...request, own }));
  value(await trainer.train('r'));
  await finished;
  expect(accuracies[0]).toBe(0.5);
  expect(accuracies.at(-1)).toBeGreaterThan(0.9);

  const none = await trainer.open({ ...request, recipe: { ...recipe, model: { size: 'micro' } }, own });
  expect(none.ok || none.error.message).toMatch(/No model of size micro was taught on manners.jsonl/);
});

test('mistakes in choices and in worlds come back as issues', async () => {
  const { teacher } = open();
  const wrong = await teacher.build(packedDataset, { ...CHOICES, context: 33 });
  expect(wrong.ok || wrong.error.issues).toMatchObject([{ code: 'data/choice', at: 'context' }]);
  const { encoded } = value(await teacher.build(packedDataset, CHOICES));
  const damaged = { ...encoded, training: 9999 };
  const opened = await teacher.open({
    runId: 'a',
    world: { ...damaged, name: 'data-0000000000000000' },
    ...SIZE,
  });
  expect(opened.ok || opened.error.issues).toMatchObject([{ code: 'data/damaged' }]);
});
