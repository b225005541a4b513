/** Opens the WebGPU backend, or says why this machine has none. */
import { BackendUnavailableError } from '../../base/errors.ts';
import type { Device } from '../backend.ts';
import { WebgpuDevice } from './device.ts';

export async function openWebgpu(gpu: GPU | undefined): Promise<Device> {
  if (gpu === undefined) {
    throw new BackendUnavailableError(
      'This browser has no WebGPU (navigator.gpu is missing); use the wasm backend.',
    );
  }
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new BackendUnavailableError(
      'WebGPU finds no graphics adapter on this machine; use the wasm backend.',
    );
  }
  return openWebgpuOn(await requestDevice(adapter), adapter.info);
}

type AdapterInfo = Pick<
  GPUAdapterInfo,
  'vendor' | 'architecture' | 'description' | 'isFallbackAdapter' | 'subgroupMinSize' | 'subgroupMaxSize'
>;

const SUBGROUPS = 'subgroups';

/**
 * On a device that the caller owns and may destroy. `info` says whether it computes on the CPU, which wants other kernels;
 * these need the feature `subgroups`.
 */
export function openWebgpuOn(device: GPUDevice, info: AdapterInfo): Device {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  const words = [vendor, architecture, description].filter((s) => s !== '').join(' ');
  const four = info.subgroupMinSize === 4 && info.subgroupMaxSize === 4;
  const quads = isFallbackAdapter && four && device.features.has(SUBGROUPS);
  return new WebgpuDevice(device, words === '' ? 'WebGPU' : words, isFallbackAdapter, quads);
}

/** With the adapter's own limits where it grants them: the whole arena is one buffer. Else with the defaults. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
  const wanted = adapter.info.isFallbackAdapter && adapter.features.has(SUBGROUPS);
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures: wanted ? [SUBGROUPS] : [] });
  } catch {
    // an adapter may name limits that it then refuses
  }
  try {
    return await adapter.requestDevice();
  } catch (error) {
    throw new BackendUnavailableError(`WebGPU gives no device (${String(error)}); use the wasm backend.`);
  }
}
