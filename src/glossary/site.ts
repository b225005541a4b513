/** Words that this site uses in a sense of its own. */
import type { Entry } from './entry.ts';

export const site = {
  world: {
    term: 'world',
    definition:
      'A small subject to write about: its words, its grammar, its prompts, and the rules by which an oracle may judge. Everything true in it can be computed.',
    see: ['rule', 'oracle'],
  },
  recipe: {
    term: 'recipe',
    definition:
      'One value that says everything a run depends on: world, model, labels, loss, numbers and seed. The same recipe trains the same model.',
  },
  run: {
    term: 'run',
    definition:
      'One training of one model by a recipe. It can be paused, changed on the way, kept and shared.',
  },
  'bit-for-bit': {
    term: 'bit for bit',
    definition:
      'Equal in every bit of every number, not just nearly. On WASM the same recipe gives the same bits in every browser; on a graphics processor it gives nearly the same numbers.',
    see: ['receipt', 'wasm'],
  },
  receipt: {
    term: 'receipt',
    definition:
      'What a run leaves to be checked by: a fingerprint of its final parameters and of every reported number, and marks on the way. Whoever runs the recipe again can say whether, or from which step on, something differs.',
    see: ['bit-for-bit', 'replay'],
  },
  fingerprint: {
    term: 'fingerprint',
    also: 'digest',
    definition: 'A short number computed from much data; if one bit of the data differs, it differs.',
  },
  replay: {
    term: 'replay',
    definition: 'Training a shared run again, step by step, and comparing it with its receipt.',
  },
  checkpoint: {
    term: 'checkpoint',
    definition:
      'The parameters of a model at one moment, written down. A run goes on from its newest one after the page was closed.',
    trl: 'save_steps',
  },
  arm: {
    term: 'arm',
    definition: 'One of the losses in a race. All arms train on the same pairs with the same seeds.',
    see: ['race'],
  },
  race: {
    term: 'race',
    definition:
      'The same recipe under several losses over the same seeds, and which of their differences the seeds bear out.',
    see: ['paired-test'],
  },
  'same-dice': {
    term: 'the same dice',
    definition:
      'Samples before and after training that use the same random numbers, so that they differ only where the policy does.',
    see: ['sampling'],
  },
  onnx: {
    term: 'ONNX',
    definition:
      'A file format for models that many programs run. A model of this site can be taken away as one, and gives the same numbers there up to rounding. Such a file may also judge pairs or be the reference of a run.',
    see: ['reference'],
  },
  wasm: {
    term: 'WASM',
    also: 'WebAssembly',
    definition:
      'Compiled code that every browser runs on the processor. Here it adds in a fixed order, so that its results are equal everywhere.',
    see: ['bit-for-bit'],
  },
  webgpu: {
    term: 'WebGPU',
    definition:
      'A browser’s way to the graphics processor. It trains larger models faster; sums are made in another order, so last digits differ.',
  },
} as const satisfies Record<string, Entry>;
