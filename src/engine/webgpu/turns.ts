/** Work for the GPU's queue, in the order in which it was asked for. */

const nothing = (): void => undefined;

export class Turns {
  private last: Promise<void> | undefined;

  /** Done before this returns where nothing waits, except for what `work` itself waits for. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last === undefined ? work() : this.last.then(work);
    const last = result.then(nothing, nothing);
    this.last = last;
    void last.then(() => {
      if (this.last === last) this.last = undefined;
    });
    return result;
  }

  /** As `take`, for work that neither waits nor fails. */
  takeNow(work: () => void): void {
    if (this.last === undefined) work();
    else void this.take(() => Promise.resolve(work()));
  }

  /** When nothing waits any more. */
  async settled(): Promise<void> {
    while (this.last !== undefined) await this.last;
  }
}
