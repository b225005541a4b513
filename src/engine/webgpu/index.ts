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
  const { vendor, architecture, description } = adapter.info;
  const device = await requestDevice(adapter);
  return openWebgpuOn(device, [vendor, architecture, description].filter((s) => s !== '').join(' '));
}

/** On a device that the caller owns and may destroy. */
export function openWebgpuOn(device: GPUDevice, description = ''): Device {
  return new WebgpuDevice(device, description === '' ? 'WebGPU' : description);
}

/** With the adapter's own limits where it grants them: the whole arena is one buffer. Else with the defaults. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    return await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  } catch {
    // an adapter may name limits that it then refuses
  }
  try {
    return await adapter.requestDevice();
  } catch (error) {
    throw new BackendUnavailableError(`WebGPU gives no device (${String(error)}); use the wasm backend.`);
  }
}
