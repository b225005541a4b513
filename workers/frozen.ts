/** The worker for models from outside: fetches the runtime when a model is opened, and puts it on the port. */
import * as Comlink from 'comlink';
import { createFrozenRuntime, type OpenRuntime } from '../src/session/frozen-runtime.ts';
import { openOrt } from '../src/session/frozen-ort.ts';

/** Why the build for WebGPU can't be used; null where it can. It suspends WASM while the graphics device works. */
async function whyNoWebGPU(): Promise<string | null> {
  if (!('Suspending' in WebAssembly))
    return 'This browser cannot suspend WebAssembly, which the runtime needs for WebGPU.';
  if (!navigator.gpu) return 'This browser has no WebGPU.';
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) return 'This machine offers no graphics adapter.';
  return adapter.info.isFallbackAdapter ? 'The graphics adapter here is software, slower than WASM.' : null;
}

const openRuntime: OpenRuntime = async (bytes, exact) => {
  let whyNot = exact ? 'It is to give the same bits everywhere.' : await whyNoWebGPU();
  if (whyNot === null) {
    try {
      const ort = await import('onnxruntime-web/jspi');
      return { session: await openOrt(ort, bytes, 'webgpu'), backend: 'webgpu', whyNot };
    } catch (error) {
      whyNot = `WebGPU did not take the model: ${String(error).slice(0, 200)}`;
    }
  }
  const ort = await import('onnxruntime-web/wasm');
  return { session: await openOrt(ort, bytes, 'wasm'), backend: 'wasm', whyNot };
};

Comlink.expose(createFrozenRuntime(openRuntime));
