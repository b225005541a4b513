/** Links and shared files: what goes in comes out, lengths, and what a broken or foreign one is told. */
import { describe, expect, it } from 'vitest';
import { describeIssue } from '../../src/base/errors.ts';
import { stream } from '../../src/base/random.ts';
import { CHOICES } from '../../src/labelers/labeler.ts';
import { deflate, toBase64Url } from '../../src/links/bytes.ts';
import { LONGEST_LINK } from '../../src/links/codec.ts';
import type { LabState, SharedState } from '../../src/links/shared.ts';
import { controlsOf, PANELS, viewIssues } from '../../src/links/view.ts';
import { isHidden, isLocked } from '../../src/links/visible.ts';
import { changedAt } from '../../src/runs/story.ts';
import { linkOf, readLink, readSharedFile, writeSharedFile } from '../support/links.ts';
import { changing, lab, labels, receipt, recipe, STATES } from '../support/shared-states.ts';
import { canonicalText } from '../../src/recipes/check.ts';

async function link(state: SharedState): Promise<string> {
  const linked = await linkOf(state);
  if (!('link' in linked)) throw new Error(JSON.stringify(linked));
  return linked.link;
}

const linkTo = async (json: string): Promise<string> =>
  `#1.${toBase64Url(await deflate(new TextEncoder().encode(json)))}`;

async function refusal(hash: string): Promise<string> {
  const read = await readLink(hash);
  if (read === null || read.ok) throw new Error('it was read');
  return read.issues.map((issue) => `${issue.code} ${describeIssue(issue)}`).join('\n');
}

describe.each(Object.entries(STATES))('%s', (_name, state) => {
  it('comes back from a link and from a file', async () => {
    expect(await readLink(await link(state))).toEqual({ ok: true, value: state });
    const file = writeSharedFile(state);
    if (!file.ok) throw new Error(JSON.stringify(file.issues));
    expect(JSON.parse(file.value)).toMatchObject({ swayground: 1, kind: state.kind });
    expect(await readSharedFile(file.value)).toEqual({ ok: true, value: state });
  });
});

it('canonical texts come back to the letter', async () => {
  const read = await readLink(await link(changing()));
  if (!read?.ok || read.value.kind !== 'lab') throw new Error('not read');
  const texts = ({ story }: ReturnType<typeof changing>): string[] => [story.recipe, ...story.changes.map((c) => c.recipe)].map(canonicalText);
  expect(texts(read.value)).toEqual(texts(changing()));
}); // prettier-ignore

it('tells of a reference that was set moving on the way', async () => {
  const first = recipe({ loop: { steps: 60 } });
  const moving = { steps: 60, sync_ref_model: true, ref_model_sync_steps: 7, ref_model_mixup_alpha: 0.5 };
  const story = changedAt(lab(first).story, 20, recipe({ loop: moving }));
  const state = lab(first, { story: changedAt(story, 40, first) });
  expect(await readLink(await link(state))).toEqual({ ok: true, value: state });
});

it('stays short: a recipe below 400 characters, with 100 labels and a receipt below 1,800', async () => {
  for (const name of ['default', 'numbers', 'a formula of its own', 'options', 'teacher mode']) {
    expect((await link(STATES[name] as SharedState)).length, name).toBeLessThan(400);
  }
  const random = stream(1, 'labels to share');
  const recorded = labels(100).map((label) => ({ ...label, choice: random.pick(CHOICES) }));
  const labelled = lab(recipe({ labels: { rule: 'positive', recorded } }), {
    receipt: receipt(256),
  });
  expect((await link(labelled)).length).toBeLessThan(LONGEST_LINK);
});

it('past the limit a file carries it', async () => {
  const many = lab(recipe({ labels: { rule: 'positive', recorded: labels(2000, 0, 20) } }));
  expect(await linkOf(many)).toEqual({ tooLong: expect.any(Number) as number, limit: LONGEST_LINK });
  const file = writeSharedFile(many);
  expect(file.ok && (await readSharedFile(file.value))).toEqual({ ok: true, value: many });
});

it('a story of 200 changes and 2,000 labels is still a file', async () => {
  let { story } = lab(recipe({ labels: { rule: 'positive', recorded: labels(10) } }));
  for (let i = 1; i <= 200; i++) story = changedAt(story, i, recipe({ labels: { rule: 'positive', recorded: labels(10 * i) } }));
  const file = writeSharedFile(lab(story.recipe, { story }));
  expect(file.ok && (await readSharedFile(file.value))).toEqual({ ok: true, value: lab(story.recipe, { story }) });
}); // prettier-ignore

