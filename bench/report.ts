/** Numbers out of the measured slices: rows, tables, and whether all subjects computed the same thing. */
import type { First, Together } from './page.ts';
import type { SubjectName } from './subject.ts';
import { quantile } from '../src/session/device-timing.ts';
import { STEP_TOKENS } from '../src/session/device-workload.ts';

export interface Measured {
  together: Together[];
  first: Partial<Record<SubjectName, First[]>>;
  arenaBytes: number;
  machine: string;
  browser: string;
  date: string;
}

export interface Row {
  subject: string;
  work: 'dpo-step' | 'generate';
  size: 'micro';
  tokens_per_s: number;
  /** From an opened device to the end of the first step, compilation included. */
  first_step_ms: number | null;
  /** The step's arithmetic rate over the matrix kernel's peak in the same run. */
  peak_share: number | null;
}

/** A row with its spread. */
interface Line extends Row {
  /** Which of the subjects this is; the peer's two forms on WASM are lines of their own. */
  name: SubjectName;
  /** Milliseconds of each slice, in the order they were measured. */
  slices: readonly number[];
  openMs: number | null;
}

const TOLERANCE = 1e-3;

const quartile = (values: readonly number[]): number => quantile(values, 0.25);

const at = (first: readonly First[] | undefined, key: 'firstMs' | 'openMs'): number | null =>
  first === undefined ? null : quartile(first.map((f) => f[key]));

/** Best rate over the sizes; of each size the upper quartile of rates, which is the lower quartile of times. */
function peakOf({ own }: Together): { name: string; gflops: number } | undefined {
  const rates = own.matmuls.map(({ name, gflops }) => ({ name, gflops: quantile(gflops, 0.75) }));
  return rates.sort((a, b) => b.gflops - a.gflops)[0];
}

function linesOf(measured: Measured): Line[] {
  return measured.together.flatMap((together) => {
    const peak = peakOf(together);
    const names = Object.keys(together.sides) as SubjectName[];
    const steps = names.map((name): Line => {
      const ms = together.sides[name]?.stepMs ?? [];
      const rate = together.own.flops / quartile(ms) / 1e6;
      return {
        name,
        subject: name.replace('-threads', ''),
        work: 'dpo-step',
        size: 'micro',
        tokens_per_s: (STEP_TOKENS / quartile(ms)) * 1000,
        first_step_ms: at(measured.first[name], 'firstMs'),
        peak_share: peak !== undefined && name === 'swayground-wasm' ? rate / peak.gflops : null,
        slices: ms,
        openMs: at(measured.first[name], 'openMs'),
      };
    });
    const { generateMs, generateTokens } = together.own;
    const name = names.find((n) => n.startsWith('swayground')) as SubjectName;
    const generate: Line = {
      name,
      subject: name,
      work: 'generate',
      size: 'micro',
      tokens_per_s: (generateTokens / quartile(generateMs)) * 1000,
      first_step_ms: null,
      peak_share: null,
      slices: generateMs,
      openMs: null,
    };
    return [...steps, generate];
  });
}

/** The peer's two forms on WASM as one subject: the better number of each. */
function bestOf(lines: readonly Line[]): Line[] {
  const best = new Map<string, Line>();
  for (const line of lines) {
    const key = `${line.subject} ${line.work}`;
    const other = best.get(key);
    if (other === undefined) {
      best.set(key, line);
      continue;
    }
    const faster = line.tokens_per_s > other.tokens_per_s ? line : other;
    const sooner = Math.min(line.first_step_ms ?? Infinity, other.first_step_ms ?? Infinity);
    best.set(key, { ...faster, first_step_ms: Number.isFinite(sooner) ? sooner : null });
  }
  return [...best.values()];
}

export function jsonRows(measured: Measured): Row[] {
  return bestOf(linesOf(measured)).map(
    ({ subject, work, size, tokens_per_s, first_step_ms, peak_share }): Row => ({
      subject,
      work,
      size,
      tokens_per_s,
      first_step_ms,
      peak_share,
    }),
  );
}

/** One sentence for each subject whose losses differ from ours; the parameters and data were the same. */
export function checkLosses({ together }: Measured): string[] {
  const [[reference, ours] = ['nobody', undefined], ...others] = together.flatMap(({ sides }) =>
    Object.entries(sides),
  );
  return others.flatMap(([name, { losses }]) => {
    const off = losses.map((loss, i) => Math.abs(loss / (ours?.losses[i] ?? NaN) - 1));
    if (off.every((d) => d <= TOLERANCE)) return [];
    return [
      `${name} computes other losses than ${reference}: ${losses.join(', ')} (${ours?.losses.join(', ')})`,
    ];
  });
}

const round = (x: number | null, digits = 0): string =>
  x === null
    ? '–'
    : x.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (x: number | null): string => (x === null ? '–' : `${(100 * x).toFixed(0)}%`);

interface Ratio {
  what: string;
  value: number;
  /** Lower quartile and upper quartile of the ratios of neighbouring slices. */
  spread?: [number, number];
}

