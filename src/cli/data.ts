/** `sway data inspect FILE`: what a preference file holds, and what of it can be used. */
import { describeIssue } from '../base/errors.ts';
import { PROBLEMS, type ProblemCode } from '../data/problems.ts';
import { countOf, pairAt } from '../data/read/packed.ts';
import type { ReadResult } from '../data/read/read.ts';
import { readPreferenceFile } from './file-source.ts';
import type { Options } from './input.ts';
import { mistake, parseOptions } from './input.ts';
import { mappingOption } from './own-data.ts';

const OPTIONS: Options = { '--json': null, '--map': 'prompt=COLUMN,chosen=COLUMN,rejected=COLUMN' };
const EXAMPLES = 3;
const LISTED = 20;
const LONGEST_EXAMPLE = 300;

/** 0 where there is a pair, 1 where there is none, 2 to ask for the usage. */
export async function data([command, ...argv]: readonly string[]): Promise<number> {
  if (command !== 'inspect') return 2;
  const { files, options } = parseOptions(argv, OPTIONS);
  const [file, more] = files;
  if (file === undefined) return 2;
  if (more !== undefined) {
    throw mistake('argument', 'FILE', 'one file', files.join(' '), 'Inspect one file after the other.');
  }
  const mapping = mappingOption(options);
  const result = await readPreferenceFile(file, mapping ? { mapping } : {});
  process.stdout.write(options.has('--json') ? `${JSON.stringify(asData(result))}\n` : asText(result));
  return countOf(result.pairs) > 0 ? 0 : 1;
}

function examplesOf({ pairs }: ReadResult): object[] {
  const cut = (text: string): string =>
    text.length > LONGEST_EXAMPLE ? `${text.slice(0, LONGEST_EXAMPLE)}…` : text;
  return Array.from({ length: Math.min(EXAMPLES, countOf(pairs)) }, (_, i) => {
    const { prompt, chosen, rejected, margin, line } = pairAt(pairs, i);
    return { line, prompt: cut(prompt), chosen: cut(chosen), rejected: cut(rejected), margin };
  });
}

function asData(result: ReadResult): object {
  const { name, format, gzip, bytes, unit, rows, shape, mapping, columns, pairs, summary } = result;
  const { rejected, reasons, issues } = result;
  return {
    file: name,
    format,
    gzip,
    bytes,
    unit,
    rows,
    shape: shape?.name ?? null,
    mapping,
    pairs: countOf(pairs),
    ...summary,
    columns,
    reasons,
    rejected,
    issues,
    examples: examplesOf(result),
  };
}

function asText(result: ReadResult): string {
  const { name, format, gzip, unit, rows, shape, mapping, columns, pairs, summary, issues } = result;
  const kind = format === null ? 'unknown format' : `${format}${gzip ? ', gzip' : ''}`;
  const { prompts, duplicates, contradictions, margins, marginsNotPositive } = summary;
  const lengths = Object.entries(summary.lengths ?? {}).map(
    ([part, { characters, words }]) =>
      `  ${part.padEnd(9)} characters ${characters.join(' / ')}   words ${words.join(' / ')}`,
  );
  return [
    `${name} (${kind})`,
    ...issues.map((issue) => `! ${describeIssue(issue)}`),
    `shape: ${shape === null ? 'none' : `${shape.name}. ${shape.becomes}`}`,
    ...Object.entries(mapping ?? {}).map(([role, column]) => `  ${role} = ${column}`),
    `columns: ${columns.map(({ name, kinds }) => `${name} (${kinds.join(', ')})`).join(', ') || 'none'}`,
    `${rows} rows, ${countOf(pairs)} pairs, ${prompts} prompts; ${duplicates} duplicates, ${contradictions} contradictions`,
    ...(margins > 0 ? [`${margins} with a margin, ${marginsNotPositive} of them not above 0`] : []),
    ...(lengths.length > 0 ? ['smallest / quartiles / largest:', ...lengths] : []),
    ...examplesOf(result).map((example) => `example: ${JSON.stringify(example)}`),
    ...rejections(result, unit),
    '',
  ].join('\n');
}

function rejections({ reasons, rejected }: ReadResult, unit: string): string[] {
  const counts = Object.entries(reasons) as [ProblemCode, number][];
  if (counts.length === 0) return [`no ${unit} was rejected`];
  const left = counts.reduce((sum, [, count]) => sum + count, 0) - Math.min(LISTED, rejected.length);
  return [
    'rejected:',
    ...counts
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `  ${String(count).padStart(7)}  ${code}: ${PROBLEMS[code].title}`),
    ...rejected.slice(0, LISTED).map((issue) => `  ${describeIssue(issue)}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}
