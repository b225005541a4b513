/** Two responses and which of them won: arenas, human judgements, exports with a column for the verdict. */
import { refuse, shown } from '../problems.ts';
import { promptColumns } from './columns.ts';
import type { Part } from './messages.ts';
import { partOf } from './messages.ts';
import type { Prompt } from './preference.ts';
import { pairOf, promptOf } from './preference.ts';
import type { PairSink, Row, Shape } from './shape.ts';
import { firstOf, has, numberOf } from './shape.ts';

/** Columns of the first and the second response. */
export const TWO: readonly (readonly [string, string])[] = [
  ['conversation_a', 'conversation_b'],
  ['response_a', 'response_b'],
  ['response_A', 'response_B'],
  ['answer_a', 'answer_b'],
  ['completion_a', 'completion_b'],
  ['output_a', 'output_b'],
  ['human_ref_A', 'human_ref_B'],
  ['response_0', 'response_1'],
  ['answer_0', 'answer_1'],
  ['output_1', 'output_2'],
  ['response_1', 'response_2'],
  ['response1', 'response2'],
  ['response-1', 'response-2'],
  ['answer1', 'answer2'],
  ['answer_1', 'answer_2'],
  ['text1', 'text2'],
  ['summary1', 'summary2'],
  ['left', 'right'],
];

type Verdict = 'first' | 'second' | 'tie' | 'both-bad';

const WORDS: Readonly<Record<string, Verdict>> = {
  a: 'first',
  model_a: 'first',
  response_a: 'first',
  left: 'first',
  first: 'first',
  b: 'second',
  model_b: 'second',
  response_b: 'second',
  right: 'second',
  second: 'second',
  tie: 'tie',
  equal: 'tie',
  draw: 'tie',
  same: 'tie',
  both: 'tie',
  'tie (bothbad)': 'both-bad',
  bothbad: 'both-bad',
  both_bad: 'both-bad',
  'both bad': 'both-bad',
  neither: 'both-bad',
};

/** What numbers mean in a column: they count the responses from 0 or from 1, or say by their sign which is better. */
type Numbers = 'from 0' | 'from 1' | 'first is 1' | 'negative is first';

const VERDICTS: readonly { columns: readonly string[]; numbers: Numbers }[] = [
  {
    columns: ['winner', 'preference', 'preferred', 'verdict', 'pairwise', 'pw', 'comparison', 'label'],
    numbers: 'from 1',
  },
  { columns: ['better_response_id', 'choice', 'chosen_index'], numbers: 'from 0' },
  { columns: ['labels'], numbers: 'first is 1' },
  { columns: ['overall_preference', 'preference_strength'], numbers: 'negative is first' },
];

const SCORES: readonly (readonly [string, string])[] = [
  ['score_a', 'score_b'],
  ['score_A', 'score_B'],
  ['score_0', 'score_1'],
  ['score_1', 'score_2'],
];

interface Judgement {
  verdict: Verdict;
  margin: number | null;
}

const twoOf = (row: Row): readonly [string, string] | null =>
  TWO.find(([first, second]) => has(row, first) && has(row, second)) ?? null;

/** How this row says which won; null where no known column does. */
function judgeOf(row: Row, two: readonly [string, string]): (() => Judgement) | null {
  for (const { columns, numbers } of VERDICTS) {
    const column = firstOf(row, columns);
    if (column !== null) return () => judged(row[column], column, numbers, two);
  }
  if (has(row, 'winner_model_a') && has(row, 'winner_model_b')) return () => oneHot(row);
  const scores = SCORES.find(([first, second]) => has(row, first) && has(row, second));
  return scores === undefined ? null : () => scored(row, scores);
}

