/** Opens a backend by name. The only file that knows them all. */
import type { BackendName, Device } from './backend.ts';
import { openReference } from './reference/index.ts';
import { openWasm } from './wasm/index.ts';
import { openWebgpu } from './webgpu/index.ts';

/** Where the bytes of the WASM backend's kernels lie: to be fetched in a browser, read in Node. */
export const KERNELS = new URL('./wasm/kernels.wasm', import.meta.url);

/** What a backend needs from the place where it runs (page, worker, Node). */
export interface Platform {
  /** The bytes at KERNELS. */
  wasm: () => Promise<BufferSource>;
  /** `navigator.gpu`, or Dawn's in Node; undefined where there is none. */
  gpu: GPU | undefined;
}

/** Throws BackendUnavailableError with the reason when this machine can't run that backend. Never opens another instead. */
export async function openDevice(name: BackendName, platform: Platform): Promise<Device> {
  switch (name) {
    case 'reference':
      return openReference();
    case 'wasm':
      return openWasm(platform.wasm);
    case 'webgpu':
      return openWebgpu(platform.gpu);
    default:
      return name satisfies never;
  }
}
