/** TRL's unpaired preference, as for KTO: one completion a row, good or bad. */
import { problem, refuse, shown } from '../problems.ts';
import { COMPLETIONS, LABELS, promptColumns } from './columns.ts';
import { Counterparts, isGood } from './counterparts.ts';
import { ASSISTANT, partOf, promptText, withPrompt, withSystem } from './messages.ts';
import { promptOf } from './preference.ts';
import type { Mapping, Row, RowReader, Shape } from './shape.ts';
import { firstOf, valueAt } from './shape.ts';

export const unpaired: Shape = {
  name: 'unpaired',
  recognises: '{prompt, completion, label} with label true or false',
  becomes:
    'A good and a bad completion of one prompt make a pair, in the order in which they come; each is used once.',
  match(row) {
    const completion = firstOf(row, COMPLETIONS);
    const label = firstOf(row, LABELS);
    const { prompt, ...more } = promptColumns(row);
    if (completion === null || label === null || prompt === undefined) return null;
    return isGood(row[label]) === null ? null : { prompt, ...more, completion, label };
  },
  open: openUnpaired,
};

export function openUnpaired(mapping: Mapping): RowReader {
  const counterparts = new Counterparts();
  const { completion = 'completion', label = 'label' } = mapping;
  return {
    row(row, line, sink) {
      const good = isGood(valueAt(row, label));
      if (good === null) refuse('data/label', label, 'true or false', shown(valueAt(row, label)));
      const { prompt, text } = textsOf(row, mapping, completion);
      if (text.trim() === '') refuse('data/missing', completion, 'a completion', 'an empty text');
      counterparts.add(prompt, text, good, line, sink);
    },
    end(sink) {
      for (const { line, good } of counterparts.left()) {
        const expected = `a ${good ? 'bad' : 'good'} completion of the same prompt`;
        sink.reject(line, problem('data/unpaired', label, expected, `only ${good ? 'good' : 'bad'} ones`));
      }
    },
  };
}

function textsOf(row: Row, mapping: Mapping, column: string): { prompt: string; text: string } {
  const completion = partOf(valueAt(row, column), column);
  const { part, system } = promptOf(row, mapping);
  const prompt = withSystem(system, part ?? '');
  if (typeof completion === 'string') {
    return { prompt: typeof prompt === 'string' ? prompt : promptText(prompt), text: completion };
  }
  const messages = withPrompt(prompt, completion);
  const answer = messages.at(-1);
  if (answer?.role !== ASSISTANT) {
    refuse('data/no-answer', column, 'an answer of the assistant at the end', answer?.role ?? 'no message');
  }
  return { prompt: promptText(messages.slice(0, -1)), text: answer.text };
}
