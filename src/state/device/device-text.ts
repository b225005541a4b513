/** What the page about a device says of its figures, and the report that can be copied. Pure functions. */
import { bytes, count, number, rate } from '../../charts/format.ts';
import type { AdapterAnswer, Limit } from '../../session/device-adapter.ts';
import type { GradientReport } from '../../session/device-gradient.ts';
import type { BackendMeasure, KernelRate } from '../../session/device-protocol.ts';
import type { Rate } from '../../session/device-timing.ts';
import { GENERATED_TOKENS, STEP_TOKENS } from '../../session/device-workload.ts';
import type { DevicePhase } from './device.svelte.ts';

export const BACKEND_NAMES: Record<BackendMeasure['backend'], string> = { wasm: 'WASM', webgpu: 'WebGPU' };

export const limitValue = (value: number, unit: Limit['unit']): string =>
  unit === 'count' ? count(value) : value < 1e5 ? `${count(value)} bytes` : bytes(value);

/** A speed in some unit: by the lower quartile of times, by the median, over how many slices. */
export interface Speed {
  what: string;
  /** `61,600 tokens/s` */
  quartile: string;
  median: string;
  slices: string;
}

const COARSE = 'too fast for this browser’s clock';

function speed(what: string, unit: string, factor: number, measured: Rate | 'coarse clock' | null): Speed {
  if (measured === null || measured === 'coarse clock')
    return { what, quartile: COARSE, median: '', slices: '' };
  return {
    what,
    quartile: `${rate(measured.quartile * factor)} ${unit}`,
    median: rate(measured.median * factor),
    slices: count(measured.slices),
  };
}

const kernelSpeed = ({ size: { m, n, k }, rate: measured }: KernelRate): Speed =>
  speed(`product ${m} × ${k} × ${n}`, 'GFLOP/s', (2 * m * n * k) / 1e9, measured);

/** What has been measured so far, in the order of the page. */
export const speedsOf = ({ training, generation, kernels }: BackendMeasure): Speed[] => [
  ...(training === null ? [] : [speed('training', 'tokens/s', STEP_TOKENS, training)]),
  ...(generation === null ? [] : [speed('generation', 'tokens/s', GENERATED_TOKENS, generation)]),
  ...kernels.map(kernelSpeed),
];

/** `pass` or `fail`, and by how much, as a sentence. */
export function gradientSentence({ largest, at, slopes, tolerance, passes }: GradientReport): string {
  const figure = Number.isNaN(largest) ? 'not a number' : number(largest);
  return `${passes ? 'Pass' : 'Fail'}: of ${count(slopes)} slopes the largest error is ${figure} of the largest slope of the same parameter (${at}); allowed is ${number(tolerance)}.`;
}

export const adapterSentence = (answer: AdapterAnswer): string => {
  if (!answer.ok) return answer.whyNot;
  const { vendor, architecture, description, software } = answer.adapter;
  const names = [vendor, architecture, description].filter((word) => word !== '').join(', ');
  const kind = software
    ? 'A software adapter: it computes on the processor, and slower than WASM does. The Lab takes WASM instead.'
    : 'The browser does not call it a software adapter.';
  return `${names === '' ? 'An adapter that the browser does not name' : names}. ${kind}`;
};

export const simdSentence = (whyNot: string | null): string =>
  whyNot ?? 'WASM with SIMD runs here, which is where every run can train, with the same bits as anywhere.';

const END: Record<DevicePhase, string> = {
  idle: 'Nothing was measured.',
  measuring: 'The measurement goes on.',
  stopped: 'The measurement was stopped before its end.',
  measured: 'Measured to the end.',
  failed: 'The measurement failed before its end.',
};

export const HOW =
  'Training is a DPO step of the micro model (110 K parameters): 16 pairs of 2 × 32 tokens, forward, backward and AdamW. Generation fills 32 rows of 32 tokens. Speeds are by the lower quartile of the times of short slices, then by the median; other work on the device disturbs the first less.';

interface DeviceFindings {
  agent: string;
  adapter: AdapterAnswer | null;
  whyNoSimd: string | null | undefined;
  phase: DevicePhase;
  measures: readonly BackendMeasure[];
}

/** Plain text, without a date. */
export function deviceReport({ agent, adapter, whyNoSimd, phase, measures }: DeviceFindings): string {
  const limits = adapter?.ok === true ? adapter.adapter.limits : [];
  return [
    'Swayground on this device',
    `browser: ${agent}`,
    `WASM: ${whyNoSimd === undefined ? 'not asked' : simdSentence(whyNoSimd)}`,
    `WebGPU: ${adapter === null ? 'not asked' : adapterSentence(adapter)}`,
    ...limits.map(
      ({ name, offered, needed, unit, enough }) =>
        `  ${name}: ${limitValue(offered, unit)}; needed ${limitValue(needed, unit)}${enough ? '' : ' (too little)'}`,
    ),
    '',
    END[phase],
    ...(measures.length > 0 ? [HOW] : []),
    ...measures.flatMap((one) => ['', ...measureLines(one)]),
    '',
  ].join('\n');
}

function measureLines(one: BackendMeasure): string[] {
  const { backend, description, software, problem, gradient, firstStepMs } = one;
  return [
    `${BACKEND_NAMES[backend]}${description === null ? '' : ` (${description}${software ? ', a software adapter' : ''})`}`,
    ...(gradient === null ? [] : [`  gradients: ${gradientSentence(gradient)}`]),
    ...(firstStepMs === null ? [] : [`  first step, compilation included: ${count(firstStepMs)} ms`]),
    ...speedsOf(one).map(
      ({ what, quartile, median, slices }) =>
        `  ${what}: ${quartile}${median === '' ? '' : ` (median ${median}; ${slices} slices)`}`,
    ),
    ...(problem === null ? [] : [`  ${problem}`]),
  ];
}
