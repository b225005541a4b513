/** Waiting for a GPU: a lost device's promises may never settle, so each wait also ends by loss or by its deadline. */
import { DeadlineError } from '../../base/errors.ts';

const DEADLINE_SECONDS = 30;
const GRACE_MILLISECONDS = 500;

export class Waits {
  private readonly waiting = new Set<(error: Error) => void>();
  private ended: Error | undefined;

  /** All waits, now and later, end with this error. */
  end(error: Error): void {
    this.ended ??= error;
    for (const reject of this.waiting) reject(error);
    this.waiting.clear();
  }

  /** Throws if the waits have ended. */
  check(): void {
    if (this.ended !== undefined) throw this.ended;
  }

  /** `turns`: how many pieces of queued work the wait may have to sit through; each gets its own deadline. */
  async for<T>(work: Promise<T>, what: string, turns = 1): Promise<T> {
    this.check();
    const seconds = DEADLINE_SECONDS * Math.max(1, turns);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop: (error: Error) => void = () => undefined;
    const cut = new Promise<never>((_, reject) => {
      stop = reject;
      this.waiting.add(stop);
      timer = setTimeout(() => {
        reject(
          new DeadlineError(
            `${what}: the GPU gave no answer for ${seconds} s. Use a smaller batch, or the wasm backend.`,
          ),
        );
      }, seconds * 1000);
    });
    try {
      return await Promise.race([work.catch((error: unknown) => this.explain(error)), cut]);
    } finally {
      clearTimeout(timer);
      this.waiting.delete(stop);
    }
  }

  /** A buffer's map can fail an instant before the loss that caused it is told: the loss is the better answer. */
  private async explain(error: unknown): Promise<never> {
    if (this.ended === undefined) await new Promise((resolve) => setTimeout(resolve, GRACE_MILLISECONDS));
    throw this.ended ?? error;
  }
}
