/** Everything that the WASM module exports: one kernel an op, and the scratch that some of them need. */
export * from './elementwise';
export * from './shape';
export * from './axis';
export * from './matmul';
export * from './decoder';
export * from './attention';
export * from './vocabulary';
export * from './adamw';
export * from './generate';
export * from './sample';

/** The first byte that belongs to nobody here: tables of the library's `pow` lie below it. */
export function heapBase(): usize {
  return __heap_base;
}
