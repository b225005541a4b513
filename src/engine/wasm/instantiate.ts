/** Compiles the WASM module and checks it; says why when this machine can't run it. Imports nothing but its memory. */
import { BackendUnavailableError } from '../../base/errors.ts';
import { whyNoSimd } from '../simd.ts';
import type { KernelExports } from './exports.ts';
import { KERNEL_NAMES } from './exports.ts';

export interface KernelModule {
  kernels: KernelExports;
  memory: WebAssembly.Memory;
}

export async function instantiateKernels(bytes: BufferSource): Promise<KernelModule> {
  const whyNot = whyNoSimd();
  if (whyNot !== null) throw new BackendUnavailableError(whyNot);
  const memory = new WebAssembly.Memory({ initial: 1 });
  let instance: WebAssembly.Instance;
  try {
    ({ instance } = await WebAssembly.instantiate(bytes, { env: { memory } }));
  } catch (error) {
    throw new BackendUnavailableError(
      `kernels.wasm is not a module that runs here (${String(error)}); rebuild it with \`npm run asm\`.`,
    );
  }
  const missing = KERNEL_NAMES.filter((name) => typeof instance.exports[name] !== 'function');
  if (missing.length > 0) {
    throw new BackendUnavailableError(
      `kernels.wasm lacks ${missing.join(', ')}; rebuild it with \`npm run asm\`.`,
    );
  }
  return { kernels: instance.exports as unknown as KernelExports, memory };
}