it('other hashes are no links', async () => {
  for (const hash of ['', '#', '#loss-title', '#arm=%7B%7D', '#v1.2', '#1', '#1,abc']) expect(await readLink(hash), hash).toBeNull();
}); // prettier-ignore

describe('what is refused is told with its place and a cure', () => {
  it.each([
    ['#2.abcd', /^link\/version version: expected a version up to 1, received 2\. It was made by a newer Swayground/],
    ['#1.ab$d', /^link\/base64 link: expected letters, digits, - and _, received '\$' at character 3\. Links break/],
    ['#1.abcde', /^link\/base64 .* received a cut text/],
    ['#1.____', /^link\/deflate /],
    ['#1.', /^link\/deflate /],
    [`#1.${'A'.repeat(20_000)}`, /^link\/too-long .*20000/],
  ])('%.20s', async (hash, words) => {
    expect(await refusal(hash)).toMatch(words);
  });

  const ofHundred = { engine: 1, steps: 100, final: [1, 2, 3, 4] };
  const seen = (what: object, more: object = { prompt: 'phone-1' }): string => JSON.stringify({ kind: 'lab', recipe: { world: 'reviews' }, receipt: ofHundred, seen: what, ...more });
  const curve = (more: object): object => ({ digits: 3, gaps: [0, 10], values: [500, 600], ...more });
  const many = (count: number): number[][] => Array.from({ length: count }, () => [5, 2]);
  const of = (recipeJson: object, more: object = {}): string => JSON.stringify({ kind: 'lab', recipe: { world: 'reviews', ...recipeJson }, ...more });
  it.each([
    ['{"kind":"lab"', /^link\/json /],
    ['[]', /^link\/variant|^link\/strict-object/],
    ['{"kind":"poem"}', /^link\/variant kind: expected/],
    ['{"kind":"lab","recipe":{"world":{"toString":1},"labels":{}}}', /^recipe\/string recipe\.world/],
    ['{"kind":"lab","recipe":{"world":"moon"}}', /^recipe\/unknown-world recipe\.world: .*"moon"/],
    [of({ optimiser: { lr: 7 } }), /^recipe\/max-value recipe\.optimiser\.lr: expected a number from 0\.000001 to 0\.1, received 7/],
    [of({ optimiser: { lr: '1e-3' } }), /^recipe\/number recipe\.optimiser\.lr/],
    ['{"kind":"lab","recipe":{"world":"reviews","seed":1e999}}', /^link\/number recipe\.seed: .*Infinity/],
    ['{"kind":"lab","recipe":{"world":"reviews","__proto__":{"x":1}}}', /^link\/forbidden-key recipe: .*__proto__/],
    ['{"kind":"lab","recipe":{"world":"reviews","objective":{"own":{"constructor":1}}}}', /^link\/forbidden-key recipe\.objective\.own/],
    ['{"kind":"lab","kind":"lab","recipe":{"world":"reviews"}}', /^link\/twice /],
    [of({}, { title: '\ud800' }), /^link\/text title/],
    [of({}, { title: 'evil\u202etxt' }), /^link\/regex title/],
    [of({}, { colour: 1 }), /^link\/unknown-key colour/],
    [of({}, { prompt: '<img src=x onerror=alert(1)>' }), /^link\/prompt prompt/],
    [of({}, { hide: ['loss', 'everything'] }), /^link\/view hide\.1: expected one of label, .*received everything/],
    [of({}, { lock: ['optimiser.lr', 'optimiser.lr'] }), /^link\/view lock\.1: expected every name once/],
    [of({}, { lock: 'none' }), /^link\/literal lock/],
    [of({ objective: { parameters: { toString: 1 } } }), /^recipe\/ignored-parameter recipe\.objective\.parameters\.toString: expected one of beta/],
    [of({ objective: { formula: 'loss = logp_q' } }), /^formula\/unknown-name recipe\.objective\.formula, line 1, column 8/],
    [of({ labels: { recorded: 3 } }), /^link\/labels recipe\.labels\.recorded: expected a whole number from 0 to 0/],
    [of({}, { labels: [{ from: 0, choices: 'abq' }] }), /^link\/regex labels\.0\.choices/],
    [of({}, { labels: [{ prompt: 'nowhere', a: [2], b: [2], choice: 'a' }] }), /^recipe\/unknown-prompt labels\.0\.pair\.prompt/],
    [of({}, { labels: Array.from({ length: 2 }, () => ({ from: 0, choices: 'a'.repeat(15_000) })) }), /^link\/labels labels: expected at most 20000 labels/],
    [of({}, { changes: [{ step: 5, set: {} }, { step: 5, set: {} }] }), /^link\/story changes\.1\.step: expected steps that rise/],
    [of({}, { changes: [{ step: 5, set: { 'loop.batch': 2 } }] }), /^link\/story changes\.0\.set: expected a change that a run can take/],
    [of({}, { changes: [{ step: 5, set: { 'model.size': 'nano' } }] }), /^link\/story changes\.0\.set: model\.size: /],
    [of({}, { changes: [{ step: 5, set: { 'objective.parameters.beta': 1e9 } }] }), /^link\/out-of-range changes\.0\.set: objective\.parameters\.beta: expected a number from/],
    [of({}, { changes: [{ step: 5, set: { 'objective.parameters.toString': 1 } }] }), /^link\/story changes\.0\.set: objective\.parameters\.toString/],
    [of({}, { changes: Array.from({ length: 201 }, (_, i) => ({ step: i + 1, set: {} })) }), /^link\/story changes: expected at most 200 changes/],
    [of({}, { receipt: { engine: 1, steps: 10, digest: '0123456789abcdef', marks: 'AAAA', final: [1, 2, 3, 4] } }), /^link\/receipt receipt\.marks: expected 10 bytes as base64url, received 3/],
    [of({}, { receipt: { engine: 1, steps: 10, digest: 'no', marks: '', final: [1, 2, 3, 4] } }), /^link\/regex receipt\.digest/],
    [of({}, { receipt: { engine: 1, steps: 4, final: [1, 2, 3, null] }, changes: [{ step: 5, set: {} }] }), /^link\/receipt receipt\.steps/],
    [of({}, { note: 'x'.repeat(281) }), /^link\/max-length note: expected <=280, received 281/],
    [of({}, { note: 'two\nlines' }), /^link\/regex note: expected/],
    [of({}, { note: { toString: 1 } }), /^link\/string note/],
    [of({}, { seen: {} }), /^link\/seen seen: expected the receipt of the run that it shows, received none/],
    [seen({}), /^link\/seen seen: expected a curve or samples, received an empty object/],
    [seen({ html: '<b>' }), /^link\/unknown-key seen\.html/],
    [seen({ loss: curve({ digits: 7 }) }), /^link\/max-value seen\.loss\.digits: expected <=6, received 7/],
    [seen({ loss: curve({ digits: 0.5 }) }), /^link\/integer seen\.loss\.digits/],
    [seen({ loss: curve({ values: [1, 1e7] }) }), /^link\/max-value seen\.loss\.values\.1/],
    [seen({ loss: curve({ values: [1] }) }), /^link\/seen seen\.loss\.values: expected 2 numbers, one a point, received 1/],
    [seen({ loss: curve({ values: [1, null] }) }), /^link\/number seen\.loss\.values\.1/],
    [seen({ loss: curve({ gaps: [0, 101] }) }), /^link\/seen seen\.loss\.gaps\.1: expected steps that rise, up to 100, received 101/],
    [seen({ loss: curve({ gaps: [5, 0] }) }), /^link\/seen seen\.loss\.gaps\.1: expected steps that rise/],
    [seen({ loss: curve({ gaps: [5, -1] }) }), /^link\/min-value seen\.loss\.gaps\.1/],
    [seen({ loss: curve({ gaps: [], values: [] }) }), /^link\/min-length seen\.loss\.gaps/],
    [seen({ loss: curve({ gaps: Array.from({ length: 201 }, () => 0) }) }), /^link\/max-length seen\.loss\.gaps: expected <=200, received 201/],
    [seen({ accuracy: curve({ values: [500, 1001] }) }), /^link\/out-of-range seen\.accuracy\.values\.1: expected a share from 0 to 1, received 1\.001/],
    [seen({ accuracy: curve({ values: [-1, 1] }) }), /^link\/out-of-range seen\.accuracy\.values\.0/],
    [seen({ samples: { before: [[5, 2]], after: [[5, 2]] } }, {}), /^link\/seen prompt: expected the prompt of the samples, received none/],
    [seen({ samples: { before: [[5, 2]], after: [[5, 2], [2]] } }), /^link\/seen seen\.samples\.after: expected 1 responses, as before, received 2/],
    [seen({ samples: { before: [[5, 2]], after: [[5, 99_999]] } }), /^link\/seen seen\.samples\.after\.0\.1: expected a token of the world, 0 to \d+, received 99999/],
    [seen({ samples: { before: [[5, -2]], after: [[5, 2]] } }), /^link\/min-value seen\.samples\.before\.0\.1/],
    [seen({ samples: { before: [Array.from({ length: 300 }, () => 5)], after: [[2]] } }), /^link\/seen seen\.samples\.before\.0: expected at most 32 tokens, received 300/],
    [seen({ samples: { before: [[]], after: [[]] } }), /^link\/min-length seen\.samples\.before\.0/],
    [seen({ samples: { before: 'x', after: [] } }), /^link\/array seen\.samples\.before/],
    [seen({ samples: { before: many(7), after: many(7) } }), /^link\/max-length seen\.samples\.before: expected <=6, received 7/],
    ['{"kind":"race","recipe":{"world":"reviews"},"arms":[],"seeds":2,"seen":{}}', /^link\/unknown-key seen/],
    ['{"kind":"race","recipe":{"world":"reviews"},"arms":[{"name":"a"}],"seeds":2}', /^race\/arms race: expected 2 to 6 recipes, received 1/],
    ['{"kind":"race","recipe":{"world":"reviews"},"arms":[],"seeds":1}', /^link\/min-value seeds/],
  ])('%.90s', async (json, words) => {
    expect(await refusal(await linkTo(json))).toMatch(words);
  });

  it('bombs stop at the cap', async () => {
    expect(await refusal(await linkTo(' '.repeat(5_000_000)))).toMatch(/^link\/too-large link: expected at most 262144 bytes/);
    expect(await refusal(await linkTo('['.repeat(10_000)))).toMatch(/^link\/too-large JSON: expected at most 12 arrays/);
    expect(await refusal(await linkTo(`{${Array.from({ length: 101 }, (_, i) => `"k${i}":1`).join(',')}}`))).toMatch(/^link\/too-large JSON: expected at most 100 keys in an object/);
    expect(await refusal(await linkTo(`[${'0,'.repeat(30_000)}0]`))).toMatch(/^link\/too-large JSON: expected at most 20000 values/);
    expect(await refusal(await linkTo(`"${'x'.repeat(20_000)}"`))).toMatch(/^link\/too-large JSON: expected at most 16000 characters/);
  });

  it('files too', async () => {
    const codes = async (text: string): Promise<string[]> => {
      const read = await readSharedFile(text);
      return read.ok ? [] : read.issues.map(({ code }) => code);
    };
    expect(await codes('x'.repeat(8_000_001))).toEqual(['link/too-long']);
    expect(await codes('{"version":1,"world":"reviews"}')).toEqual(['link/file']);
    expect(await codes('{"swayground":7}')).toEqual(['link/version']);
    expect(await codes('{"swayground":"<b>"}')).toEqual(['link/file']);
  });

  it('what a stranger wrote is shortened, and nothing in it stays unseen', async () => {
    const words = await refusal(await linkTo(of({}, { prompt: `\u202e${'x'.repeat(5000)}` })));
    expect(words).toContain('received \\u202exxx');
    expect(words.length).toBeLessThan(300);
  });
}); // prettier-ignore

it('teacher mode: what a link hides and locks, and what can be locked at all', () => {
  const state = STATES['teacher mode'] as LabState;
  expect([isHidden(state.view, 'loss'), isHidden(state.view, 'train')]).toEqual([true, false]);
  expect([isLocked(state.view, 'optimiser.lr'), isLocked(state.view, 'seed')]).toEqual([true, false]);
  expect(isLocked({ hide: [], lock: 'all' }, 'seed')).toBe(true);
  for (const kind of ['lab', 'race'] as const) {
    const first = recipe({
      objective: { formula: 'loss = -log_sigmoid(beta * logp_w - gap)', own: { gap: 1 } },
    });
    const lock = controlsOf(kind, [first]).map(({ path }) => path);
    expect(lock).toContain('objective.own.gap');
    expect(viewIssues(kind, { hide: Object.keys(PANELS[kind]), lock })).toEqual([]);
  }
});
