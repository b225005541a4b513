/** Rows that name the better and the worse response: TRL's explicit and implicit prompts, as text or conversations. */
import { refuse, shown } from '../problems.ts';
import { CHOSEN_REJECTED, marginColumns, promptColumns } from './columns.ts';
import type { Part } from './messages.ts';
import {
  cutConversations,
  looksLikeMessages,
  partOf,
  promptText,
  withPrompt,
  withSystem,
} from './messages.ts';
import type { Mapping, NewPair, Role, Row, RowReader, Shape } from './shape.ts';
import { has, numberOf, valueAt } from './shape.ts';
import { cutShared } from './shared-prefix.ts';

function columnsOf(row: Row): Mapping | null {
  const found = CHOSEN_REJECTED.find(([chosen, rejected]) => has(row, chosen) && has(row, rejected));
  if (found === undefined) return null;
  return { ...promptColumns(row), chosen: found[0], rejected: found[1], ...marginColumns(row) };
}

type Kind = 'text' | 'messages';

const kindOf = (row: Row, { chosen = '' }: Mapping): Kind | null => {
  const value = row[chosen];
  return typeof value === 'string' ? 'text' : looksLikeMessages(value) ? 'messages' : null;
};

const matching =
  (kind: Kind, hasPrompt: boolean) =>
  (row: Row): Mapping | null => {
    const columns = columnsOf(row);
    if (columns === null || kindOf(row, columns) !== kind) return null;
    return kind === 'messages' || (columns.prompt !== undefined) === hasPrompt ? columns : null;
  };

export const explicit: Shape = {
  name: 'explicit prompt',
  recognises: '{prompt, chosen, rejected} as text, under these or other usual names',
  becomes:
    'As it stands. A system message and an input stand before and after the prompt, an empty line between.',
  match: matching('text', true),
  open: openPreference,
};

export const implicit: Shape = {
  name: 'implicit prompt',
  recognises: '{chosen, rejected} that begin alike, as in HH-RLHF',
  becomes:
    'The prompt is what both begin with: up to the last "Assistant:" of it where there is one, else up to its last whole word.',
  match: matching('text', false),
  open: openPreference,
};

export const conversational: Shape = {
  name: 'conversational',
  recognises: 'chosen and rejected as lists of {role, content}, with or without a prompt',
  becomes:
    'Messages are written out as "User: ...", an empty line between them; the prompt ends with "Assistant: ", where the two answers begin.',
  match: matching('messages', false),
  open: openPreference,
};

/** Reads what is there: text or messages, with a prompt or without. Also what a mapping by hand opens. */
export function openPreference(mapping: Mapping): RowReader {
  return {
    row(row, _line, sink) {
      const { chosen: chosenColumn = 'chosen', rejected: rejectedColumn = 'rejected' } = mapping;
      const chosen = partOf(valueAt(row, chosenColumn), chosenColumn);
      const rejected = partOf(valueAt(row, rejectedColumn), rejectedColumn);
      const prompt = promptOf(row, mapping);
      sink.pair({ ...pairOf(prompt, chosen, rejected, rejectedColumn), margin: marginOf(row, mapping) });
    },
  };
}

type Texts = Omit<NewPair, 'margin'>;

/** What a prompt, a system message and two responses make. `prompt` null: it is what both responses begin with. */
export function pairOf(prompt: Prompt, chosen: Part, rejected: Part, field: string): Texts {
  if (typeof chosen === 'string' && typeof rejected === 'string') {
    if (prompt.part === null) {
      const cut = cutShared(chosen, rejected);
      return { ...cut, prompt: withSystem(prompt.system, cut.prompt) as string };
    }
    const part = withSystem(prompt.system, prompt.part);
    return { prompt: typeof part === 'string' ? part : promptText(part), chosen, rejected };
  }
  if (typeof chosen === 'string' || typeof rejected === 'string') {
    const [expected, received] = typeof chosen === 'string' ? ['text', 'messages'] : ['messages', 'text'];
    refuse('data/wrong-type', field, `${expected}, as the other response`, received);
  }
  const { part } = prompt;
  const whole = (answer: typeof chosen): typeof chosen =>
    withSystem(prompt.system, part === null ? answer : withPrompt(part, answer)) as typeof chosen;
  return cutConversations(whole(chosen), whole(rejected));
}

export interface Prompt {
  /** Null: the row has no prompt of its own. */
  part: Part | null;
  system: unknown;
}

export function promptOf(row: Row, mapping: Mapping): Prompt {
  const value = (role: Role): unknown => {
    const column = mapping[role];
    return column === undefined ? undefined : valueAt(row, column);
  };
  const system = value('system');
  if (mapping.prompt === undefined) return { part: null, system };
  const part = partOf(value('prompt'), mapping.prompt);
  const input = value('input');
  if (input === undefined || input === null || input === '') return { part, system };
  if (typeof input !== 'string' || typeof part !== 'string') {
    refuse('data/wrong-type', mapping.input ?? '', 'text', shown(input));
  }
  return { part: `${part}\n\n${input}`, system };
}

function marginOf(row: Row, mapping: Mapping): number | null {
  const number = (role: Role): number | null => {
    const column = mapping[role];
    if (column === undefined) return null;
    const value = valueAt(row, column);
    if (value === undefined || value === null || value === '') return null;
    const number = numberOf(value);
    if (number === null) refuse('data/margin', column, 'a number', shown(value));
    return number;
  };
  const margin = number('margin');
  if (margin !== null) return margin;
  const [chosen, rejected] = [number('score_chosen'), number('score_rejected')];
  return chosen === null || rejected === null ? null : chosen - rejected;
}
