/** A worker that holds jax-js and nothing of ours; its own name says which form runs. */
import { defaultDevice, init } from '@jax-js/jax';
import * as Comlink from 'comlink';
import { createPeer, PEER_FORMS } from './peer.ts';
import type { Subject } from './subject.ts';
import { workload } from '../src/session/device-workload.ts';

const form = self.name as keyof typeof PEER_FORMS;
const backend = form === 'jax-js-webgpu' ? 'webgpu' : 'wasm';
const work = workload();
let step: (k: number) => Promise<number>;
let made = 0;

async function timed(count: number, before?: () => void): Promise<{ ms: number; losses: number[] }> {
  const losses: number[] = [];
  const start = performance.now();
  before?.();
  for (let i = 0; i < count; i++) losses.push(await step(++made));
  return { ms: performance.now() - start, losses };
}

const subject: Subject = {
  open: async () => {
    const start = performance.now();
    const there = await init(backend);
    if (!there.includes(backend)) throw new Error(`jax-js has no ${backend} here`);
    defaultDevice(backend);
    const threads = form === 'jax-js-wasm-threads' ? `, ${navigator.hardwareConcurrency} threads` : '';
    return { ms: performance.now() - start, description: `jax-js ${backend}${threads}` };
  },
  first: () => timed(1, () => (step = createPeer(work, PEER_FORMS[form]))),
  steps: (count) => timed(count),
};
Comlink.expose(subject);
