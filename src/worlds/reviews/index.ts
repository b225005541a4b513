/** World `reviews`: little reviews of films, phones, hotels and the like. */
import { stream } from '../../base/random.ts';
import type { GrammarWorld, Prompt, Split, Tokens } from '../world.ts';
import { about } from './about.ts';
import { ATTRIBUTES, score } from './attributes.ts';
import { PROMPTS } from './prompts.ts';
import { generate, logLikelihood, LONGEST_RESPONSE, parse } from './review.ts';
import { RULES } from './rules.ts';
import { decode, encode, WORDS } from './vocabulary.ts';

const bySplit: Readonly<Record<Split, readonly Prompt[]>> = {
  train: PROMPTS.filter((prompt) => prompt.split === 'train'),
  'held-out': PROMPTS.filter((prompt) => prompt.split === 'held-out'),
};

const same = (a: Tokens, b: Tokens): boolean =>
  a.length === b.length && a.every((token, i) => token === b[i]);

export const world: GrammarWorld = {
  name: about.name,
  title: about.title,
  description: about.description,
  words: WORDS,
  context: 32,
  longestResponse: LONGEST_RESPONSE,
  prompts: PROMPTS,
  attributes: ATTRIBUTES,
  rules: RULES,
  stock: null,
  encode,
  decode,
  score,
  parse,
  generate,
  logLikelihood,
  pair(seed, index, split = 'train') {
    const source = stream(seed, split === 'train' ? 'pairs' : 'held-out pairs', index);
    const prompt = source.pick(bySplit[split]);
    const a = generate(source, prompt);
    let b = generate(source, prompt);
    while (same(a, b)) b = generate(source, prompt);
    return { index, prompt, a, b };
  },
  corpus(seed, index, split = 'train') {
    const source = stream(seed, split === 'train' ? 'corpus' : 'held-out corpus', index);
    const prompt = source.pick(bySplit[split]);
    return { prompt, response: generate(source, prompt) };
  },
};
