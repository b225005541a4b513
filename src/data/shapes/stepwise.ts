/**
 * TRL's stepwise supervision: a solution in steps, each judged right or wrong. One row alone compares nothing. Two rows
 * that share a prompt and their first steps do, where one goes on rightly and the other wrongly.
 */
import { problem, refuse, shown } from '../problems.ts';
import { Counterparts, isGood } from './counterparts.ts';
import { partOf, promptText } from './messages.ts';
import { promptColumns } from './columns.ts';
import type { Row, RowReader, Shape } from './shape.ts';

export const stepwise: Shape = {
  name: 'stepwise',
  recognises: '{prompt, completions: [...], labels: [...]} with one label a step',
  becomes:
    'Steps are compared after equal, right steps: the right one against the wrong one. The prompt is the prompt and the steps before, a line each.',
  match(row) {
    const { prompt } = promptColumns(row);
    const { completions, labels } = row;
    if (prompt === undefined || !Array.isArray(completions) || !Array.isArray(labels)) return null;
    return typeof completions[0] === 'string' && isGood(labels[0]) !== null ? { prompt } : null;
  },
  open: ({ prompt = 'prompt' }) => open(prompt),
};

function open(promptColumn: string): RowReader {
  const counterparts = new Counterparts();
  const seen = new Set<string>();
  const lines: number[] = [];
  const used = new Set<number>();
  return {
    row(row, line, sink) {
      const { prompt, steps, labels } = stepsOf(row, promptColumn);
      lines.push(line);
      let before = `${prompt}\n`;
      for (const [i, step] of steps.entries()) {
        const good = labels[i] as boolean;
        // Many rows go through the same right step; it counts once.
        const key = `${good}\n${before}\n${step}`;
        if (!seen.has(key)) {
          seen.add(key);
          sink.hold(2 * key.length);
          const other = counterparts.add(before, step, good, line, sink);
          if (other !== null) used.add(line).add(other.line);
        }
        if (!good) break; // what follows a wrong step is judged on sand
        before += `${step}\n`;
      }
    },
    end(sink) {
      for (const line of lines) {
        if (used.has(line)) continue;
        const expected = 'a row that goes on otherwise after the same right steps';
        sink.reject(line, problem('data/no-alternative', 'completions', expected, 'none'));
      }
    },
  };
}

function stepsOf(row: Row, promptColumn: string): { prompt: string; steps: string[]; labels: boolean[] } {
  const part = partOf(row[promptColumn], promptColumn);
  const { completions, labels } = row;
  if (!Array.isArray(completions))
    refuse('data/wrong-type', 'completions', 'a list of texts', shown(completions));
  if (!Array.isArray(labels)) refuse('data/wrong-type', 'labels', 'a list of labels', shown(labels));
  if (labels.length !== completions.length || labels.length === 0) {
    refuse('data/steps', 'labels', `${completions.length} labels, at least one`, String(labels.length));
  }
  const steps = completions.map((step: unknown, i) =>
    typeof step === 'string' ? step : refuse('data/wrong-type', `completions.${i}`, 'text', shown(step)),
  );
  const judged = labels.map((label: unknown, i) => {
    const good = isGood(label);
    return good ?? refuse('data/label', `labels.${i}`, 'true or false', shown(label));
  });
  return { prompt: typeof part === 'string' ? part : promptText(part), steps, labels: judged };
}
