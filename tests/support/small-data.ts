/** A little data set with a taste that can be learned: of two answers to each question, the polite one was chosen. */
import { stream } from '../../src/base/random.ts';
import type { Dataset, PreferenceText } from '../../src/data/dataset.ts';
import { encodeWorld } from '../../src/data/encode.ts';
import type { VocabularyKind } from '../../src/data/vocabulary/index.ts';
import { learnVocabulary } from '../../src/data/vocabulary/index.ts';
import { decodeWorld, type DataWorld } from '../../src/data/world.ts';

const THINGS = ['tea', 'soup', 'bread', 'a map', 'a chair', 'the bill', 'salt', 'a towel', 'water', 'a pen'];
const ASKED = ['May I have', 'Could you bring', 'Where is', 'I would like', 'Do you have'];
const KIND = [
  'Of course, with pleasure.',
  'Certainly, right away.',
  'Gladly, one moment please.',
  'Thank you, here it is.',
];
const RUDE = ['No.', 'Get it yourself.', 'Not now, go away.', 'What do you want again?'];

export function smallDataset(pairs = 120, name = 'manners.jsonl'): Dataset {
  const random = stream(1, 'small data');
  const rows = Array.from({ length: pairs }, (_, i): PreferenceText => {
    const prompt = `${random.pick(ASKED)} ${random.pick(THINGS)} number ${i % 90}?`;
    return { prompt, chosen: random.pick(KIND), rejected: random.pick(RUDE), margin: null, line: i + 1 };
  });
  return { name, pairs: rows };
}

export function textsOf({ pairs }: Dataset): string[] {
  return pairs.flatMap(({ prompt, chosen, rejected }) => [prompt, chosen, rejected]);
}

export function smallWorld(
  dataset = smallDataset(),
  kind: VocabularyKind = 'words',
  size = 300,
  context = 32,
): DataWorld {
  const encoded = encodeWorld(dataset, learnVocabulary(kind, textsOf(dataset), size), context);
  if (!encoded.ok) throw new Error(encoded.issues[0]?.received);
  const world = decodeWorld(encoded.value.encoded);
  if (!world.ok) throw new Error(world.issues[0]?.received);
  return world.value;
}
