/** Compiles the WASM module and checks it; says why when this machine can't run it. Imports nothing but its memory. */
import { BackendUnavailableError } from '../../base/errors.ts';
import type { KernelExports } from './exports.ts';
import { KERNEL_NAMES } from './exports.ts';

/** A module whose one function leaves an i8x16.splat on the stack, as i32: valid only where there is SIMD. */
const SIMD_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
); // prettier-ignore

export interface KernelModule {
  kernels: KernelExports;
  memory: WebAssembly.Memory;
}

export async function instantiateKernels(bytes: BufferSource): Promise<KernelModule> {
  if (typeof WebAssembly !== 'object') {
    throw new BackendUnavailableError('This browser has no WebAssembly; use a current one.');
  }
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new BackendUnavailableError(
      'This browser has WebAssembly without SIMD; use one from 2023 or later.',
    );
  }
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
