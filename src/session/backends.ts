/**
 * Which device a run starts on, and where it moves. WebGPU compiles for a while: a run that is to train there starts on
 * WASM at once and moves when the programs are ready.
 */
import { BackendUnavailableError } from '../base/errors.ts';
import type { BackendName, Device } from '../engine/backend.ts';
import { parameterCount } from '../models/lm/config.ts';
import type { Run } from '../runs/runner.ts';
import type { BackendReport } from './protocol.ts';

export interface Devices {
  openDevice(backend: BackendName): Promise<Device>;
}

interface Opened {
  /** Where the run starts. */
  device: Device;
  /** Where it moves when the programs are compiled there; null when it stays. */
  next: Device | null;
  /** Why not WebGPU, as a sentence; null where it is WebGPU, or will be. */
  whyNot: string | null;
}

/**
 * `auto` is WebGPU on a graphics processor, else WASM with the reason why not WebGPU. Throws BackendUnavailableError when
 * the backend that was asked for by name is not to be had.
 */
export async function openBackend(asked: BackendName | 'auto', devices: Devices): Promise<Opened> {
  if (asked !== 'auto' && asked !== 'webgpu') {
    return { device: await devices.openDevice(asked), next: null, whyNot: `${asked} was asked for.` };
  }
  let gpu: Device;
  try {
    gpu = await devices.openDevice('webgpu');
  } catch (error) {
    if (asked === 'webgpu' || !(error instanceof BackendUnavailableError)) throw error;
    return wasmInstead(devices, error.message);
  }
  if (asked === 'auto' && gpu.info.software) {
    gpu.dispose();
    const why = `WebGPU has no graphics processor here, only software (${gpu.info.description}), slower than WASM.`;
    return wasmInstead(devices, why);
  }
  try {
    return { device: await devices.openDevice('wasm'), next: gpu, whyNot: null };
  } catch (error) {
    if (error instanceof BackendUnavailableError) return { device: gpu, next: null, whyNot: null };
    gpu.dispose();
    throw error;
  }
}

export async function wasmInstead(devices: Devices, whyNot: string): Promise<Opened> {
  return { device: await devices.openDevice('wasm'), next: null, whyNot };
}

export function reportOf(run: Run, next: Device | null, whyNot: string | null): BackendReport {
  const { backend, description } = run.device.info;
  return {
    backend,
    description,
    compiling: next?.info.description ?? null,
    whyNot,
    arenaBytes: run.device.arenaBytes,
    parameters: parameterCount(run.config),
  };
}
