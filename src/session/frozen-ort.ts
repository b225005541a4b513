/** onnxruntime-web as a runtime for models from outside: one thread, no headers asked of the host. */
import type * as Ort from 'onnxruntime-web';
import type { RuntimeInput, RuntimeSession } from './frozen-model.ts';

/** What is used of the library; its builds for WASM and WebGPU both have it. */
export type OrtLibrary = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>;

/** Throws what the library says against the file. */
export async function openOrt(
  { InferenceSession, Tensor, env }: OrtLibrary,
  bytes: Uint8Array,
  backend: 'webgpu' | 'wasm',
): Promise<RuntimeSession> {
  // more threads would need a shared memory, which a page has only with special headers
  env.wasm.numThreads = 1;
  env.logLevel = 'fatal';
  const session = await InferenceSession.create(bytes, {
    executionProviders: [backend],
    // 4: what goes wrong is thrown, too, and said to the visitor
    logSeverityLevel: 4,
  });
  const tensor = ({ type, dims, values }: RuntimeInput): Ort.Tensor =>
    type === 'int64'
      ? new Tensor('int64', BigInt64Array.from(values, BigInt), dims)
      : new Tensor('int32', Int32Array.from(values), dims);
  return {
    run: async (inputs, output) => {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, tensor(input)]));
      const results = await session.run(feeds, [output]);
      const result = results[output];
      if (result?.type !== 'float32')
        throw new Error(`the output is ${result?.type ?? 'missing'}, not float32`);
      return { dims: result.dims, values: (await result.getData()) as Float32Array };
    },
    release: () => session.release(),
  };
}
