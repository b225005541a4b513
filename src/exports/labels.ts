/**
 * Labels as rows of the data sets that TRL reads. A tie says of two responses that neither is better, and "both bad" that
 * neither is good; no preference row can hold either, so what a shape makes of them is stated here and what it loses is counted.
 */
import type { LabelledPair } from '../runs/pairs.ts';
import type { Tokens, World } from '../worlds/world.ts';
import { readableRow, tokenRow, type RowText } from './row-text.ts';

/** Each with what it says of itself. */
export const SHAPES = {
  explicit: 'preference with explicit prompt: {prompt, chosen, rejected}',
  implicit: 'preference with implicit prompt: {chosen, rejected}, each with the prompt in front',
  conversational: 'preference as messages: {prompt, chosen, rejected}, each a list of {role, content}',
  unpaired: 'unpaired preference: {prompt, completion, label}',
} as const;
export type LabelShape = keyof typeof SHAPES;

/**
 * `words`: the tokens as this world's tokenizer.json reads them, with `<bos>` and `<eos>`, for training its own models.
 * `readable`: text for people and for other models.
 */
export type LabelText = 'words' | 'readable';

/** What a row cannot hold. */
export interface Lost {
  /** Left out in every shape. */
  ties: number;
  /** Left out of preference shapes; two undesired completions in the unpaired one. */
  bothBad: number;
  /** Which two completions belonged together. */
  pairings: number;
}

export interface LabelRows {
  rows: object[];
  lost: Lost;
}

type Message = { role: 'user' | 'assistant'; content: string };

export function labelRows(
  labelled: Iterable<LabelledPair>,
  world: Pick<World, 'words' | 'decode' | 'tokenizer'>,
  shape: LabelShape,
  text: LabelText,
): LabelRows {
  const rows: object[] = [];
  const lost: Lost = { ties: 0, bothBad: 0, pairings: 0 };
  for (const { pair, choice } of labelled) {
    const { prompt } = pair;
    const texts = text === 'words' ? tokenRow(prompt.tokens, world) : readableRow(prompt, world);
    if (choice === 'tie') lost.ties++;
    else if (choice === 'both_bad') {
      if (shape !== 'unpaired') lost.bothBad++;
      else rows.push(...[pair.a, pair.b].map((response) => completion(texts, response, false)));
    } else {
      const [chosen, rejected] = choice === 'a' ? [pair.a, pair.b] : [pair.b, pair.a];
      if (shape === 'unpaired') {
        rows.push(completion(texts, chosen, true), completion(texts, rejected, false));
        lost.pairings++;
      } else rows.push(PREFERENCE[shape](texts, chosen, rejected));
    }
  }
  return { rows, lost };
}

const completion = ({ prompt, of }: RowText, response: Tokens, label: boolean): object => ({
  prompt,
  completion: of(response),
  label,
});

const said = (role: Message['role'], text: string): Message[] => [{ role, content: text.trim() }];

const PREFERENCE: Record<
  Exclude<LabelShape, 'unpaired'>,
  (texts: RowText, chosen: Tokens, rejected: Tokens) => object
> = {
  explicit: ({ prompt, of }, chosen, rejected) => ({ prompt, chosen: of(chosen), rejected: of(rejected) }),
  implicit: ({ prompt, of }, chosen, rejected) => ({
    chosen: prompt + of(chosen),
    rejected: prompt + of(rejected),
  }),
  conversational: ({ prompt, of }, chosen, rejected) => ({
    prompt: said('user', prompt),
    chosen: said('assistant', of(chosen)),
    rejected: said('assistant', of(rejected)),
  }),
};

/** A sentence for each kind of loss that there is. */
export function lostInWords({ ties, bothBad, pairings }: Lost): string[] {
  const told = (count: number, one: string, many: string, what: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many} ${what}`];
  return [
    ...told(ties, 'tie is', 'ties are', 'left out: these rows can only say which of two is better.'),
    ...told(bothBad, '"both bad" label is', '"both bad" labels are', 'left out; the unpaired shape keeps them.'),
    ...told(pairings, 'pair is', 'pairs are', 'split into two rows that no longer say that they were compared.'),
  ];
} // prettier-ignore
