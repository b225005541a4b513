// The world of reviews: what it makes it accepts, what is broken it rejects, and its scores say what a reader would say.
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { FEELINGS, MANNERS, MARKED_WORDS } from '../../src/worlds/reviews/lexicon.ts';
import { ASPECTS, TOPICS } from '../../src/worlds/reviews/topics.ts';
import { GRAMMAR } from '../../src/worlds/reviews/vocabulary.ts';
import { words as wordsIn } from '../../src/worlds/grammar/grammar.ts';
import { BOS, EOS, PAD, type Prompt, type Split } from '../../src/worlds/world.ts';
import { builtInWorld, WORLD_NAMES } from '../../src/worlds/index.ts';
import { worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const promptAbout = (topic: string): Prompt => world.prompts.find(({ id }) => id.startsWith(topic)) as Prompt;

/** A response as a person types it. */
function response(text: string): number[] {
  const encoded = world.encode(text);
  if (!encoded.ok) throw new Error(JSON.stringify(encoded.issues));
  return [...encoded.value, EOS];
}
const scored = (text: string, topic = 'phone') => world.score(promptAbout(topic), response(text));

describe('vocabulary', () => {
  it('is small, without duplicates, and starts with the special tokens', () => {
    expect(world.words.length).toBeGreaterThanOrEqual(400);
    expect(world.words.length).toBeLessThanOrEqual(448);
    expect(new Set(world.words).size).toBe(world.words.length);
    expect(['<pad>', '<bos>', '<eos>'].map((word) => world.words.indexOf(word))).toEqual([PAD, BOS, EOS]);
  });

  it('has a use for every word, marked or not', () => {
    const seen = new Set(['<pad>']);
    const note = (tokens: readonly number[]) =>
      tokens.forEach((token) => seen.add(world.words[token] as string));
    world.prompts.forEach(({ tokens }) => note(tokens));
    for (let i = 0; i < 20_000; i++) note(world.corpus(3, i).response);
    expect(world.words.filter((word) => !seen.has(word))).toEqual([]);
    expect(MARKED_WORDS.filter((word) => !world.words.includes(word))).toEqual([]);
  });

  it('marks no word twice', () => {
    for (const table of [FEELINGS, MANNERS]) {
      const marked = Object.values(table).flatMap((list) => list.split(' '));
      expect(marked.filter((word, i) => marked.indexOf(word) !== i)).toEqual([]);
    }
  });

  it('uses the nouns of aspects as nothing else', () => {
    for (const [rule, productions] of GRAMMAR) {
      if (/^(one|many)\./.test(rule)) continue;
      expect(productions.flatMap(wordsIn).filter((word) => word in ASPECTS)).toEqual([]);
    }
  });

  it('decodes to readable text and encodes it back', () => {
    const text = "I don't want it to end. Five stars!";
    expect(world.decode([BOS, ...response(text), PAD])).toBe(text);
    const unknown = world.encode('The flux is fine');
    expect(unknown).toMatchObject({
      ok: false,
      issues: [{ code: 'world/unknown-word', received: '"flux"' }],
    });
  });
});

describe('prompts', () => {
  it('fit the context, and hold out one phrasing of every topic', () => {
    expect(new Set(world.prompts.map(({ id }) => id)).size).toBe(world.prompts.length);
    for (const { tokens, text } of world.prompts) {
      expect(tokens[0]).toBe(BOS);
      expect(tokens.length + world.longestResponse).toBeLessThanOrEqual(world.context);
      expect(response(text).slice(0, -1)).toEqual(tokens.slice(1));
    }
    const heldOut = world.prompts.filter(({ split }) => split === 'held-out');
    expect(heldOut.map(({ id }) => id.split('-')[0])).toEqual([...TOPICS]);
  });
});

describe('grammar', () => {
  it('accepts 5,000 generated responses, which read back to the same tokens', () => {
    const lengths = [0, 0, 0];
    for (let i = 0; i < 5000; i++) {
      const { prompt, response: tokens } = world.corpus(11, i, i % 2 ? 'train' : 'held-out');
      expect(world.parse(prompt, tokens)).toEqual({ ok: true });
      expect(tokens.length).toBeLessThanOrEqual(world.longestResponse);
      expect(response(world.decode(tokens))).toEqual(tokens);
      const sentences = tokens.filter((token) => ['.', '!'].includes(world.words[token] as string)).length;
      lengths[sentences - 1] = (lengths[sentences - 1] ?? 0) + 1;
    }
    expect(lengths.length).toBe(3);
    expect(Math.min(...lengths)).toBeGreaterThan(800);
  });

  it('rejects most damaged reviews: measured 99% of swaps, 98% of removals, all exchanges', () => {
    const rejected = { swap: 0, removal: 0, exchange: 0 };
    const tried = 1500;
    for (let i = 0; i < tried; i++) {
      const { prompt, response: tokens } = world.corpus(12, i);
      const source = stream(12, 'damage', i);
      const at = source.integer(tokens.length - 1);
      const word = 3 + source.integer(world.words.length - 3);
      const damaged = {
        swap: tokens.with(at, word),
        removal: tokens.toSpliced(at, 1),
        exchange: tokens.toSpliced(at, 2, tokens[at + 1] as number, tokens[at] as number),
      };
      for (const [kind, result] of Object.entries(damaged)) {
        if (!world.parse(prompt, result).ok) rejected[kind as keyof typeof rejected]++;
      }
    }
    for (const count of Object.values(rejected)) expect(count / tried).toBeGreaterThan(0.9);
  });

  it('says where and why a review goes wrong', () => {
    const prompt = promptAbout('restaurant');
    expect(world.parse(prompt, response('The soup is.'))).toMatchObject({ ok: false, at: 3, received: '.' });
    expect(world.parse(prompt, response('This is an good place.'))).toMatchObject({
      at: 3,
      received: 'good',
    });
    const cut = world.parse(prompt, response('I loved this place').slice(0, -1));
    expect(cut).toMatchObject({ ok: false, at: 4, received: 'end of text', expected: ['.', 'because'] });
    const extra = world.parse(prompt, response('One star. One star. One star. One star.'));
    expect(extra).toMatchObject({ ok: false, at: 9, expected: ['<eos>'] });
    expect(world.parse(prompt, response('Great soup, rude'))).toMatchObject({
      why: 'After "soup , rude" comes the end, where "service", "staff", "waiter" could stand.',
    });
    expect(world.parse(prompt, [EOS]).ok).toBe(false);
    expect(world.parse(prompt, []).ok).toBe(false);
  });

  it('accepts reviews that nobody generated', () => {
    for (const text of [
      'Never again. Never again.',
      "The zipper isn't sturdy.",
      'The battery lasted all week, but the screen is blurry.',
      'Although the soup was cold, the waiter made us smile. I would come here again.',
      'It is about a pirate who wants a cat. The ending made no sense.',
    ]) {
      expect(world.parse(promptAbout('phone'), response(text)), text).toEqual({ ok: true });
    }
  });

  it('gives every review a likelihood, about 1.2 nats a token', () => {
    let total = 0;
    let tokens = 0;
    for (let i = 0; i < 200; i++) {
      const { prompt, response: made } = world.corpus(13, i, 'held-out');
      const logp = world.logLikelihood(prompt, made);
      expect(logp).toBeLessThan(0);
      expect(Number.isFinite(logp)).toBe(true);
      total -= logp;
      tokens += made.length;
    }
    expect(total / tokens).toBeGreaterThan(1.0);
    expect(total / tokens).toBeLessThan(1.4);
    expect(world.logLikelihood(promptAbout('phone'), response('Phone phone.'))).toBe(-Infinity);
  });
});

describe('stock pairs', () => {
  it.each(['train', 'held-out'] as Split[])('are a function of seed and index alone (%s)', (split) => {
    const forwards = Array.from({ length: 50 }, (_, i) => world.pair(5, i, split));
    const backwards = Array.from({ length: 50 }, (_, i) => world.pair(5, 49 - i, split)).reverse();
    expect(backwards).toEqual(forwards);
    expect(world.pair(6, 0, split)).not.toEqual(forwards[0]);
    for (const { a, b, prompt } of forwards) {
      expect(a).not.toEqual(b);
      expect(prompt.split).toBe(split);
    }
    expect(new Set(forwards.map((pair) => JSON.stringify(pair.a))).size).toBeGreaterThan(40);
  });

  it('stay what they are: a change here needs a new base model and breaks old links', () => {
    const { prompt, a, b } = world.pair(1, 0);
    expect([prompt.id, world.decode(a), world.decode(b)]).toMatchInlineSnapshot(`
      [
        "headset-4",
        "Overall, a splendid headset.",
        "I was impressed by this headset.",
      ]
    `);
  });
});

describe('collection', () => {
  it('finds the worlds, and names them when one is unknown', async () => {
    expect(WORLD_NAMES).toEqual(['reviews']);
    expect(await builtInWorld('reviews')).toBe(world);
    await expect(builtInWorld('nowhere')).rejects.toThrow(/reviews/);
  });
});

describe('scores', () => {
  const sentiment = (text: string) => scored(text).sentiment as number;
  const formality = (text: string) => scored(text).formality as number;

  it.each([
    ['The screen is good.', 'The screen is bad.'],
    ['The screen is superb.', 'The screen is good.'],
    ['The screen is very good.', 'The screen is good.'],
    ['The screen is kinda bad.', 'The screen is bad.'],
    ['The screen is not bad.', 'The screen is not good.'],
    ["The screen isn't buggy.", "The screen isn't bright."],
    ['I would buy it again.', 'I would not buy it again.'],
    ['No complaints at all.', 'The screen is fine.'],
    ['Worth every penny.', 'Not worth the money.'],
    ['Five stars.', 'Three stars.'],
    ['Two stars.', 'One star.'],
    ['The plot had charm.', 'The plot had no charm.'],
    ["I don't want it to end.", "Don't bother."],
    ['I loved this phone. Five stars.', 'I loved this phone.'],
    [
      'The camera is sharp, but the battery died by noon.',
      'The camera is slow, and the battery died by noon.',
    ],
    ['I liked the soup.', 'I could not stand the soup.'],
    ["I can't fault the soup.", 'I cannot recommend it.'],
    ['The price is fair.', 'The price is too high.'],
  ])('is happier: %s / %s', (happier, unhappier) => {
    expect(sentiment(happier)).toBeGreaterThan(sentiment(unhappier));
  });

  it('has a sign that a reader would give', () => {
    for (const text of ['The bed is never bad.', "I can't fault the bed.", 'I have no regrets.']) {
      expect(sentiment(text)).toBeGreaterThan(0);
    }
    expect(sentiment('Never again.')).toBeLessThan(0);
    expect(sentiment('It rained all night.')).toBe(0);
    // A negation ends at a comma.
    expect(sentiment('The bed is not soft, but the pool is clean.')).toBe((-0.5 + 1) / 3);
  });

  it.each([
    ['One must praise the acting.', 'The acting rocked!'],
    ['I cannot recommend it.', "Don't bother."],
    ['The film exceeded our hopes.', 'The film was cool.'],
    ['The plot was quite compelling.', 'The plot was super compelling.'],
  ])('is more formal: %s / %s', (formal, casual) => {
    expect(formality(formal)).toBeGreaterThan(formality(casual));
  });

  it('counts length in words and marks, and different parts of what was asked about', () => {
    expect(scored('Five stars.').length).toBe(3);
    expect(scored('The screen and the battery were fine.').focus).toBe(2);
    expect(scored('The screen and the screen were fine.').focus).toBe(1);
    expect(scored('The screen and the battery were fine.', 'book').focus).toBe(0);
    expect(scored('The screen and the battery were fine.', 'headset').focus).toBe(1);
  });

  it('is defined for gibberish, and reads nothing after the end', () => {
    const prompt = promptAbout('phone');
    const good = response('Good good . the');
    expect(world.score(prompt, [...good, ...response('bad bad')])).toEqual(world.score(prompt, good));
    expect(Object.keys(world.score(prompt, []))).toEqual(world.attributes.map(({ key }) => key));
  });
});
