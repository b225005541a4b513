/** What the browser says of its graphics adapter, and whether that is enough for the site's models. Opens no device. */

/** What Chrome's, Firefox's and Safari's `navigator.gpu` have of an adapter; a part of `GPU`, so that tests can give one. */
export interface AdapterSource {
  requestAdapter(): Promise<Pick<GPUAdapter, 'info' | 'limits'> | null>;
}

type LimitName = 'maxStorageBufferBindingSize' | 'maxBufferSize' | (typeof PER_KERNEL)[number][0];

export interface Limit {
  name: LimitName;
  offered: number;
  /** The most that the models of the Lab ask for. */
  needed: number;
  /** What the need is. */
  why: string;
  unit: 'bytes' | 'count';
  enough: boolean;
}

export interface AdapterReport {
  vendor: string;
  architecture: string;
  description: string;
  /** It computes on the processor. */
  software: boolean;
  limits: Limit[];
}

/** Either what there is, or why there is none, as a sentence. */
export type AdapterAnswer = { ok: true; adapter: AdapterReport } | { ok: false; whyNot: string };

/** One buffer holds all that a run computes with: 17.3 MiB for the micro model and 200 labels (`npm run bench`), rounded up. */
const RUN_BYTES = 18 * 2 ** 20;

/** What the kernels of `src/engine/webgpu/wgsl` take at most. */
const PER_KERNEL = [
  ['maxStorageBuffersPerShaderStage', 1, 'the one buffer that holds everything', 'count'],
  ['maxComputeInvocationsPerWorkgroup', 256, 'threads that work on one piece', 'count'],
  ['maxComputeWorkgroupStorageSize', 4096, 'memory of one piece: two tiles of a product', 'bytes'],
] as const;

const NEEDS: readonly (readonly [LimitName, number, string, Limit['unit']])[] = [
  ['maxStorageBufferBindingSize', RUN_BYTES, 'a run of the micro model with 200 labels', 'bytes'],
  ['maxBufferSize', RUN_BYTES, 'the same buffer', 'bytes'],
  ...PER_KERNEL,
];

export async function askAdapter(gpu: AdapterSource | undefined): Promise<AdapterAnswer> {
  if (gpu === undefined)
    return {
      ok: false,
      whyNot:
        'This browser has no WebGPU here: it may be too old, have it switched off, or the page may not have come over HTTPS.',
    };
  try {
    const adapter = await gpu.requestAdapter();
    if (adapter === null)
      return { ok: false, whyNot: 'This browser has WebGPU but finds no graphics adapter it may use.' };
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const limits = NEEDS.map(([name, needed, why, unit]): Limit => {
      const offered = adapter.limits[name];
      return { name, offered, needed, why, unit, enough: offered >= needed };
    });
    return {
      ok: true,
      adapter: { vendor, architecture, description, software: isFallbackAdapter === true, limits },
    };
  } catch (error) {
    return { ok: false, whyNot: `The browser could not say what its adapter is: ${String(error)}.` };
  }
}
