/** Whether WASM with SIMD runs here; asked before kernels are fetched, and by the page that says what a device can do. */

/** A module whose one function leaves an i8x16.splat on the stack, as i32: valid only where there is SIMD. */
const SIMD_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
); // prettier-ignore

/** Why not, as a sentence with a cure; null where it does. */
export function whyNoSimd(): string | null {
  if (typeof WebAssembly !== 'object') return 'This browser has no WebAssembly; use a current one.';
  if (!WebAssembly.validate(SIMD_PROBE))
    return 'This browser has WebAssembly without SIMD; use one from 2023 or later.';
  return null;
}
