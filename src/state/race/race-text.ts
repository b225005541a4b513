/** What a race says in words, and what of it can be copied. Pure functions. */
import { fixed, number, percent } from '../../charts/format.ts';
import type { Comparison, Interval } from '../../metrics/statistics.ts';
import type { Arm, RaceRow, RaceTable } from '../../runs/race/race.ts';
import type { RaceRun } from './race-run.ts';

const SHARES = new Set(['heldout/accuracy', 'rewards/accuracies']);

/** A metric's value in its own unit: shares as percentages. */
export function writeMetric(metric: string, value: number): string {
  if (SHARES.has(metric)) return percent(value, 1);
  return Math.abs(value) >= 10 ? fixed(value, 1) : fixed(value, 3);
}

/** `71.2 % ± 3.1` */
export function writeInterval(metric: string, { mean, halfWidth }: Interval): string {
  if (Number.isNaN(mean)) return 'none';
  const half = SHARES.has(metric) ? fixed(halfWidth * 100, 1) : writeMetric(metric, halfWidth);
  return `${writeMetric(metric, mean)} ± ${Number.isNaN(halfWidth) ? 'unknown' : half}`;
}

export function writeP(p: number): string {
  return p < 0.001 ? 'p under 0.001' : `p ${number(Number(p.toPrecision(2)))}`;
}

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** Which arms differ in a metric: one sentence a pair, or that none is shown to. */
export function differences(comparisons: readonly Comparison[]): string[] {
  const shown = comparisons.filter((one) => one.different);
  return shown.map(({ a, b, p }) => `${a} and ${b} differ, ${writeP(p)}`);
}

/** What the figures rest on. */
export function restsOn({ seeds }: RaceTable): string {
  if (seeds.length < 2)
    return 'One seed so far: no interval and no test before a second seed is through for every arm.';
  const many = `${seeds.length} seeds (${listed(seeds.map(String))})`;
  return `Means and 95 % intervals (Student’s t) over ${many}. Two arms are said to differ only where a paired t-test over these seeds says so at the 5 % level, corrected by Holm’s method for the pairs compared within a metric.`;
}

/** On what runs have been trained: `WASM`, `WebGPU and WASM`. */
export function trainedOn(runs: readonly Pick<RaceRun, 'backend'>[]): string {
  const names = { webgpu: 'WebGPU', wasm: 'WASM', reference: 'the reference backend' };
  const used = [...new Set(runs.flatMap(({ backend }) => backend ?? []))];
  return listed(used.map((backend) => names[backend]));
}

export function tableAsMarkdown({ seeds, rows }: RaceTable, arms: readonly Arm[], on: string): string {
  const cells = (list: readonly string[]): string =>
    `| ${list.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const names = arms.map(({ name }) => name);
  const line = ({ metric, arms: values, comparisons }: RaceRow): string =>
    cells([
      `\`${metric}\``,
      ...names.map((name) => writeInterval(metric, values[name] as Interval)),
      differences(comparisons).join('; ') || 'no difference shown',
    ]);
  return [
    cells(['metric', ...names, 'differences']),
    cells(['---', ...names.map(() => '---:'), '---']),
    ...rows.map(line),
    '',
    `${restsOn({ seeds, rows })} Swayground, ${on}.`,
    '',
  ].join('\n');
}

/** A file that `sway race` reads. */
export function recipesAsJson(arms: readonly Arm[]): string {
  return `${JSON.stringify({ arms }, null, 2)}\n`;
}
