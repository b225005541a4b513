/** The part of the grammar that is the same for every kind of aspect: its nouns, its adjectives, the clauses that tie them. */
import type { GrammarSource } from '../grammar/grammar.ts';
import { PHRASES } from './phrases.ts';
import { ASPECTS, type Kind } from './topics.ts';

/** Tags of a production that belongs to some topics. */
export const at = (topics: readonly string[]): string => topics.map((topic) => `@${topic}`).join(' ');

function nouns(kind: Kind, plural: boolean): string[] {
  return Object.entries(ASPECTS)
    .filter(([, aspect]) => aspect.kind === kind && Boolean(aspect.plural) === plural)
    .map(([noun, aspect]) => `[${at(aspect.topics)}] ${noun}`);
}

export function clausesAbout(kind: Kind): GrammarSource {
  const { adjectives, happenings, excesses } = PHRASES[kind];
  const plural = nouns(kind, true);
  const subject = `<noun.${kind}>`;
  const state = `<state.${kind}>`;
  return {
    [`one.${kind}`]: nouns(kind, false),
    ...(plural.length > 0 ? { [`many.${kind}`]: plural } : {}),
    [`noun.${kind}`]: [`3: <one.${kind}>`, ...(plural.length > 0 ? [`<many.${kind}>`] : [])],
    [`quality.${kind}`]: adjectives.split(' '),
    [`excess.${kind}`]: excesses.split(' '),
    [`happening.${kind}`]: [...happenings],
    [`state.${kind}`]: [
      `6: <quality.${kind}>`,
      `4: <degree> <quality.${kind}>`,
      '2: <quality>',
      `1: <quality.${kind}> and <quality.${kind}>`,
      `2: too <excess.${kind}>`,
      `0.7: not <~quality.${kind}>`,
      `0.3: never <~quality.${kind}>`,
    ],
    [`clause.${kind}`]: [
      `4: the <one.${kind}> was ${state}`,
      `4: the <one.${kind}> is ${state}`,
      `0.6: the <one.${kind}> isn't <~quality.${kind}>`,
      ...(plural.length > 0
        ? [`2: the <many.${kind}> were ${state}`, `2: the <many.${kind}> are ${state}`]
        : []),
      `6: the ${subject} <happening.${kind}>`,
    ],
    [`fragment.${kind}`]: [`3: <quality.${kind}> ${subject}`, `<quality> ${subject}`],
  };
}
