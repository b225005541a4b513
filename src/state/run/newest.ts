/**
 * What changes quicker than it can be sent: one thing is on its way at a time, and of what comes meanwhile only the newest of
 * each name is sent next.
 */
export class Newest<T> {
  readonly #waiting = new Map<string, T>();
  #sending: Promise<void> | null = null;

  constructor(
    /** Whether there is anybody to send to; what is put meanwhile waits for the answer, and stays where it is no. */
    private readonly ready: () => Promise<boolean>,
    private readonly send: (value: T, name: string) => Promise<unknown>,
  ) {}

  /** Resolves once nothing waits any more, or where there is nobody to send to. */
  async put(value: T, name = ''): Promise<void> {
    this.#waiting.set(name, value);
    if (!(await this.ready()) || this.#waiting.size === 0) return this.#sending ?? undefined;
    await (this.#sending ??= this.#sendAll());
  }

  /** What waits under a name. */
  waiting(name = ''): T | undefined {
    return this.#waiting.get(name);
  }

  /** What waits under such a name is of no use any more. */
  drop(isUseless: (name: string) => boolean = () => true): void {
    for (const name of [...this.#waiting.keys()]) if (isUseless(name)) this.#waiting.delete(name);
  }

  async #sendAll(): Promise<void> {
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const [name, value] = next;
      this.#waiting.delete(name);
      await this.send(value, name);
    }
    this.#sending = null;
  }
}
