/** A run that is kept goes on where it was, with the bits of one that nobody interrupted; a story is told by the trainer. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { expect, it } from 'vitest';
import type { Receipt } from '../../src/runs/receipt.ts';
import { compare } from '../../src/runs/receipt.ts';
import { createKeeper } from '../../src/session/keeper.ts';
import type { OpenRequest, ToldRun } from '../../src/session/protocol.ts';
import { putCapsule } from '../../src/storage/capsule.ts';
import { createProject } from '../../src/storage/projects.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { bench, inPhase, noGpu, request, value } from '../support/trainer-bench.ts';
import { smallRecipe } from '../support/small-run.ts';

const KEEP = { project: 'p1', run: 'r1', title: 'sigmoid', resume: true };
const PLACE = { project: 'p1', run: 'r1', title: 'sigmoid' };
const recipe = smallRecipe({ loop: { steps: 60, batch: 4, evaluate_every: 10 } });
const lr = 0.003;

/** A browser with its database; `visit` is a page with a trainer of its own. */
async function browser() {
  const around = { indexedDB: () => factory };
  const factory = new IDBFactory();
  const storage = await openStorage(around);
  await createProject(storage, KEEP.project, 'First', 1000);
  let clock = 2000;
  const keepers: { listening: () => number }[] = [];
  /** The trainer's worker has one keeper for all its runs. */
  const keeperOfWorker = async () => {
    const keeper = createKeeper(await openStorage(around), () => clock++);
    let listening = 0;
    keepers.push({ listening: () => listening });
    const onHealth: typeof keeper.onHealth = (listener) => {
      const end = keeper.onHealth(listener);
      listening++;
      return () => {
        listening--;
        end();
      };
    };
    return { ...keeper, health: keeper.health, onHealth };
  };
  const visit = async (changes: Partial<Omit<OpenRequest, 'keep'>> & { keep?: undefined } = {}) => {
    let keeper: ReturnType<typeof keeperOfWorker> | null = null;
    const page = bench(noGpu, () => (keeper ??= keeperOfWorker()));
    const { keep, ...rest } = { keep: KEEP, ...changes };
    value(await page.trainer.open(request({ recipe, backend: 'wasm', ...(keep && { keep }), ...rest })));
    return page;
  };
  return { storage, visit, keepers };
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof browser>>['visit']>>;

async function trainTo(page: Page, step: number): Promise<void> {
  const there = page.until((event) => event.kind === 'progress' && event.progress.step >= step);
  value(await page.trainer.train('r1'));
  await there;
}

const told = async (page: Page): Promise<ToldRun> => value(await page.trainer.told('r1'));

async function finish(page: Page): Promise<Receipt> {
  const finished = page.until(inPhase('finished'));
  value(await page.trainer.train('r1'));
  await finished;
  return (await told(page)).receipt as Receipt;
}

it('a page that is gone in mid-run: another goes on from the last checkpoint, to the same bits', async () => {
  const long = { recipe: smallRecipe({ loop: { steps: 400, batch: 4, evaluate_every: 100 } }) };
  const uninterrupted = await finish(await (await browser()).visit(long));

  const { visit } = await browser();
  const first = await visit(long);
  const kept = first.until((event) => event.kind === 'kept' && (event.step ?? 0) > 0);
  value(await first.trainer.train('r1'));
  await kept;
  await first.trainer.close(); // nothing is saved on the way out

  const second = await visit(long);
  const returned = second.events.find((event) => event.kind === 'returned');
  const at = returned?.kind === 'returned' ? returned.rows.length : 0;
  expect(at).toBeGreaterThanOrEqual(20);
  expect(at).toBeLessThan(400);
  expect(second.events.some(inPhase('paused'))).toBe(true);
  expect(compare(uninterrupted, await finish(second))).toEqual({ kind: 'reproduced' });

  const third = await visit(long);
  const all = third.events.find((event) => event.kind === 'returned');
  expect(all?.kind === 'returned' && all.rows.map(({ step }) => step)).toEqual(
    Array.from({ length: 400 }, (_, i) => i + 1),
  );
  const evaluated = all?.kind === 'returned' ? all.evaluations.map(({ step }) => step) : [];
  expect(evaluated).toEqual(expect.arrayContaining([0, 100, 200, 300, 400]));
  expect(third.events.some(inPhase('finished'))).toBe(true);
});

it('what was changed on the way is kept too, and told again bit for bit', async () => {
  const { visit } = await browser();
  const first = await visit();
  await trainTo(first, 10);
  value(await first.trainer.pause('r1'));
  value(await first.trainer.setNumber('r1', 'optimiser.lr', lr));
  value(await first.trainer.save('r1'));
  const changedAt = (await told(first)).story.changes[0]?.step;

  const second = await visit();
  const { story, receipt } = { receipt: await finish(second), story: (await told(second)).story };
  expect(story.changes.map(({ step, recipe: to }) => [step, to.optimiser.lr])).toEqual([[changedAt, lr]]);

  const elsewhere = bench(noGpu);
  const tell = { changes: story.changes, steps: receipt.steps };
  value(await elsewhere.trainer.open(request({ recipe: story.recipe, backend: 'wasm', tell })));
  expect(compare(receipt, await finish(elsewhere))).toEqual({ kind: 'reproduced' });
  expect(elsewhere.events.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
});

it('a change of the visitor ends a story that is told', async () => {
  const page = bench(noGpu);
  const changed = smallRecipe({ ...recipe, optimiser: { ...recipe.optimiser, lr } });
  const tell = { changes: [{ step: 30, recipe: changed }], steps: 60 };
  value(await page.trainer.open(request({ recipe, backend: 'wasm', tell })));
  value(await page.trainer.setNumber('r1', 'objective.parameters.beta', 0.2));
  await finish(page);
  expect((await told(page)).story.changes).toEqual([]);
});

it('a run that was deleted in another tab is not kept any more, and says so', async () => {
  const { storage, visit } = await browser();
  const page = await visit();
  await trainTo(page, 5);
  value(await page.trainer.pause('r1'));
  value(await page.trainer.save('r1'));
  await storage.transact('write', ['runs'], (tx) => tx.remove('runs', ['p1', 'r1']));
  const gone = page.until((event) => event.kind === 'kept' && event.step === null);
  value(await page.trainer.step('r1'));
  await gone;
});

it('a damaged checkpoint: the one before is used, in words; with none whole the run begins anew', async () => {
  const { storage, visit } = await browser();
  const first = await visit();
  for (const step of [5, 12]) {
    await trainTo(first, step);
    value(await first.trainer.pause('r1'));
    value(await first.trainer.save('r1'));
  }
  const keys = await storage.transact('read', ['checkpoints'], (tx) => tx.keys('checkpoints', ['p1', 'r1']));
  expect(keys).toHaveLength(2);
  const damage = async (key: (typeof keys)[number]): Promise<void> => {
    await storage.transact('write', ['checkpoints'], async (tx) => {
      const row = await tx.get('checkpoints', key);
      if (row) await tx.put('checkpoints', { ...row, ledger: `${row.ledger} ` });
    });
  };
  await damage(keys[1]!);
  const second = await visit();
  const one = second.events.find((event) => event.kind === 'returned');
  expect(one?.kind === 'returned' && one.losses).toEqual([expect.stringContaining('is damaged')]);
  await second.trainer.close();
  await damage(keys[0]!);
  const third = await visit();
  const none = third.events.find((event) => event.kind === 'returned');
  expect(none?.kind === 'returned' && [none.rows.length, none.losses.at(-1)]).toEqual([
    0,
    expect.stringContaining('begins anew'),
  ]);
  expect(third.events.some(inPhase('ready'))).toBe(true);
});

it('a run that was kept nowhere is kept later, whole, and goes on to the same bits', async () => {
  const alone = bench(noGpu);
  value(await alone.trainer.open(request({ recipe, backend: 'wasm' })));
  const uninterrupted = await finish(alone);

  const { visit } = await browser();
  const guest = await visit({ keep: undefined });
  await trainTo(guest, 12);
  value(await guest.trainer.pause('r1'));
  value(await guest.trainer.setNumber('r1', 'loop.steps', 60));
  expect(value(await guest.trainer.keepAt('r1', PLACE))).toBe(true);
  await guest.trainer.close();

  const own = await visit();
  const returned = own.events.find((event) => event.kind === 'returned');
  const steps = returned?.kind === 'returned' ? returned.rows.map(({ step }) => step) : [];
  expect(steps.length).toBeGreaterThanOrEqual(12);
  expect(steps).toEqual(steps.map((_, i) => i + 1));
  expect(returned?.kind === 'returned' && returned.evaluations.map(({ step }) => step)).toContain(0);
  expect(compare(uninterrupted, await finish(own))).toEqual({ kind: 'reproduced' });
});

it('without a database a run goes on from its capsule, and from the capsule of that', async () => {
  const alone = bench(noGpu);
  value(await alone.trainer.open(request({ recipe, backend: 'wasm' })));
  const uninterrupted = await finish(alone);

  let capsule: string | null = null;
  for (const upTo of [7, 23]) {
    const page = bench(noGpu);
    const carried = capsule === null ? {} : { carried: capsule };
    value(await page.trainer.open(request({ recipe, backend: 'wasm', ...carried })));
    await trainTo(page, upTo);
    value(await page.trainer.pause('r1'));
    capsule = value(await page.trainer.capsule('r1', PLACE));
    await page.trainer.close();
  }
  const last = bench(noGpu);
  value(await last.trainer.open(request({ recipe, backend: 'wasm', carried: capsule ?? '' })));
  const returned = last.events.find((event) => event.kind === 'returned');
  expect(returned?.kind === 'returned' && returned.rows.length).toBeGreaterThanOrEqual(23);
  expect(compare(uninterrupted, await finish(last))).toEqual({ kind: 'reproduced' });

  const { storage, visit } = await browser();
  expect(await putCapsule(storage, capsule ?? '', PLACE)).toEqual({ ok: true });
  expect(compare(uninterrupted, await finish(await visit()))).toEqual({ kind: 'reproduced' });
});

it('a trainer that opens one run after another tells the health of what keeps them once', async () => {
  const { visit, keepers } = await browser();
  const page = await visit();
  for (let i = 0; i < 3; i++)
    value(await page.trainer.open(request({ recipe, backend: 'wasm', keep: KEEP })));
  expect(keepers[0]?.listening()).toBe(1);
  await page.trainer.close();
  expect(keepers[0]?.listening()).toBe(0);
});
