/** From a data set to a world, by the few choices that a visitor makes. */
import type { Checked, Issue } from '../base/errors.ts';
import type { Dataset } from './dataset.ts';
import { CONTEXTS, encodeWorld, type EncodingReport } from './encode.ts';
import type { EncodedWorld } from './encoded-world.ts';
import { textsOf } from './texts.ts';
import {
  coverage,
  learnVocabulary,
  MOST_WORDS,
  VOCABULARY_SIZES,
  type VocabularyKind,
} from './vocabulary/index.ts';

export interface WorldChoices {
  vocabulary: VocabularyKind;
  /** Most words of the vocabulary. */
  words: number;
  /** One of `CONTEXTS`. */
  context: number;
}

export interface BuiltWorld {
  encoded: EncodedWorld;
  report: EncodingReport;
  /** Share of the words of the data that are in the vocabulary. */
  coverage: number;
  /** Tokens of all texts together, before anything is cut. */
  tokens: number;
}

export function buildWorld(
  dataset: Dataset,
  { vocabulary: kind, words, context }: WorldChoices,
): Checked<BuiltWorld> {
  const { min } = VOCABULARY_SIZES[kind];
  if (words < min || words > MOST_WORDS) return refuse('words', `${min} to ${MOST_WORDS}`, words);
  if (!CONTEXTS.some((one) => one === context))
    return refuse('context', `one of ${CONTEXTS.join(', ')}`, context);
  const vocabulary = learnVocabulary(kind, textsOf(dataset), words);
  const made = encodeWorld(dataset, vocabulary, context);
  if (!made.ok) return made;
  return { ok: true, value: { ...made.value, ...coverage(vocabulary, textsOf(dataset)) } };
}

function refuse(at: string, expected: string, received: number): { ok: false; issues: Issue[] } {
  const cure = 'Choose another one.';
  return { ok: false, issues: [{ code: 'data/choice', at, expected, received: String(received), cure }] };
}
