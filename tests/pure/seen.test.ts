/** What a link shows of its run: how it is chosen and thinned to fit, and that a replay, and only a replay, gives it again. */
import { beforeAll, describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import type { StepMetrics } from '../../src/metrics/metrics.ts';
import { runStory } from '../../src/cli/run.ts';
import { LONGEST_LINK } from '../../src/links/codec.ts';
import { fittingLink } from '../../src/links/fit.ts';
import {
  CURVES,
  isSeenAgain,
  seenOf,
  thinned,
  valuesOf,
  type Recorded,
  type Seen,
} from '../../src/links/seen.ts';
import type { LabState } from '../../src/links/shared.ts';
import { storyOf } from '../../src/runs/story.ts';
import { conditionsOf, findingOf } from '../../src/state/share/finding.ts';
import { builtInWorld } from '../../src/worlds/index.ts';
import type { World } from '../../src/worlds/world.ts';
import { linkOf, readLink, readSharedFile, writeSharedFile } from '../support/links.ts';
import { lab, labels, receipt, recipe, SEEN, shown } from '../support/shared-states.ts';
import { smallRecipe } from '../support/small-run.ts';

const STEPS = 12;
const PROMPT = 'phone-1';
const first = smallRecipe();

async function recordedRun(world: World): Promise<Recorded> {
  const result = await runStory(storyOf(first), STEPS, 'wasm', { world, load: () => Promise.reject(new Error('starts fresh')) }, PROMPT);
  return { ...result, rows: result.metrics, steps: STEPS };
} // prettier-ignore

let world: World;
let recorded: Recorded;
let seen: Seen;
beforeAll(async () => {
  world = await builtInWorld('reviews');
  recorded = await recordedRun(world);
  seen = seenOf(recorded) as Seen;
});

/** A run of many steps, of which only what is drawn is told. */
function long(steps: number, row: (step: number) => Partial<StepMetrics>): Recorded {
  const rows = Array.from({ length: steps }, (_, i) => ({ step: i + 1, loss: 1, 'rewards/margins': 0, ...row(i + 1) }) as StepMetrics);
  return { story: storyOf(recipe({ loop: { steps } })), steps, rows, evaluations: [], samples: null };
} // prettier-ignore

describe('of a run', () => {
  it('margins, held-out accuracy by the rule, and six samples before and after', () => {
    expect(Object.keys(seen)).toEqual(['margins', 'accuracy', 'samples']);
    expect(seen.margins?.steps).toEqual(recorded.rows.map(({ step }) => step));
    expect(seen.accuracy?.steps).toEqual([0, 4, 8, 12]);
    expect(valuesOf(seen.accuracy!)[0]).toBe(0.5);
    expect([seen.samples?.before, seen.samples?.after]).toMatchObject([{ length: 6 }, { length: 6 }]);
  });

  it('is told again by a replay, point by point, however it was thinned', async () => {
    const again = await recordedRun(world);
    for (const points of [200, 5, 2]) expect(isSeenAgain(thinned(seen, points, 3), again, PROMPT)).toBe(true);
  });

  it('anything else is not', () => {
    const values = [...seen.margins!.values];
    values[7] = values[7]! + 1;
    const after = structuredClone(seen.samples!.after).map((tokens) => [...tokens]);
    after[2]![0] = after[2]![0] === 5 ? 6 : 5;
    for (const claim of [
      { ...seen, margins: { ...seen.margins!, values } },
      { ...seen, accuracy: { ...seen.accuracy!, steps: [0, 4, 8, 11] } },
      { ...seen, samples: { ...seen.samples!, after } },
      { ...seen, loss: seen.margins! },
    ])
      expect(isSeenAgain(claim, recorded, PROMPT)).toBe(false);
    expect(isSeenAgain(seen, recorded, 'phone-2')).toBe(false);
    expect(isSeenAgain(seen, { ...recorded, samples: null }, PROMPT)).toBe(false);
  });

  it('samples of another step, rows after it and looks that no replay makes are left out', () => {
    const [look] = recorded.evaluations;
    const early = { ...recorded, steps: 8, evaluations: [...recorded.evaluations, { ...look!, step: 6 }] };
    expect(seenOf(early)?.samples).toBeUndefined();
    expect(seenOf(early)?.margins?.steps.at(-1)).toBe(8);
    expect(seenOf(early)?.accuracy?.steps).toEqual([0, 4, 8]);
    expect(seenOf({ ...recorded, rows: [], evaluations: [], samples: null })).toBeNull();
  });
});

describe('a curve', () => {
  it('has at most 200 points in a file, the first and the last among them, and its numbers to a 200th of its range', () => {
    const noise = (step: number): number => Math.sin(step) / 50 + step / 4000;
    const { margins } = seenOf(long(2000, (step) => ({ 'rewards/margins': noise(step) }))) as Seen;
    expect([margins?.steps.length, margins?.steps[0], margins?.steps.at(-1)]).toEqual([200, 1, 2000]);
    const values = valuesOf(margins!);
    for (const [i, step] of margins!.steps.entries()) expect(values[i]).toBeCloseTo(noise(step), 2);
    expect(margins?.digits).toBe(3);
  });

  it('leaves out what has no value, shows the loss where margins have none, and nothing that is beyond measure', () => {
    const some = seenOf(long(9, (step) => ({ 'rewards/margins': step % 2 ? NaN : step })));
    expect(some?.margins?.steps).toEqual([2, 4, 6, 8]);
    const none = seenOf(long(9, () => ({ 'rewards/margins': NaN })));
    expect([none?.margins, none?.loss?.values]).toEqual([undefined, Array.from({ length: 9 }, () => 1e6)]);
    expect(seenOf(long(9, () => ({ 'rewards/margins': Infinity, loss: 1e12 })))).toBeNull();
  });

  it('has no negative zero, which no JSON keeps', () => {
    const { margins } = seenOf(long(3, (step) => ({ 'rewards/margins': step === 2 ? -1e-9 : step }))) as Seen;
    expect(margins?.values.some((value) => Object.is(value, -0))).toBe(false);
  });
});

it('thinned twice is thinned once', () => {
  const { margins } = seenOf(long(500, (step) => ({ 'rewards/margins': step / 7 }))) as Seen;
  const once = thinned({ ...SEEN, margins: margins! }, 24, 1);
  expect(thinned(once, 24, 1)).toEqual(once);
  expect([once.margins?.steps.length, once.samples?.before.length]).toEqual([24, 1]);
  expect(thinned(SEEN, 24, 0).samples).toBeUndefined();
});

describe('in a link', () => {
  const whole = (more: Partial<LabState>): LabState => lab(first, { receipt: receipt(STEPS), prompt: PROMPT, seen, ...more });

  it('what fits is carried as it is, and comes back from a link and a file', async () => {
    const fitted = await fittingLink(whole({ note: 'x'.repeat(280) }), world);
    if (!('link' in fitted.linked)) throw new Error('too long');
    expect(fitted.seen).toEqual(seen);
    const read = await readLink(fitted.linked.link);
    expect(read).toEqual({ ok: true, value: whole({ note: 'x'.repeat(280) }) });
    if (read?.ok) expect((await fittingLink(read.value, world)).linked).toEqual(fitted.linked);
    const file = writeSharedFile(whole({}));
    expect(file.ok && (await readSharedFile(file.value))).toEqual({ ok: true, value: whole({}) });
  });

  it('of a long curve there are 24 points, in a file all 200', async () => {
    const curve = seenOf(long(2000, (step) => ({ 'rewards/margins': step / 900 }))) as Seen;
    const state = whole({ receipt: receipt(2000), seen: { ...seen, ...curve } });
    const { linked, seen: carried } = await fittingLink(state, world);
    expect('link' in linked && linked.link.length).toBeLessThanOrEqual(LONGEST_LINK);
    expect(carried?.margins?.steps.length).toBe(24);
    const file = writeSharedFile(state);
    const read = file.ok && (await readSharedFile(file.value));
    expect(read && read.ok && read.value.kind === 'lab' && read.value.seen?.margins?.steps.length).toBe(200);
  });

  it('the less room there is the less is carried, and never is a link longer than it may be', async () => {
    const counts: number[] = [];
    let last = '';
    const random = stream(1, 'labels that take much room');
    const far = labels(400).map((label, i) => ({ ...label, pair: { kind: 'stock', seed: 0, index: 50 * i + random.integer(30), split: 'train' } as const }));
    for (let count = 20; count <= 400; count += 20) {
      const recorded = far.slice(0, count);
      const { seen: _seen, ...bare } = whole({ story: storyOf(smallRecipe({ labels: { rule: 'positive', recorded } })) });
      const { linked, seen: carried } = await fittingLink({ ...bare, seen }, world);
      last = 'link' in linked ? 'link' : 'too long';
      if ('link' in linked) expect(linked.link.length).toBeLessThanOrEqual(LONGEST_LINK);
      else expect(linked).toEqual(await linkOf(bare));
      counts.push(CURVES.reduce((sum, name) => sum + (carried?.[name]?.steps.length ?? 0), 0) + (carried?.samples?.after.length ?? 0));
    }
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect([counts[0], counts.at(-1), last]).toEqual([12 + 4 + 6, 0, 'too long']);
    expect(new Set(counts).size).toBeGreaterThan(3);
  });

  it('a state without it has the link that it always had', async () => {
    const { note: _note, seen: _seen, ...bare } = shown();
    expect((await fittingLink(bare, world)).linked).toEqual(await linkOf(bare));
  });
}); // prettier-ignore

describe('as a page says it', () => {
  it('one sentence with the numbers, samples with the words that differ, and the conditions in one line', () => {
    const finding = findingOf(shown(), world);
    expect(finding?.sentence).toBe(
      'After 100 steps it sides with the rule “Positive” on 100\u202f% of held-out pairs (50\u202f% before), the margin of a batch is 3.59 (0 before), and 2 of 2 samples read differently.',
    );
    const [first] = finding?.samples ?? [];
    const [before, after] = [first?.before ?? [], first?.after ?? []];
    expect([before, after].map((words) => words.map(({ word }) => word).join(' '))).toEqual(
      [SEEN.samples!.before[0]!, SEEN.samples!.after[0]!].map((tokens) => world.decode(tokens)),
    );
    expect([before[0]?.changed, before.some(({ changed }) => changed)]).toEqual([false, true]);
    expect(conditionsOf(shown())).toBe('DPO · 100 steps · 20 labels · seed 0');
  });

  it('says what there is, and nothing where nothing is shown', () => {
    const late = { steps: [40, 100], values: [693147, 500000], digits: 6 };
    expect(findingOf(shown({ seen: { loss: late } }), world)?.sentence).toBe(
      'After 100 steps the loss of a batch is 0.5 (0.693 after 40 steps).',
    );
    const one = { before: [[5, 2], [6, 2]], after: [[7, 2], [6, 2]] }; // prettier-ignore
    expect(findingOf(shown({ seen: { samples: one } }), world)?.sentence).toBe(
      'After 100 steps 1 of 2 samples reads differently.',
    );
    expect(findingOf(lab(recipe(), { note: 'x' }), world)).toBeNull();
    const oracle = recipe({ labels: { rule: 'formal', count: 40 }, objective: { name: 'ipo' }, seed: 3 });
    expect(conditionsOf(lab(oracle))).toBe('IPO · 100 steps · 40 pairs by the rule formal · seed 3');
    expect(conditionsOf(lab(recipe()))).toContain('no labels');
  });
});
