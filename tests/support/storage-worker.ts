// Saves checkpoints in a worker, as the trainer does, and says how long each took.
import { browserStorage } from '../../src/storage/database.ts';
import { openStorage } from '../../src/storage/storage.ts';
import { resumeRun, saveProgress } from '../../src/storage/runs.ts';
import { progress, RUN } from './storage.ts';

interface Request {
  name: string;
  saves: number;
  parameters: number;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(data: unknown): void;
};

/** Answers with the milliseconds of each save, and the step of the checkpoint that is read back. */
async function answer({ name, saves, parameters }: Request): Promise<unknown> {
  const storage = await openStorage(browserStorage, { name });
  const milliseconds: number[] = [];
  for (let i = 0; i < saves; i++) {
    const next = progress(20 * i, 20 * (i + 1));
    const states = Object.fromEntries(
      Object.keys(next.checkpoint.states).map((key) => [key, new Float32Array(parameters).fill(i)]),
    );
    const large = { ...next, checkpoint: { ...next.checkpoint, states } };
    const start = performance.now();
    await saveProgress(storage, RUN, large);
    milliseconds.push(performance.now() - start);
  }
  const resumed = await resumeRun(storage, RUN);
  storage.close();
  return { milliseconds, step: resumed?.checkpoint?.step, health: storage.health.kind };
}

scope.onmessage = ({ data }) => {
  answer(data).then(
    (result) => scope.postMessage(result),
    (error: unknown) => scope.postMessage({ error: String(error) }),
  );
};
