/** Writing a review, reading one, and saying how probable one is: three uses of the one grammar. */
import { StateError } from '../../base/errors.ts';
import { log } from '../../base/maths.ts';
import { stream, type Stream } from '../../base/random.ts';
import { draw } from '../grammar/draw.ts';
import { probability } from '../grammar/likelihood.ts';
import { recognise } from '../grammar/recognise.ts';
import { EOS, type Asked, type Parsed, type ParseFailure, type Tokens } from '../world.ts';
import { allWriters, biasedBy, drawWriter } from './bias.ts';
import { feelingOf } from './lexicon.ts';
import { topicOf } from './prompts.ts';
import { ASPECTS, type Topic } from './topics.ts';
import { GRAMMAR, idOf, START, WORDS, wordsOf } from './vocabulary.ts';

/** Most tokens of a review, `<eos>` included; the longest prompt fills the rest of the context. */
export const LONGEST_RESPONSE = 25;

const grammarOf = biasedBy(GRAMMAR);

/** No review names an aspect or voices a feeling twice, and each fits the context. */
function isTidy(words: readonly string[]): boolean {
  const telling = words.filter((word) => word in ASPECTS || feelingOf(word) !== 0);
  return words.length < LONGEST_RESPONSE && new Set(telling).size === telling.length;
}

function draft(source: Stream, topic: Topic | undefined): string[] {
  return draw(grammarOf(drawWriter(source, topic)), START, source);
}

export function generate(source: Stream, prompt: Asked): number[] {
  const topic = topicOf(prompt);
  // About one draft in six is untidy; a thousand in a row mean that the grammar has no short reviews any more.
  for (let attempt = 0; attempt < 1000; attempt++) {
    const words = draft(source, topic);
    if (isTidy(words)) return [...words.map(idOf), EOS];
  }
  throw new StateError('The grammar of reviews makes none that fits. Give shorter sentences more weight.');
}

export function parse(_prompt: Asked, response: Tokens): Parsed | ParseFailure {
  const words = wordsOf(response);
  const ended = response.includes(EOS);
  const { ends, stuckAt, expected } = recognise(GRAMMAR, START, words);
  if (ended && ends.includes(words.length)) return { ok: true };
  // Where the words so far are a whole review, `<eos>` could have stood as well.
  const at = Math.max(stuckAt, ends.at(-1) ?? 0);
  const allowed = new Set([...(at === stuckAt ? expected : []), ...(ends.includes(at) ? ['<eos>'] : [])]);
  const received = words[at] ?? (ended ? '<eos>' : 'end of text');
  const list = WORDS.filter((word) => allowed.has(word));
  return { ok: false, at, received, expected: list, why: explain(words, at, received, list) };
}

const spoken = (word: string): string => (word === '<eos>' ? 'the end' : `"${word}"`);

function explain(
  words: readonly string[],
  at: number,
  received: string,
  expected: readonly string[],
): string {
  const shown = expected.slice(0, 5).map(spoken).join(', ');
  const more = expected.length > 5 ? ` or ${expected.length - 5} more` : '';
  const place = at === 0 ? 'At the start' : `After "${words.slice(Math.max(0, at - 3), at).join(' ')}"`;
  const found = received === 'end of text' ? 'the text breaks off' : `comes ${spoken(received)}`;
  return `${place} ${found}, where ${shown}${more} could stand.`;
}

/** Log of the share of drafts that are tidy, by topic: measured, on a stream of its own. */
const logTidy = new Map<Topic | undefined, number>();

function logTidyShare(topic: Topic | undefined): number {
  const known = logTidy.get(topic);
  if (known !== undefined) return known;
  const drafts = 4000;
  const source = stream(0, 'tidy share');
  let tidy = 0;
  for (let i = 0; i < drafts; i++) if (isTidy(draft(source, topic))) tidy++;
  const result = log(tidy / drafts);
  logTidy.set(topic, result);
  return result;
}

/** Log-probability that `generate` makes this response, exact but for the measured share of tidy drafts. */
export function logLikelihood(prompt: Asked, response: Tokens): number {
  const topic = topicOf(prompt);
  const words = wordsOf(response);
  if (!response.includes(EOS) || !isTidy(words)) return -Infinity;
  let total = 0;
  for (const { writer, probability: share } of allWriters(topic)) {
    total += share * probability(grammarOf(writer), START, words);
  }
  return log(total) - logTidyShare(topic);
}
