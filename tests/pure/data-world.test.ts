import { expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { worldsOf } from '../../src/worlds/index.ts';
import { BOS, EOS, type World } from '../../src/worlds/world.ts';
import { encodeWorld } from '../../src/data/encode.ts';
import { nameOf, type EncodedWorld } from '../../src/data/encoded-world.ts';
import { learnVocabulary } from '../../src/data/vocabulary/index.ts';
import { decodeWorld } from '../../src/data/world.ts';
import { labelledPairs, preferencePairs } from '../../src/runs/pairs.ts';
import { smallDataset, smallWorld, textsOf } from '../support/small-data.ts';
import { checkRecipe, recipeOf } from '../support/worlds.ts';

function encoded(dataset: Dataset, context = 32, size = 300) {
  const done = encodeWorld(dataset, learnVocabulary('words', textsOf(dataset), size), context);
  if (!done.ok) throw new Error(done.issues[0]?.received);
  return done.value;
}

const rows = (...pairs: [prompt: string, chosen: string, rejected: string][]): Dataset => ({
  name: 'rows.csv',
  pairs: pairs.map(([prompt, chosen, rejected], i) => ({
    prompt,
    chosen,
    rejected,
    margin: null,
    line: i + 1,
  })),
});
const stockOf = (world: World, split: 'train' | 'held-out') =>
  Array.from({ length: world.stock![split] }, (_, i) => world.pair(0, i, split));

test('the same file gives the same name; another vocabulary, context or order another', () => {
  const { name } = smallWorld();
  expect(name).toMatch(/^data-[0-9a-f]{16}$/);
  expect(smallWorld().name).toBe(name);
  expect(smallWorld({ ...smallDataset(), name: 'renamed.jsonl' }).name).toBe(name);
  const others = [
    smallWorld(smallDataset(), 'bpe').name,
    smallWorld(smallDataset(), 'words', 30).name,
    smallWorld(smallDataset(), 'words', 300, 64).name,
    smallWorld(smallDataset(119)).name,
  ];
  expect(new Set([name, ...others]).size).toBe(5);
});

test('every pair is in one part once, and no held-out prompt is trained on', () => {
  const dataset = smallDataset();
  const world = smallWorld(dataset);
  const [train, heldOut] = [stockOf(world, 'train'), stockOf(world, 'held-out')];
  expect(train.length + heldOut.length).toBe(120);
  expect(heldOut.length).toBeGreaterThanOrEqual(40);
  const trained = new Set(train.map(({ prompt }) => prompt.id));
  expect(heldOut.some(({ prompt }) => trained.has(prompt.id))).toBe(false);
  expect(heldOut.every(({ prompt }) => prompt.split === 'held-out')).toBe(true);
  const told = [...train, ...heldOut].map(({ prompt, a, b }) =>
    [prompt.text, ...[a, b].map(world.decode).sort()].join('|'),
  );
  const given = dataset.pairs.map(({ prompt, chosen, rejected }) =>
    [prompt, ...[chosen, rejected].sort()].join('|'),
  );
  expect(told.sort()).toEqual(given.sort());
});

test('the rule prefers what the file chose, and the side does not give it away', () => {
  const world = smallWorld();
  const rule = world.rules[0]!;
  const pairs = stockOf(world, 'train');
  const polite = /pleasure|right away|Gladly|Thank/;
  for (const { prompt, a, b } of pairs) {
    const better = rule.utility(world.score(prompt, a)) > rule.utility(world.score(prompt, b)) ? a : b;
    expect(world.decode(better)).toMatch(polite);
  }
  const left = pairs.filter(({ a }) => polite.test(world.decode(a))).length;
  expect(left).toBeGreaterThan(pairs.length / 4);
  expect(left).toBeLessThan((3 * pairs.length) / 4);
});

test('scores are net wins for that prompt; what the file does not hold has none', () => {
  const same = ['Which one?', 'this'] as const;
  const filler = Array.from({ length: 8 }, (_, i): [string, string, string] => [`Q${i}?`, 'yes', 'no']);
  const world = smallWorld(
    rows([...same, 'that'], [...same, 'other'], ['Which one?', 'that', 'this'], ...filler),
  );
  const prompt = world.prompts.find(({ text }) => text === 'Which one?')!;
  const of = (text: string): number => {
    const tokens = world.encode(text);
    return tokens.ok ? world.score(prompt, [...tokens.value, 2])['wins']! : NaN;
  };
  expect([of('this'), of('that'), of('other'), of('yes')]).toEqual([1, 0, -1, 0]);
});

test('a prompt keeps its end and a response its beginning, and all of it is counted', () => {
  const long = (word: string, n: number): string =>
    Array.from({ length: n }, (_, i) => `${word}${i}`).join(' ');
  const filler = Array.from({ length: 6 }, (_, i): [string, string, string] => [`Q${i}?`, 'yes', 'no']);
  const dataset = rows(
    [long('p', 60), 'short', long('r', 50)],
    ['Say', long('same', 40), `${long('same', 40)} different`],
    ['Empty', ' ', 'something'],
    ...filler,
  );
  const { report, encoded: world } = encoded(dataset, 32);
  expect(report).toMatchObject({
    pairs: 9,
    kept: 7,
    whole: 6,
    promptsCut: 1,
    responsesCut: 1,
    empty: 1,
    alike: 1,
    splitByPrompt: true,
  });
  const open = decodeWorld(world);
  if (!open.ok) throw new Error('it does not open');
  const cut = open.value.prompts.find(({ tokens }) => tokens.length > 10)!;
  expect(cut.text.split(' ')).toHaveLength(15);
  expect(cut.text).toMatch(/p59$/);
  const pair = [...stockOf(open.value, 'train'), ...stockOf(open.value, 'held-out')].find(
    ({ prompt }) => prompt === cut,
  )!;
  const longest = pair.a.length > pair.b.length ? pair.a : pair.b;
  expect(cut.tokens.length + longest.length).toBe(32);
  expect(open.value.decode(longest)).toMatch(/^R0 r1 r2/);
});

test('where one prompt has most of the pairs, pairs are held out one by one', () => {
  const { report } = encoded(
    rows(...Array.from({ length: 30 }, (_, i): [string, string, string] => ['', `yes ${i}`, `no ${i}`])),
  );
  expect(report).toMatchObject({ prompts: 1, splitByPrompt: false, training: 20, heldOut: 10 });
});

test('labels that the net count turns round are counted', () => {
  const filler = Array.from({ length: 6 }, (_, i): [string, string, string] => [`Q${i}?`, 'yes', 'no']);
  const cycle: [string, string, string][] = [
    ['Say', 'one', 'two'],
    ['Say', 'one', 'two'],
    ['Say', 'two', 'one'], // turned: one is chosen more often
    ['Tell', 'up', 'down'],
    ['Tell', 'down', 'up'], // both undecided
  ];
  const { report, encoded: world } = encoded(rows(...filler, ...cycle));
  expect(report).toMatchObject({ kept: 11, turned: 1, undecided: 2 });
  // what is counted is what the world's rule says
  const open = decodeWorld(world);
  if (!open.ok) throw new Error('it does not open');
  const { encode, rules, score } = open.value;
  const tokens = (text: string): number[] => {
    const encoding = encode(text);
    if (!encoding.ok) throw new Error('it is not encoded');
    return [...encoding.value];
  };
  const wins = (prompt: string, response: string): number =>
    rules[0]!.utility(score({ tokens: [BOS, ...tokens(prompt)] }, [...tokens(response), EOS]));
  expect([wins('say', 'one'), wins('say', 'two'), wins('tell', 'up'), wins('tell', 'one')]).toEqual([
    1, -1, 0, 0,
  ]);
  expect(encoded(rows(...filler)).report).toMatchObject({ turned: 0, undecided: 0 });
});

test('too little is said, with a cure', () => {
  const tiny = rows(['a', 'b', 'c'], ['a', 'b', 'b']);
  const done = encodeWorld(tiny, learnVocabulary('words', textsOf(tiny), 50), 32);
  expect(done.ok).toBe(false);
  if (!done.ok)
    expect(done.issues[0]).toMatchObject({
      code: 'data/too-few-pairs',
      received: '1 of the 2 pairs of the file',
    });
});

test.each<[string, (world: EncodedWorld) => Partial<EncodedWorld>]>([
  [
    'a token past the vocabulary',
    ({ responses }) => ({ responses: { ...responses, tokens: responses.tokens.map(() => 9999) } }),
  ],
  ['lists that overlap', ({ prompts }) => ({ prompts: { ...prompts, ends: prompts.ends.map(() => 5) } })],
  ['a pair of nothing', ({ pairs }) => ({ pairs: pairs.map((n, i) => (i === 1 ? 999_999 : n)) })],
  ['a context that is too short', () => ({ context: 8 })],
  ['no training pairs', () => ({ training: 0 })],
  ['another name', () => ({ name: 'data-0123456789abcdef' })],
  [
    'words that are not the vocabulary’s',
    ({ vocabulary }) => ({ vocabulary: { ...vocabulary, words: ['<bos>'] } }),
  ],
])('what is damaged does not open: %s', (_, damage) => {
  const { encoded: whole } = encoded(smallDataset());
  expect(decodeWorld(whole).ok).toBe(true);
  const damaged = { ...whole, ...damage(whole) };
  const renamed = damaged.name === whole.name ? { ...damaged, name: nameOf(damaged) } : damaged;
  expect(decodeWorld(renamed).ok).toBe(false);
});

test('pretraining text is the chosen side: each once before any comes again', () => {
  const world = smallWorld();
  const n = world.stock.train;
  const texts = Array.from({ length: 2 * n }, (_, i) => world.corpus(1, i));
  const keys = texts.map(({ prompt, response }) => `${prompt.id} ${response.join()}`);
  expect([...keys.slice(0, n)].sort()).toEqual([...keys.slice(n)].sort());
  expect(keys.slice(0, n)).not.toEqual(keys.slice(n));
  expect(world.corpus(1, 3)).toEqual(texts[3]);
  expect(texts.every(({ prompt }) => prompt.split === 'train')).toBe(true);
});

test('a recipe may name a world that is handed in with it, whatever was checked before, and asks for no more pairs than it has', () => {
  const world = smallWorld();
  const recipe = { version: 1, world: world.name };
  const before = checkRecipe(recipe);
  expect(before.ok).toBe(false);
  if (!before.ok) expect(before.issues).toMatchObject([{ code: 'recipe/unknown-data', at: 'world' }]);
  const handed = worldsOf(world);
  const known = recipeOf(recipe, 'policy', handed);
  expect(known.world).toBe(world);
  expect(known.recipe.labels.rule).toBe('labels');
  expect(checkRecipe(recipe)).toEqual(before);
  const counted = (count: number) =>
    checkRecipe({ ...recipe, labels: { rule: 'labels', count } }, 'policy', handed);
  expect(counted(world.stock.train).ok).toBe(true);
  const most = counted(world.stock.train + 1);
  if (!most.ok) expect(most.issues).toMatchObject([{ code: 'recipe/too-few-pairs', at: 'labels.count' }]);
  expect(most.ok).toBe(false);
  // none of data has the name of another
  expect(decodeWorld({ ...encoded(smallDataset()).encoded, name: 'reviews' }).ok).toBe(false);
});

test('each training pair is labelled once, whatever the seed; what a person judged keeps that label', () => {
  const world = smallWorld();
  const { recipe, undecided: meanings } = recipeOf(
    { version: 1, world: world.name },
    'policy',
    worldsOf(world),
  );
  const all = { ...recipe.labels, count: world.stock.train };
  const learned = preferencePairs(all, world, 7, meanings);
  expect(learned.pairs).toHaveLength(world.stock.train);
  expect(preferencePairs(all, world, 8, meanings)).toEqual(learned);
  const { a, b } = world.pair(0, 2);
  const choice = world.score(world.pair(0, 2).prompt, a)['wins']! > 0 ? 'b' : 'a';
  const recorded = [
    { pair: { kind: 'stock', seed: 0, index: 2, split: 'train' } as const, choice, source: 'human' } as const,
  ];
  const mixed = [...labelledPairs({ ...all, recorded }, world, 7)];
  expect(mixed).toHaveLength(world.stock.train);
  expect(
    mixed
      .filter(({ pair }) => pair.a === a && pair.b === b && pair.prompt === world.pair(0, 2).prompt)
      .map((one) => one.source),
  ).toContain('human');
});
