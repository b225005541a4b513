/** The page's side of the worker that makes worlds of data, and models that know their language. */
import type { BuiltWorld, WorldChoices } from '../data/build.ts';
import type { PackedDataset } from '../data/read/packed.ts';
import type { Reply } from './protocol.ts';
import { RunHandle, type RunListener } from './run-handle.ts';
import type { BringRequest, TaughtBase, TeachApi, TeachEvent } from './teach-protocol.ts';

/** Generous: a large file is encoded in one go, on whatever processor there is. */
const BUILD_SECONDS = 300;

export class TeachHandle extends RunHandle<TeachApi, TeachEvent> {
  constructor(listener: RunListener<TeachEvent>) {
    super(
      {
        name: 'teacher',
        words: { who: 'The worker', cure: 'Begin again.', none: 'No model is open. Begin again.' },
        seconds: { open: 120, taught: 120, call: 60 },
      },
      listener,
    );
  }

  build(dataset: PackedDataset, choices: WorldChoices): Promise<Reply<BuiltWorld>> {
    this.line.start();
    return this.line.ask(BUILD_SECONDS, (api) => api.build(dataset, choices));
  }

  /** The model learns no more, and nothing is heard of it any more. */
  close(): void {
    void this.call('pause'); // one that is not open any more refuses, and that is as well
    this.forget();
  }

  /** What was kept: checked, and measured anew. */
  bring(request: BringRequest): Promise<Reply<TaughtBase>> {
    this.line.start();
    return this.line.ask(BUILD_SECONDS, (api) => api.bring(request));
  }
}
