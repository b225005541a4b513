/** `sway objectives check FILE`: every case of a file of losses computed elsewhere, on every backend that runs here. */
import { InvalidInputError } from '../base/errors.ts';
import type { BackendName, Device } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { Options } from './input.ts';
import { mistake, parseOptions, readJson } from './input.ts';
import type { LossCase } from './loss-cases.ts';
import { readLossCases } from './loss-cases.ts';
import { parseJson } from './loss-file.ts';
import type { CaseResult } from './loss-check.ts';
import { ALLOWED, checkCase } from './loss-check.ts';
import { openInNode } from './node-host.ts';

const OPTIONS: Options = { '--backend': `one of all, ${BACKENDS.join(', ')}`, '--json': null };

interface Column {
  backend: BackendName;
  /** Why it was not run; null where it was. */
  skipped: string | null;
  device: string;
  results: CaseResult[];
}

/** 0 where every case is fine, 1 where one is not (or no backend ran), 2 to ask for the usage. */
export async function objectives([command, ...argv]: readonly string[]): Promise<number> {
  if (command !== 'check') return 2;
  const { files, options } = parseOptions(argv, OPTIONS);
  const [file, more] = files;
  if (file === undefined) return 2;
  if (more !== undefined) {
    throw mistake('argument', 'FILE', 'one file', files.join(' '), 'Check one file after the other.');
  }
  const wanted = backendsOf(options.get('--backend') ?? 'all');
  const cases = readLossCases(await readJson(file, parseJson));
  if (!cases.ok)
    throw new InvalidInputError(cases.issues.map((issue) => ({ ...issue, at: `${file}: ${issue.at}` })));
  const reference = await openInNode('reference');
  const columns: Column[] = [];
  for (const backend of wanted) columns.push(await columnOf(backend, reference, cases.value));
  const wrong = columns.some(({ results }) => results.some(({ verdict }) => verdict === 'wrong'));
  const ok = !wrong && columns.some(({ skipped }) => skipped === null);
  process.stdout.write(
    options.has('--json')
      ? `${JSON.stringify(asData(file, cases.value, columns, ok))}\n`
      : table(cases.value, columns, ok),
  );
  return ok ? 0 : 1;
}

function backendsOf(name: string): readonly BackendName[] {
  const found = BACKENDS.filter((backend) => name === 'all' || name === backend);
  if (found.length > 0) return found;
  throw mistake('argument', '--backend', OPTIONS['--backend'] as string, name, 'Choose a backend, or all.');
}

async function columnOf(
  backend: BackendName,
  reference: Device,
  cases: readonly LossCase[],
): Promise<Column> {
  let device: Device;
  try {
    device = backend === 'reference' ? reference : await openInNode(backend);
  } catch (error) {
    const skipped = error instanceof Error ? error.message : String(error);
    return { backend, skipped, device: '', results: [] };
  }
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await checkCase(device, reference, one));
  const { description } = device.info;
  if (device !== reference) device.dispose();
  return { backend, skipped: null, device: description, results };
}

/** The case of the largest error; what float32 cannot hold at all has no error to speak of. */
function worstOf(results: readonly CaseResult[]): number {
  const size = (result: CaseResult | undefined): number =>
    result === undefined || result.verdict === 'beyond-float32' ? -1 : result.error;
  return results.reduce((most, result, i) => (size(result) > size(results[most]) ? i : most), 0);
}

function asData(file: string, cases: readonly LossCase[], columns: readonly Column[], ok: boolean): object {
  return {
    file,
    ok,
    backends: columns.map(({ backend, skipped, device, results }) => ({
      backend,
      skipped,
      device,
      allowed: ALLOWED[backend],
      largest: results[worstOf(results)]?.error ?? null,
      at: results.length === 0 ? null : (cases[worstOf(results)]?.at ?? null),
    })),
    cases: cases.map(({ at, label, ignored }, i) => ({
      at,
      label,
      ignored,
      results: Object.fromEntries(
        columns.flatMap(({ backend, results }) => (results[i] === undefined ? [] : [[backend, results[i]]])),
      ),
    })),
  };
}

const MARKS: Record<CaseResult['verdict'], string> = {
  fine: ' ',
  'input-rounding': '*',
  'beyond-float32': '^',
  wrong: '!',
};

function table(cases: readonly LossCase[], columns: readonly Column[], ok: boolean): string {
  const ran = columns.filter(({ skipped }) => skipped === null);
  const width = Math.max(...cases.map(({ label, at }) => label.length + at.length + 2));
  const cell = ({ error, verdict }: CaseResult): string =>
    `${error.toExponential(1)}${MARKS[verdict]}`.padStart(12);
  const rows = cases.flatMap(({ at, label, ignored }, i) => {
    const cells = ran.map(({ results }) => cell(results[i] as CaseResult));
    const note = ignored.length === 0 ? '' : `  (ignores ${ignored.join(', ')}, as TRL does)`;
    const wrong = ran.flatMap(({ backend, results }) => {
      const { verdict, worst } = results[i] as CaseResult;
      return verdict === 'wrong' ? [`    ${backend} ${worst}`] : [];
    });
    return [`${`${at}  ${label}`.padEnd(width)}${cells.join('')}${note}`, ...wrong];
  });
  const summary = columns.map(({ backend, skipped, device, results }) => {
    if (skipped !== null) return `${backend}: skipped. ${skipped}`;
    const count = (verdict: CaseResult['verdict']): number =>
      results.filter((result) => result.verdict === verdict).length;
    const worst = worstOf(results);
    const { error, worst: what } = results[worst] as CaseResult;
    const parts = [
      `${cases.length - count('wrong')} of ${cases.length} fine, allowed ${ALLOWED[backend]}`,
      ...(count('input-rounding') > 0 ? [`${count('input-rounding')} of them *`] : []),
      ...(count('beyond-float32') > 0 ? [`${count('beyond-float32')} of them ^`] : []),
      `largest error ${error.toExponential(2)} in ${cases[worst]?.at}, ${what}`,
    ];
    return `${backend} (${device}): ${parts.join('; ')}`;
  });
  const marks = ran.some(({ results }) =>
    results.some(({ verdict }) => MARKS[verdict] !== ' ' && verdict !== 'wrong'),
  );
  return [
    `${'largest error'.padEnd(width)}${ran.map(({ backend }) => `${backend} `.padStart(12)).join('')}`,
    ...rows,
    ...summary,
    ...(marks
      ? [
          '* past that, but no further than the results move when the inputs move by one float32 step',
          '^ a value on the way is larger than float32 can hold (3.4e38); not counted as an error',
        ]
      : []),
    ok ? 'all fine' : 'not fine',
    '',
  ].join('\n');
}
