/** Argilla's records: fields, and people's responses or suggestions that rank or choose among them. */
import { refuse, shown } from '../problems.ts';
import { promptColumns } from './columns.ts';
import { partOf } from './messages.ts';
import { promptOf } from './preference.ts';
import type { Ranked } from './ranked.ts';
import { pairsOfRanked } from './ranked.ts';
import type { PairSink, Row, Shape } from './shape.ts';
import { has, isRow, numberOf } from './shape.ts';
import { TWO, decided, wordOf } from './two-responses.ts';

export const argilla: Shape = {
  name: 'Argilla',
  recognises: '{fields, responses, suggestions} with a ranking of fields, or a choice between two',
  becomes:
    'Every submitted response makes pairs of the fields that it ranks; where nobody has answered, the suggestion does.',
  match: (row) => (isRow(row.fields) && ('responses' in row || 'suggestions' in row) ? {} : null),
  open: () => ({
    row(row, _line, sink) {
      const { fields } = row;
      if (!isRow(fields)) refuse('data/missing', 'fields', 'an object', shown(fields));
      const said = [...answersOf(row.responses)];
      const used = said.length > 0 ? said : [...suggestionsOf(row.suggestions)];
      const judgements = used.filter((value) => namesOf(value, fields) !== null || chooses(value, fields));
      if (judgements.length === 0) refuse('data/not-annotated', 'responses', 'a ranking or a choice', 'none');
      for (const value of judgements) add(value, fields, sink);
    },
  }),
};

/** Version 2: {question: [{value, status}]}. Version 1: [{values: {question: {value}}, status}]. */
function* answersOf(responses: unknown): Generator<unknown> {
  const counts = (answer: Row): boolean => answer.status === undefined || answer.status === 'submitted';
  if (Array.isArray(responses)) {
    for (const answer of responses.filter(isRow).filter(counts)) {
      if (isRow(answer.values))
        for (const one of Object.values(answer.values)) if (isRow(one)) yield one.value;
    }
  } else if (isRow(responses)) {
    for (const answers of Object.values(responses)) {
      if (!Array.isArray(answers)) continue;
      for (const answer of answers.filter(isRow).filter(counts)) yield answer.value;
    }
  }
}

/** Version 2: {question: {value}}. Version 1: [{question_name, value}]. */
function* suggestionsOf(suggestions: unknown): Generator<unknown> {
  const all = Array.isArray(suggestions) ? suggestions : isRow(suggestions) ? Object.values(suggestions) : [];
  for (const one of all) if (isRow(one)) yield one.value;
}

/** A ranking as names with ranks, the best first: ['a', 'b'], or [{value: 'a', rank: 1}, ...]. Null: no ranking of fields. */
function namesOf(value: unknown, fields: Row): { name: string; rank: number }[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = value.map((one: unknown, i) => {
    if (typeof one === 'string') return { name: one, rank: i + 1 };
    const rank = isRow(one) ? numberOf(one.rank) : null;
    return isRow(one) && typeof one.value === 'string' && rank !== null ? { name: one.value, rank } : null;
  });
  return names.every((one) => one !== null && has(fields, one.name))
    ? (names as { name: string; rank: number }[])
    : null;
}

const twoOf = (fields: Row): readonly [string, string] | undefined =>
  TWO.find(([first, second]) => has(fields, first) && has(fields, second));

const chooses = (value: unknown, fields: Row): value is string =>
  typeof value === 'string' &&
  twoOf(fields) !== undefined &&
  (has(fields, value) || wordOf(value) !== undefined);

function add(value: unknown, fields: Row, sink: PairSink): void {
  const prompt = promptOf(fields, promptColumns(fields));
  const part = (name: string): Ranked['part'] => partOf(fields[name], `fields.${name}`);
  const names = namesOf(value, fields);
  if (names !== null) {
    const all = names.map(({ name, rank }) => ({ part: part(name), score: -rank }));
    return pairsOfRanked(all, prompt, 'responses', sink);
  }
  const two = twoOf(fields) as readonly [string, string];
  const word = value as string;
  const named = two.indexOf(word);
  const verdict = named === 0 ? 'first' : named === 1 ? 'second' : wordOf(word);
  if (verdict === undefined) refuse('data/winner', 'responses', two.join(' or '), shown(word));
  decided(part(two[0]), part(two[1]), prompt, verdict, null, sink);
}
