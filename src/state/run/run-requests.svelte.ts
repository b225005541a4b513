/**
 * What the page asks of the worker that trains. The page's whole part of a change is here: of what comes quickly the newest
 * waits until the run is open, then goes to the worker, and an answer that says no is shown to the visitor.
 */
import type { ErrorData } from '../../base/errors.ts';
import type { TitledRunKey } from '../../session/keeper.ts';
import type { BackendReport, LabelsChange, Reply, ToldRun } from '../../session/protocol.ts';
import type { TakenKind } from '../../session/take-away.ts';
import type { HandleListener, OpenOptions, TrainerHandle } from '../../session/trainer-handle.ts';
import type { Tokens } from '../../worlds/world.ts';
import { Newest } from './newest.ts';

type Call = TrainerHandle['call'];

export abstract class RunRequests {
  /** Something that happened and has been dealt with, as a sentence. */
  notice = $state('');
  /** The worker holds a run: also after a failure that kept the last good parameters. */
  alive = $state(false);
  /** The step from which on the loss of now is trained. */
  lossFrom = $state(1);
  /** Losses that are on their way to the run, so that `lossFrom` still tells of the one before. */
  lossesOnTheWay = $state(0);

  #handle: TrainerHandle | null = null;
  readonly #numbers = this.newest<number>((value, path) => this.ask('setNumber', path, value));
  readonly #objective = this.newest<object>((objective) => this.#sendObjective(objective));
  readonly #labels = this.newest<LabelsChange>((change) => this.ask('setLabels', change));

  /** Resolves when the run that is being opened is open: true; false where there is none. */
  abstract ready(): Promise<boolean>;

  // The worker

  /** Loads what runs the worker, with the first run that is opened. Rejects where that fails; the next call tries again. */
  protected async load(listener: HandleListener): Promise<void> {
    const { TrainerHandle: Handle } = await import('../../session/trainer-handle.ts');
    this.#handle ??= new Handle(listener);
  }

  protected async openIn(options: OpenOptions): Promise<Reply<BackendReport>> {
    return this.#handle?.open(options) ?? NO_RUN;
  }

  /** Ends the worker; the next `load` starts another. */
  protected end(): void {
    this.#handle?.stop();
    this.#handle = null;
  }

  /** Another run is to be opened: what was meant for the one before means nothing to it. */
  protected forgetChanges(): void {
    for (const waiting of [this.#numbers, this.#objective, this.#labels]) waiting.drop();
    this.lossFrom = 1;
  }

  /** Asks the worker about the run that is open. */
  readonly call: Call = (name, ...rest) =>
    this.#handle?.call(name, ...rest) ?? (Promise.resolve(NO_RUN) as ReturnType<Call>);

  /** The same; an answer that says no is shown to the visitor. */
  readonly ask: Call = (name, ...rest) => {
    const handle = this.#handle;
    const asked = this.call(name, ...rest);
    void asked.then((reply) => {
      // what was asked of a worker that the page itself has ended is nobody's any more
      if (!reply.ok && this.#handle === handle) this.notice = reply.error.message;
    });
    return asked;
  };

  /** What is asked quicker than the worker answers. */
  newest<T>(send: (value: T, name: string) => Promise<unknown>): Newest<T> {
    return new Newest(() => this.ready(), send);
  }

  // What is changed while it is open

  /** A slider in motion does not queue up. */
  setNumber(path: string, value: number): Promise<void> {
    return this.#numbers.put(value, path);
  }

  /** Numbers of the objective before are of no use any more. */
  setObjective(objective: object): Promise<void> {
    this.#numbers.drop((path) => path.startsWith('objective.'));
    this.lossesOnTheWay++;
    return this.#objective.put(objective).finally(() => this.lossesOnTheWay--);
  }

  async #sendObjective(objective: object): Promise<void> {
    const reply = await this.ask('setObjective', objective);
    if (reply.ok) this.lossFrom = reply.value.step;
  }

  /** Another `loop` of the recipe; false where the run refuses it. */
  async setLoop(loop: object): Promise<boolean> {
    return !(await this.ready()) || (await this.ask('setLoop', loop)).ok;
  }

  setLabels(change: LabelsChange): Promise<void> {
    return this.#labels.put(change);
  }

  // What it is told to do

  async train(): Promise<void> {
    this.notice = '';
    await this.ask('train');
  }

  async pause(): Promise<void> {
    await this.ask('pause');
  }

  async stepOnce(): Promise<void> {
    this.notice = '';
    await this.ask('step');
  }

  /** As a driver's reset would; for tests. */
  async loseDevice(): Promise<void> {
    await this.ask('loseDevice');
  }

  // What it is asked for; null where that can't be had, and a notice says why

  async samplePair(prompt: string, index: number): Promise<{ a: Tokens; b: Tokens } | null> {
    return (await this.ready()) ? had(this.ask('samplePair', prompt, index)) : null;
  }

  /** What a link to the run says. */
  async told(): Promise<ToldRun | null> {
    return (await this.ready()) ? had(this.ask('told')) : null;
  }

  /** The model, or a folder that trains it elsewhere, as the bytes of a zip. */
  async takeAway(kind: TakenKind): Promise<Uint8Array<ArrayBuffer> | null> {
    return (await this.ready()) ? had(this.ask('takeAway', kind)) : null;
  }

  /** The run by itself, as the text of a file; null without a worker, or before the first step. Says nothing of why. */
  async capsule(place: TitledRunKey): Promise<string | null> {
    return this.alive ? had(this.call('capsule', place)) : null;
  }

  /** Saves the run as it is now, if it is kept at all. */
  async save(): Promise<boolean> {
    return this.alive && (await had(this.call('save'))) === true;
  }

  /** Keeps a run that was kept nowhere from now on, and all that it was so far; true once that is on disk. */
  async keepAt(place: TitledRunKey): Promise<boolean> {
    return (await had(this.ask('keepAt', place))) === true;
  }
}

async function had<T>(answer: Promise<Reply<T>>): Promise<T | null> {
  const reply = await answer;
  return reply.ok ? reply.value : null;
}

const NO_RUN: { ok: false; error: ErrorData } = {
  ok: false,
  error: { name: 'StateError', message: 'No run is open. Reset opens one.' },
};
