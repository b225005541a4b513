/** Label Studio's full JSON export: tasks with data and annotations, judged with its Pairwise control. */
import { refuse, shown } from '../problems.ts';
import { promptColumns } from './columns.ts';
import { partOf } from './messages.ts';
import { promptOf } from './preference.ts';
import type { PairSink, Row, Shape } from './shape.ts';
import { has, isRow } from './shape.ts';
import { TWO, decided, wordOf } from './two-responses.ts';

const resultsOf = (annotation: unknown): Row[] =>
  isRow(annotation) && annotation.was_cancelled !== true && Array.isArray(annotation.result)
    ? annotation.result.filter(isRow)
    : [];

const annotationsOf = (row: Row): unknown[] => {
  const annotations = row.annotations ?? row.completions;
  return Array.isArray(annotations) ? annotations : [];
};

export const labelStudio: Shape = {
  name: 'Label Studio',
  recognises: '{data, annotations} with results of the Pairwise control',
  becomes: 'Every annotation makes a pair: the selected side is chosen. Tasks without one are counted.',
  match: (row) => (isRow(row.data) && Array.isArray(row.annotations ?? row.completions) ? {} : null),
  open: () => ({
    row(row, _line, sink) {
      const { data } = row;
      if (!isRow(data)) refuse('data/missing', 'data', 'an object', shown(data));
      const judged = annotationsOf(row).flatMap(resultsOf).filter(isVerdict);
      if (judged.length === 0) refuse('data/not-annotated', 'annotations', 'a result of Pairwise', 'none');
      for (const result of judged) add(result, data, sink);
    },
  }),
};

const isVerdict = ({ type, value }: Row): boolean =>
  isRow(value) && (type === 'pairwise' || 'selected' in value);

function add(result: Row, data: Row, sink: PairSink): void {
  const [first, second] = sides(result, data);
  const selected = (result.value as Row).selected;
  const verdict = typeof selected === 'string' ? wordOf(selected) : undefined;
  if (verdict === undefined) refuse('data/winner', 'annotations', 'left or right', shown(selected));
  const prompt = promptOf(data, promptColumns(data));
  decided(
    partOf(data[first], `data.${first}`),
    partOf(data[second], `data.${second}`),
    prompt,
    verdict,
    null,
    sink,
  );
}

/** The two compared texts: by the names that the result compares, where the data have them, else by usual names. */
function sides(result: Row, data: Row): readonly [string, string] {
  const [first = '', second = ''] = typeof result.to_name === 'string' ? result.to_name.split(',') : [];
  if (has(data, first.trim()) && has(data, second.trim())) return [first.trim(), second.trim()];
  const usual = TWO.find(([one, other]) => has(data, one) && has(data, other));
  return (
    usual ??
    refuse(
      'data/missing',
      'data',
      `two texts, such as ${(TWO[0] as readonly string[]).join(' and ')}`,
      shown(data),
    )
  );
}
