/**
 * Conversations as text, in one way: every message as `Role: text`, an empty line between messages. The prompt ends
 * with `Assistant: ` where the answer begins; the answer itself has no role before it.
 */
import { refuse, shown } from '../problems.ts';
import type { NewPair } from './shape.ts';
import { isRow } from './shape.ts';

export interface Message {
  role: string;
  text: string;
}

const ROLE_NAMES: Readonly<Record<string, string>> = {
  system: 'System',
  developer: 'System',
  user: 'User',
  human: 'User',
  prompter: 'User',
  assistant: 'Assistant',
  gpt: 'Assistant',
  chatgpt: 'Assistant',
  model: 'Assistant',
  bot: 'Assistant',
  tool: 'Tool',
  function: 'Tool',
  observation: 'Tool',
};

export const ASSISTANT = 'Assistant';

/** Text or a conversation, wherever a row may have either. */
export type Part = string | readonly Message[];

const looksLikeMessage = (value: unknown): boolean =>
  isRow(value) && ('role' in value || 'from' in value) && ('content' in value || 'value' in value);

/** A list of messages, one message, or {messages: [...]}: for telling shapes apart; says nothing about its members. */
export const looksLikeMessages = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0 && looksLikeMessage(value[0])
    : looksLikeMessage(value) || (isRow(value) && Array.isArray(value.messages));

/** Throws RowProblem where the value is neither text nor messages. */
export function partOf(value: unknown, field: string): Part {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) refuse('data/missing', field, 'text or messages', shown(value));
  const list = isRow(value) && Array.isArray(value.messages) ? (value.messages as unknown[]) : value;
  if (Array.isArray(list) && (list.length === 0 || isRow(list[0]))) {
    return list.map((one, i) => messageOf(one, `${field}.${i}`));
  }
  if (looksLikeMessage(list)) return [messageOf(list, field)];
  refuse('data/wrong-type', field, 'text or messages', shown(value));
}

function messageOf(value: unknown, field: string): Message {
  if (!isRow(value)) refuse('data/message', field, 'an object with role and content', shown(value));
  const role = value.role ?? value.from;
  const name =
    typeof role === 'string' && Object.hasOwn(ROLE_NAMES, role.toLowerCase())
      ? ROLE_NAMES[role.toLowerCase()]
      : undefined;
  if (name === undefined)
    refuse('data/role', `${field}.role`, 'system, user, assistant or tool', shown(role));
  return { role: name, text: contentOf(value.content ?? value.value, `${field}.content`) };
}

/** Text, or a list of parts that are all text. */
function contentOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) refuse('data/message', field, 'text', shown(value));
  return value
    .map((part: unknown, i) => {
      if (typeof part === 'string') return part;
      if (isRow(part) && part.type === 'text' && typeof part.text === 'string') return part.text;
      refuse('data/not-text', `${field}.${i}`, 'text', isRow(part) ? shown(part.type) : shown(part));
    })
    .join('');
}

const written = ({ role, text }: Message): string => `${role}: ${text}`;

/** The messages of a prompt, up to where the assistant's answer begins. */
export function promptText(messages: readonly Message[]): string {
  return (
    messages.map((message) => `${written(message)}\n\n`).join('') +
    (messages.length > 0 ? `${ASSISTANT}: ` : '')
  );
}

/** The first message is the answer and needs no role. */
const answerText = ([first, ...more]: readonly Message[]): string =>
  [(first as Message).text, ...more.map(written)].join('\n\n');

const same = (a: Message | undefined, b: Message | undefined): boolean =>
  a !== undefined && b !== undefined && a.role === b.role && a.text === b.text;

/** How many messages both begin with. */
function sharedCount(a: readonly Message[], b: readonly Message[]): number {
  let shared = 0;
  while (same(a[shared], b[shared])) shared++;
  return shared;
}

/**
 * Two whole conversations: what they share is the prompt, up to the answer of the assistant at which they part. A
 * conversation that is equal throughout comes out as equal answers. Throws RowProblem.
 */
export function cutConversations(
  chosen: readonly Message[],
  rejected: readonly Message[],
): Omit<NewPair, 'margin'> {
  let shared = Math.min(sharedCount(chosen, rejected), chosen.length - 1, rejected.length - 1);
  const isAnswer = (at: number): boolean =>
    chosen[at]?.role === ASSISTANT && rejected[at]?.role === ASSISTANT;
  while (shared > 0 && !isAnswer(shared)) shared--;
  if (shared < 0 || !isAnswer(shared)) {
    const received = chosen[Math.max(shared, 0)]?.role ?? 'no message';
    refuse('data/no-answer', 'chosen', 'an answer of the assistant in both', received);
  }
  return {
    prompt: promptText(chosen.slice(0, shared)),
    chosen: answerText(chosen.slice(shared)),
    rejected: answerText(rejected.slice(shared)),
  };
}

/** `prompt` and what follows it, where a row has them apart. Throws RowProblem. */
export function withPrompt(prompt: Part, answer: readonly Message[]): readonly Message[] {
  if (typeof prompt !== 'string') {
    return sharedCount(prompt, answer) === prompt.length ? answer : [...prompt, ...answer];
  }
  if (answer[0]?.role === ASSISTANT) return [{ role: 'User', text: prompt }, ...answer];
  if (!answer.some(({ text }) => text.trim() === prompt.trim())) {
    refuse('data/prompt-mismatch', 'prompt', 'a message of the conversation', shown(prompt));
  }
  return answer;
}

/** A system message before a prompt; none where the text is empty. */
export function withSystem(system: unknown, part: Part): Part {
  if (system === undefined || system === null || system === '') return part;
  if (typeof system !== 'string') refuse('data/wrong-type', 'system', 'text', shown(system));
  if (typeof part === 'string') return part === '' ? system : `${system}\n\n${part}`;
  return part[0]?.role === 'System' ? part : [{ role: 'System', text: system }, ...part];
}
