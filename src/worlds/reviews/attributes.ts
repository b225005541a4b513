/** The truth about a review, from its words alone. */
import type { Asked, Attribute, Scores, Tokens } from '../world.ts';
import { feelingsIn } from './feelings.ts';
import { mannerOf } from './lexicon.ts';
import { topicOf } from './prompts.ts';
import { ASPECTS } from './topics.ts';
import { wordsOf } from './vocabulary.ts';

export const ATTRIBUTES: readonly Attribute[] = [
  {
    key: 'sentiment',
    label: 'Sentiment',
    low: 'very negative',
    high: 'very positive',
    help: 'Higher is happier: the sum of all feelings said, divided by one more than their number; "not" turns a feeling round.',
  },
  {
    key: 'length',
    label: 'Length',
    low: 'short',
    high: 'long',
    help: 'Higher is longer: the number of words and punctuation marks.',
  },
  {
    key: 'formality',
    label: 'Style',
    low: 'casual',
    high: 'formal',
    help: 'Higher is more formal: formal words less casual ones, divided by one more than both together.',
  },
  {
    key: 'focus',
    label: 'Topic focus',
    low: 'vague',
    high: 'concrete',
    help: 'Higher is more concrete: how many different parts of the very thing that was asked about are named.',
  },
];

/** A mean that trusts few words less than many: one neutral word is added to them. */
function cautiousMean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / (values.length + 1);
}

export function score(prompt: Asked, response: Tokens): Scores {
  const words = wordsOf(response);
  const topic = topicOf(prompt);
  const named = new Set(words.filter((word) => topic && ASPECTS[word]?.topics.includes(topic)));
  return {
    sentiment: cautiousMean(feelingsIn(words)),
    length: words.length,
    formality: cautiousMean(words.map(mannerOf).filter((manner) => manner !== 0)),
    focus: named.size,
  };
}
