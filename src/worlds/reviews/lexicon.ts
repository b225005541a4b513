/**
 * What each word does to the scores: the only place where words have feelings or manners. The grammar's bias derives
 * from these marks too (`bias.ts`). A word that is not listed is neutral.
 */

/** How good (+) or bad (-) the thing is that the word says. */
export const FEELINGS: Readonly<Record<string, string>> = {
  '2': 'perfect superb excellent wonderful awesome splendid brilliant exquisite delicious gorgeous immaculate adored loved love best rocked epic five',
  '1.5':
    'great lovely charming gripping moving clever compelling captivating attentive spotless reliable responsive durable fun intuitive impressed worth praise applause exceeded delighted stand recommended treat joy admire take',
  '1': 'good nice cool commendable witty fresh funny friendly kind yummy crispy clean cozy comfy sunny spacious bright sharp fast sturdy clear crisp balanced solid smooth fair low modest liked enjoyed admired appreciated charm polish depth smile smiled kept surprised pulled stole remembered melted roses palace worked lasted survived chills dance hooked again wow recommend happily wants bother heart home sense smiles',
  '0.5': 'fine decent okay warm soft light luckily buy',
  '-0.5': 'mediocre meh cheap stiff sadly alas forgettable',
  '-1': 'poor bad lame inadequate tedious boring predictable confusing flat wooden dull slow grumpy bland cold soggy greasy noisy cramped dusty blurry weak flimsy buggy muddy tinny harsh leaky clunky ugly repetitive steep excessive disliked nowhere dragged fell sleep cardboard mumbled nerves ignored forgot smoke feet froze hurt bored shocked annoyed too skip complaints regrets fault left save two end better nothing ugh',
  '-1.5':
    'disappointing crappy incoherent rude negligent burnt gross dirty defective unreliable janky absurd bonkers broke died stopped leaked disappointed refund regret waste mess joke prison star',
  '-2': 'terrible awful horrible dreadful unacceptable hated worst sucked',
};

export const MANNERS: Readonly<Record<'casual' | 'formal', string>> = {
  casual:
    "! awesome cool epic lame meh crappy yummy gross comfy buggy janky bonkers so super totally kinda honestly seriously basically isn't don't can't rocked sucked wow ugh okay mumbled well",
  formal:
    'superb excellent splendid commendable admired appreciated disliked inadequate tedious unacceptable dreadful compelling captivating incoherent attentive negligent exquisite immaculate spacious responsive defective balanced durable intuitive modest excessive quite truly exceptionally rather overall frankly alas however although exceeded lacked deserved praise applause complaints cannot delighted must novel film admire',
};

/** How much stronger the next feeling gets. */
export const DEGREES: ReadonlyMap<string, number> = new Map([
  ['kinda', 0.5],
  ['rather', 0.75],
  ['quite', 1.25],
  ['so', 1.5],
  ['very', 1.5],
  ['really', 1.5],
  ['truly', 1.5],
  ['totally', 1.5],
  ['super', 1.5],
  ['exceptionally', 1.75],
]);

/** Words that turn the feelings after them round, up to the next boundary. */
export const NEGATORS: ReadonlySet<string> = new Set([
  'not',
  'no',
  'never',
  "isn't",
  "don't",
  "can't",
  'cannot',
  'lacked',
]);

/** Words and marks at which a negation ends. */
export const BOUNDARIES: ReadonlySet<string> = new Set([
  '.',
  ',',
  '!',
  'and',
  'but',
  'because',
  'although',
  'however',
]);

const feelings = new Map(
  Object.entries(FEELINGS).flatMap(([value, words]) =>
    words.split(' ').map((word) => [word, Number(value)] as const),
  ),
);
const manners = new Map(
  Object.entries(MANNERS).flatMap(([manner, words]) =>
    words.split(' ').map((word) => [word, manner === 'formal' ? 1 : -1] as const),
  ),
);

/** The feeling of a word taken by itself; 0 for most words. */
export function feelingOf(word: string): number {
  return feelings.get(word) ?? 0;
}

/** +1 formal, -1 casual, 0 neither. */
export function mannerOf(word: string): number {
  return manners.get(word) ?? 0;
}

export const MARKED_WORDS: readonly string[] = [
  ...feelings.keys(),
  ...manners.keys(),
  ...DEGREES.keys(),
  ...NEGATORS,
  ...BOUNDARIES,
];
