/** Labels, metrics and tables as files: each shape row by row, what is lost counted, and no cell that a spreadsheet would run. */
import { describe, expect, it } from 'vitest';
import { csv } from '../../src/exports/csv.ts';
import { jsonLines } from '../../src/exports/jsonl.ts';
import type { LabelShape } from '../../src/exports/labels.ts';
import { labelRows, lostInWords, SHAPES } from '../../src/exports/labels.ts';
import { metricsCsv, STEP_COLUMNS } from '../../src/exports/metrics.ts';
import type { StepMetrics } from '../../src/metrics/metrics.ts';
import type { Choice } from '../../src/labelers/labeler.ts';
import { labelledPairs } from '../../src/runs/pairs.ts';
import type { Evaluation } from '../../src/runs/views.ts';
import { smallRecipe } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const labelled = (...choices: Choice[]) =>
  choices.map((choice, i) => ({ pair: world.pair(3, i), choice, source: 'human', noise: 0 }));
const rowsOf = (shape: LabelShape, ...choices: Choice[]) => labelRows(labelled(...choices), world, shape, 'readable'); // prettier-ignore

describe('labels', () => {
  const { prompt, a, b } = world.pair(3, 0);
  const [first, second] = [` ${world.decode(a)}`, ` ${world.decode(b)}`];

  it('are {prompt, chosen, rejected}, whichever side won', () => {
    expect(rowsOf('explicit', 'a').rows).toEqual([{ prompt: prompt.text, chosen: first, rejected: second }]);
    expect(rowsOf('explicit', 'b').rows).toEqual([{ prompt: prompt.text, chosen: second, rejected: first }]);
  });

  it('have the prompt in front where it is implicit', () => {
    expect(rowsOf('implicit', 'a').rows).toEqual([
      { chosen: prompt.text + first, rejected: prompt.text + second },
    ]);
  });

  it('are messages where they are conversational', () => {
    expect(rowsOf('conversational', 'b').rows).toEqual([
      {
        prompt: [{ role: 'user', content: prompt.text }],
        chosen: [{ role: 'assistant', content: second.trim() }],
        rejected: [{ role: 'assistant', content: first.trim() }],
      },
    ]);
  });

  it('are two rows where they are unpaired, and "both bad" two undesired ones', () => {
    const { rows, lost } = rowsOf('unpaired', 'a', 'both_bad', 'tie');
    expect(rows.map((row) => (row as { label: boolean }).label)).toEqual([true, false, false, false]);
    expect(rows[0]).toEqual({ prompt: prompt.text, completion: first, label: true });
    expect(lost).toEqual({ ties: 1, bothBad: 0, pairings: 1 });
  });

  it.each(Object.keys(SHAPES) as LabelShape[])('as %s say what they lose', (shape) => {
    const { rows, lost } = rowsOf(shape, 'tie', 'tie', 'both_bad', 'a');
    const paired = shape !== 'unpaired';
    expect(rows).toHaveLength(paired ? 1 : 4);
    expect(lost).toEqual({ ties: 2, bothBad: paired ? 1 : 0, pairings: paired ? 0 : 1 });
    const told = lostInWords(lost).join('\n');
    expect(told).toContain('2 ties are left out');
    expect(told.includes('1 "both bad" label is left out')).toBe(paired);
  });

  it('are words that the tokenizer reads back to the same tokens', () => {
    const { rows } = labelRows(labelled('a'), world, 'explicit', 'words');
    const row = rows[0] as { prompt: string; chosen: string };
    const ids = (row.prompt + row.chosen).split(' ').map((word) => world.words.indexOf(word));
    expect(ids).toEqual([...prompt.tokens, ...a]);
  });

  it('of a recipe have a row for each pair that is decided, and lines that parse', () => {
    const recipe = smallRecipe();
    const all = [...labelledPairs(recipe.labels, world, recipe.seed)];
    const { rows, lost } = labelRows(all, world, 'explicit', 'readable');
    expect(all).toHaveLength(24);
    expect(rows.length + lost.ties + lost.bothBad).toBe(24);
    const lines = jsonLines(rows).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
  });
});

describe('a table', () => {
  it('quotes what RFC 4180 asks for, and ends lines with CR LF', () => {
    expect(csv(['a', 'b,c'], [['say "hi"', 1.5], ['two\nlines', null], ['plain', NaN]])).toBe(
      'a,"b,c"\r\n"say ""hi""",1.5\r\n"two\nlines",\r\nplain,\r\n',
    );
  }); // prettier-ignore

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1'])('keeps %j text', (text) => {
    expect(csv(['x'], [[text]]).split('x\r\n')[1]).toMatch(/^"?'/);
  });

  it('leaves negative numbers numbers', () => {
    expect(csv(['x'], [[-1.25e-7]])).toBe('x\r\n-1.25e-7\r\n');
  });
});

it('metrics have TRL’s columns, evaluations in the row of their step', () => {
  const row = Object.fromEntries(STEP_COLUMNS.map((key, i) => [key, i + 0.5])) as unknown as StepMetrics;
  const evaluation = (step: number): Evaluation => ({
    step,
    accuracies: { positive: 0.75 },
    pairs: { positive: 8 },
    kl: 0.1,
    entropy: 2,
  });
  const rows = [
    { ...row, step: 1 },
    { ...row, step: 2, 'rewards/margins': NaN },
  ];
  const [head, ...lines] = metricsCsv(rows, [evaluation(0), evaluation(2)])
    .trimEnd()
    .split('\r\n');
  expect(head).toBe(`${STEP_COLUMNS.join()},eval_kl,eval_entropy,eval_accuracies/positive`);
  const table = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [head?.split(',')[i], cell]))); // prettier-ignore
  expect(table.map((one) => [one['step'], one['rewards/margins'], one['eval_kl']])).toEqual([
    ['0', '', '0.1'],
    ['1', '7.5', ''],
    ['2', '', '0.1'],
  ]);
});
