/** What the page changes in a run while it is open: of what comes quickly, the newest goes to the worker. One writer: the run. */
import type { LabelsChange } from '../../session/protocol.ts';
import { Newest } from './newest.ts';
import type { RunLine } from './run-line.ts';

export class RunChanges {
  /** The step from which on the loss of now is trained. */
  lossFrom = $state(1);

  /** Losses that are on their way to the run, so that `lossFrom` still tells of the one before. */
  lossesOnTheWay = $state(0);

  readonly #numbers: Newest<number>;
  readonly #objective: Newest<object>;
  readonly #labels: Newest<LabelsChange>;

  constructor(private readonly line: RunLine) {
    const ready = (): Promise<boolean> => line.ready();
    this.#numbers = new Newest(ready, (value, path) => line.ask('setNumber', path, value));
    this.#objective = new Newest(ready, (objective) => this.#sendObjective(objective));
    this.#labels = new Newest(ready, (change) => line.ask('setLabels', change));
  }

  /** Another run is to be opened: what was meant for the one before means nothing to it. */
  begin(): void {
    this.#numbers.drop();
    this.#objective.drop();
    this.#labels.drop();
    this.lossFrom = 1;
  }

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
    const reply = await this.line.ask('setObjective', objective);
    if (reply.ok) this.lossFrom = reply.value.step;
  }

  /** Another `loop` of the recipe; false where the run refuses it. */
  async setLoop(loop: object): Promise<boolean> {
    return !(await this.line.ready()) || (await this.line.ask('setLoop', loop)).ok;
  }

  setLabels(change: LabelsChange): Promise<void> {
    return this.#labels.put(change);
  }
}