function judged(value: unknown, column: string, numbers: Numbers, two: readonly [string, string]): Judgement {
  const number = numberOf(value);
  if (number !== null) return byNumber(number, numbers, column);
  const word = typeof value === 'string' ? value.trim() : '';
  const named = two.indexOf(word);
  const verdict = named >= 0 ? (named === 0 ? 'first' : 'second') : wordOf(word);
  return {
    verdict: verdict ?? refuse('data/winner', column, 'model_a, model_b, tie or tie (bothbad)', shown(value)),
    margin: null,
  };
}

export const wordOf = (word: string): Verdict | undefined => {
  const key = word.toLowerCase();
  return Object.hasOwn(WORDS, key) ? WORDS[key] : undefined;
};

function byNumber(number: number, numbers: Numbers, column: string): Judgement {
  const refused = (): never => refuse('data/winner', column, EXPECTED[numbers], String(number));
  const nth = (first: number, second: number): Verdict =>
    number === first ? 'first' : number === second ? 'second' : refused();
  switch (numbers) {
    case 'from 0':
      return { verdict: nth(0, 1), margin: null };
    case 'from 1':
      return { verdict: number === 1.5 || number === 0 ? 'tie' : nth(1, 2), margin: null };
    case 'first is 1':
      return { verdict: nth(1, 0), margin: null };
    case 'negative is first':
      return { verdict: number === 0 ? 'tie' : number < 0 ? 'first' : 'second', margin: Math.abs(number) };
  }
}

const EXPECTED: Readonly<Record<Numbers, string>> = {
  'from 0': '0 or 1',
  'from 1': '1 or 2',
  'first is 1': '1 or 0',
  'negative is first': 'a number',
};

function oneHot(row: Row): Judgement {
  const is = (column: string): boolean => numberOf(row[column]) === 1 || row[column] === true;
  const verdict = is('winner_model_a') ? 'first' : is('winner_model_b') ? 'second' : 'tie';
  return { verdict, margin: null };
}

function scored(row: Row, [first, second]: readonly [string, string]): Judgement {
  const number = (column: string): number =>
    numberOf(row[column]) ?? refuse('data/rank', column, 'a number', shown(row[column]));
  const difference = number(first) - number(second);
  return {
    verdict: difference === 0 ? 'tie' : difference > 0 ? 'first' : 'second',
    margin: Math.abs(difference),
  };
}

export const twoResponses: Shape = {
  name: 'two responses and a winner',
  recognises:
    '{conversation_a, conversation_b, winner} as of Chatbot Arena, {response_1, response_2, preference} and the like',
  becomes: 'The winner is chosen, the other rejected. Ties and "both bad" are counted and left out.',
  match(row) {
    const two = twoOf(row);
    return two === null || judgeOf(row, two) === null ? null : promptColumns(row);
  },
  open: (mapping) => ({
    row(row, _line, sink) {
      const two = twoOf(row) ?? refuse('data/missing', '', 'two responses', shown(row));
      const judge = judgeOf(row, two) ?? refuse('data/not-annotated', '', 'a winner', 'none');
      const { verdict, margin } = judge();
      const prompt = promptOf(row, mapping);
      decided(
        partOf(turns(row, two[0]), two[0]),
        partOf(turns(row, two[1]), two[1]),
        prompt,
        verdict,
        margin,
        sink,
      );
    },
  }),
};

/** A response as a list of texts is one answer a turn; a single turn is what can be compared. */
function turns(row: Row, column: string): unknown {
  const value = row[column];
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' ? value[0] : value;
}

/** Makes the pair that a verdict says; a tie is refused, and so counted. */
export function decided(
  first: Part,
  second: Part,
  prompt: Prompt,
  verdict: Verdict,
  margin: number | null,
  sink: PairSink,
): void {
  switch (verdict) {
    case 'tie':
      refuse('data/tie', '', 'a winner', 'a tie');
      break;
    case 'both-bad':
      refuse('data/both-bad', '', 'a winner', 'both bad');
      break;
    case 'first':
      return sink.pair({ ...pairOf(prompt, first, second, ''), margin });
    case 'second':
      return sink.pair({ ...pairOf(prompt, second, first, ''), margin });
  }
}