function ratiosOf(lines: readonly Line[]): Ratio[] {
  const find = (subject: string): Line | undefined =>
    lines.find((line) => line.subject === subject && line.work === 'dpo-step');
  return ['wasm', 'webgpu'].flatMap((backend): Ratio[] => {
    const [ours, theirs] = [find(`swayground-${backend}`), find(`jax-js-${backend}`)];
    if (ours === undefined || theirs === undefined) return [];
    const each = ours.slices.map((ms, i) => (theirs.slices[i] ?? NaN) / ms);
    return [
      {
        what: `${backend}: training tokens/s, ours over jax-js`,
        value: ours.tokens_per_s / theirs.tokens_per_s,
        spread: [quartile(each), quantile(each, 0.75)],
      },
      {
        what: `${backend}: first step, jax-js over ours`,
        value: (theirs.first_step_ms ?? NaN) / (ours.first_step_ms ?? NaN),
      },
    ];
  });
}

const ratioText = ({ value, spread }: Ratio): string =>
  spread === undefined
    ? value.toFixed(2)
    : `${value.toFixed(2)} (of neighbouring slices ${spread[0].toFixed(2)} to ${spread[1].toFixed(2)})`;

function padded(table: readonly (readonly string[])[]): string {
  const widths = (table[0] ?? []).map((_, c) => Math.max(...table.map((row) => row[c]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, c) => (c < 2 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function report(measured: Measured): string {
  const lines = linesOf(measured);
  const head = [
    'subject',
    'work',
    'tokens/s',
    'ms',
    'least',
    'median',
    'slices',
    'first step ms',
    'open ms',
    'of peak',
  ];
  const table = lines.map((l) => [
    l.name,
    l.work,
    round(l.tokens_per_s),
    round(quartile(l.slices), 1),
    round(quantile(l.slices, 0), 1),
    round(quantile(l.slices, 0.5), 1),
    String(l.slices.length),
    round(l.first_step_ms),
    round(l.openMs),
    percent(l.peak_share),
  ]);
  const firsts = Object.entries(measured.first).map(
    ([name, all]) => `  ${name}: ${all.map((f) => f.firstMs.toFixed(0)).join(', ')}`,
  );
  const kernels = measured.together.flatMap(({ own }) =>
    own.matmuls.map(({ name, gflops }) => [
      `matmul ${name}`,
      'GFLOP/s',
      round(quantile(gflops, 0.75), 1),
      round(quantile(gflops, 0.5), 1),
      String(gflops.length),
    ]),
  );
  const losses = measured.together.flatMap(({ sides }) =>
    Object.entries(sides).map(
      ([name, { losses }]) => `  ${name}: ${losses.map((l) => l.toFixed(6)).join(', ')}`,
    ),
  );
  const wasm = measured.together.find(({ own }) => own.matmuls.length > 0);
  const wasmMs = lines.find((l) => l.name === 'swayground-wasm')?.slices;
  const arithmetic =
    wasm === undefined || wasmMs === undefined
      ? []
      : [
          '',
          `One step is ${(wasm.own.flops / 1e6).toFixed(1)} MFLOP; on WASM ${(wasm.own.flops / quartile(wasmMs) / 1e6).toFixed(1)} GFLOP/s. The matrix kernel alone (best quartile, median, slices):`,
          padded(kernels),
        ];
  return [
    '',
    `${measured.machine}; ${measured.browser}; ${measured.date}`,
    'ms: lower quartile of slices that took turns in one browser process; tokens/s from it. First steps: lower quartile,',
    'each in a browser of its own, from an opened device, compilation included.',
    '',
    padded([head, ...table]),
    '',
    ...ratiosOf(bestOf(lines)).map((ratio) => `${ratio.what}: ${ratioText(ratio)}`),
    ...arithmetic,
    '',
    `arena of a micro run with 200 labels: ${(measured.arenaBytes / 2 ** 20).toFixed(1)} MiB`,
    `cross-origin isolated: ${measured.together.every((t) => t.isolated) ? 'yes' : 'no'}`,
    'first steps, ms:',
    ...firsts,
    'losses of the first steps (same parameters and data):',
    ...losses,
  ].join('\n');
}

export function markdown(measured: Measured): string {
  const lines = bestOf(linesOf(measured));
  const ratios = ratiosOf(lines);
  return [
    `${measured.machine}; ${measured.browser}; ${measured.date}. Micro model (110 K parameters), a step is 16 pairs of 2x32 tokens,`,
    'forward, backward and AdamW; lower quartiles of short slices, all subjects taking turns in one browser process.',
    '',
    '| subject | work | tokens/s | ms (median; slices) | first step, ms | of kernel peak |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...lines.map(
      (l) =>
        `| ${l.subject} | ${l.work} | ${round(l.tokens_per_s)} | ${round(quartile(l.slices), 1)} (${round(quantile(l.slices, 0.5), 1)}; ${l.slices.length}) | ${round(l.first_step_ms)} | ${percent(l.peak_share)} |`,
    ),
    '',
    ...ratios.map((ratio) => `- ${ratio.what}: ${ratioText(ratio)}`),
    `- arena of a micro run with 200 labels: ${(measured.arenaBytes / 2 ** 20).toFixed(1)} MiB`,
  ].join('\n');
}
