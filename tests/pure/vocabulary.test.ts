import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { trainBpe } from '../../src/data/vocabulary/train-bpe.ts';
import { coverage, learnVocabulary, openVocabulary } from '../../src/data/vocabulary/index.ts';
import { readTokenizerJson, writeTokenizerJson } from '../../src/data/vocabulary/tokenizer-json.ts';

const TEXTS = [
  "The cat sat on the mat. The dog didn't sit on the cat!",
  'A naïve café, 東京 and 😀 — "quoted" text.\n\nThe end,   with   spaces.',
  'the the the thermal theatre of the other bother',
];
const bpe = learnVocabulary('bpe', TEXTS, 270);
const words = learnVocabulary('words', TEXTS, 20);

test('special words come first, in both kinds', () => {
  for (const { words: all } of [bpe, words]) expect(all.slice(0, 3)).toEqual(['<pad>', '<bos>', '<eos>']);
  expect(words.words[3]).toBe('<unk>');
  expect(bpe.words.length).toBe(270);
  expect(words.words.length).toBe(20);
});

test('bytes give any text back exactly, and never a special id', () => {
  for (const text of TEXTS) expect(bpe.decode(bpe.encode(text))).toBe(text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = bpe.encode(text);
      expect(tokens.every((token) => token >= 3 && token < bpe.words.length)).toBe(true);
      expect(bpe.decode(tokens)).toBe(text);
    }),
  );
});

test('what is joined is what a count from the beginning would join', () => {
  const random = stream(4, 'texts');
  const syllables = ['ka', 'to', 'mi', 'ri', 'ba', 'aa', 'aaa', 'abab'];
  const text = Array.from({ length: 300 }, () =>
    Array.from({ length: 1 + random.integer(4) }, () => random.pick(syllables)).join(''),
  ).join(' ');
  const { merges } = trainBpe([text], 330);
  expect(merges.length).toBeGreaterThan(60);
  expect(merges).toEqual(naiveMerges(text, merges.length));
});

/** All pairs counted anew for every merge. */
function naiveMerges(text: string, count: number): string[] {
  let pieces = (text.match(/ ?\p{L}+/gu) ?? []).map((piece) => [...piece.replace(' ', 'Ġ')]);
  const ids = new Map(trainBpe([], 0).words.map((word, id) => [word, id]));
  const merges: string[] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const piece of pieces)
      for (let i = 0; i + 1 < piece.length; i++) {
        const key = `${piece[i]} ${piece[i + 1]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    const rank = (key: string): number[] => key.split(' ').map((word) => ids.get(word)!);
    const [best] = [...counts].sort(
      ([a, n], [b, m]) => m - n || rank(a)[0]! - rank(b)[0]! || rank(a)[1]! - rank(b)[1]!,
    )[0]!;
    const [a, b] = best.split(' ') as [string, string];
    merges.push(best);
    if (!ids.has(a + b)) ids.set(a + b, ids.size);
    pieces = pieces.map((piece) => {
      const joined: string[] = [];
      for (let i = 0; i < piece.length; i++) {
        const here = piece[i] === a && piece[i + 1] === b;
        joined.push(here ? a + b : piece[i]!);
        if (here) i++;
      }
      return joined;
    });
  }
  return merges;
}

test('words are lower-case, marks stand alone, and unknown ones are told', () => {
  const tokens = words.encode('The cat xylophone.');
  expect(tokens.map((token) => words.words[token])).toEqual(['the', 'cat', '<unk>', '.']);
  expect(words.decode(tokens)).toBe('The cat <unk>.');
  expect(coverage(words, ['the cat xylophone .'])).toEqual({ coverage: 0.75, tokens: 4 });
  expect(coverage(bpe, ['the cat xylophone .']).coverage).toBe(1);
  expect(learnVocabulary('words', ["don't do it, do!"], 99).words.slice(4)).toEqual([
    'do',
    '!',
    ',',
    "don't",
    'it',
  ]);
});

test.each([bpe, words])('tokenizer.json comes back as it was: $kind', (vocabulary) => {
  const read = readTokenizerJson(writeTokenizerJson(vocabulary));
  if (!read.ok) throw new Error(read.issues[0]?.received);
  const { kind, words: all, merges } = read.value;
  expect({ kind, words: all, merges }).toEqual({
    kind: vocabulary.kind,
    words: vocabulary.words,
    merges: vocabulary.merges,
  });
  for (const text of TEXTS) expect(read.value.encode(text)).toEqual(vocabulary.encode(text));
});

test('a tokenizer of another kind is refused with a cure', () => {
  const json = JSON.parse(writeTokenizerJson(bpe)) as Record<string, unknown>;
  for (const change of [
    { model: { type: 'Unigram' } },
    { pre_tokenizer: { type: 'Metaspace' } },
    { model: { ...(json['model'] as object), merges: ['x'] } },
    { model: { ...(json['model'] as object), vocab: { '<pad>': 0, '<bos>': 2 } } },
  ]) {
    const read = readTokenizerJson(JSON.stringify({ ...json, ...change }));
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.issues[0]?.cure).not.toBe('');
  }
  expect(readTokenizerJson('{').ok).toBe(false);
  expect(openVocabulary({ kind: 'bpe', words: bpe.words.slice(0, 100), merges: [] }).ok).toBe(false);
});
