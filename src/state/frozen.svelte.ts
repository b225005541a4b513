/**
 * A model from outside on the Lab's page: looked into, mapped, opened, and put to use as a judge, beside the policy's
 * ranking, as the model whose samples are labelled, or as what a run is measured by. One writer: itself. Loaded when somebody asks for it.
 */
import type { ErrorData, Issue } from '../base/errors.ts';
import { sigmoid } from '../base/maths.ts';
import { refuseSize } from '../models/onnx/read.ts';
import type { Ranking } from '../runs/views.ts';
import { FrozenHandle } from '../session/frozen-handle.ts';
import { checkNamed, guessMapping } from '../session/frozen-mapping.ts';
import type { FrozenFile, FrozenMapping, FrozenReport } from '../session/frozen-protocol.ts';
import type { AskReference, Reply } from '../session/protocol.ts';
import { modelWords, type Prompt, type Tokens } from '../worlds/world.ts';
import type { Lab } from './lab/lab.svelte.ts';
import type { Said } from './label/label-log.svelte.ts';

export const JUDGE = 'judge';
/** Draws for one pair: two different responses are all but sure among them. */
const DRAWS = 4;
/** Pairs that are asked about in one call, so that progress shows. */
const AT_ONCE = 10;
/** Responses that a reference reads in one call. */
const MEASURED_AT_ONCE = 16;

export type FrozenStage = 'none' | 'looking' | 'mapping' | 'opening' | 'ready';

/** The judge's scores of the responses that the ranking shows. */
export interface FrozenRanks {
  /** What they are of: `keyOf` the ranking. */
  key: string;
  scores: readonly number[];
}

const keyOf = ({ prompt, responses }: Ranking): string =>
  JSON.stringify([prompt, responses.map(({ tokens }) => tokens)]);

export class Frozen {
  stage = $state<FrozenStage>('none');
  name = $state('');
  file = $state.raw<FrozenFile | null>(null);
  mapping = $state.raw<FrozenMapping | null>(null);
  report = $state.raw<FrozenReport | null>(null);
  /** What is wrong with the file or its mapping. */
  issues = $state.raw<readonly Issue[]>([]);
  /** What went wrong otherwise, as a sentence. */
  message = $state('');
  /** Pairs that the judge is still asked about; null when it is not. */
  judging = $state.raw<{ done: number; of: number } | null>(null);
  ranks = $state.raw<FrozenRanks | null>(null);
  /** Responses that the run waits for it to read; null when it does not. */
  reading = $state.raw<{ done: number; of: number } | null>(null);

  readonly #handle = new FrozenHandle((error) => this.#lost(error));
  /** Grows with every file: what an earlier one still answers is dropped. */
  #turn = 0;
  #ranking = '';

  constructor(private readonly lab: Lab) {}

  /** Looks into a file; opens it where its tensors say by their names what they are. */
  async take(file: File): Promise<void> {
    await this.close();
    const turn = this.#turn;
    this.name = file.name;
    const tooLarge = refuseSize(file.size);
    if (tooLarge) {
      this.issues = tooLarge.issues;
      return;
    }
    this.stage = 'looking';
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (turn === this.#turn)
        this.#fail({ name: 'Error', message: `The file could not be read: ${String(error)}` });
      return;
    }
    const looked = await this.#handle.inspect(bytes);
    if (turn !== this.#turn) return;
    const found = this.#valueOf(looked);
    if (!found) return;
    this.file = found;
    this.stage = 'mapping';
    const guess = guessMapping(found);
    if (guess) await this.open(guess);
  }

  /** Opens the file that was looked into, under this mapping. */
  async open(mapping: FrozenMapping): Promise<void> {
    const { file } = this;
    if (!file) return;
    const turn = this.#turn;
    this.mapping = mapping;
    [this.issues, this.message, this.report] = [[], '', null];
    this.stage = 'opening';
    const world = await this.lab.loadWorld();
    const opened = await this.#handle.call('open', mapping, {
      words: modelWords(world),
      context: world.context,
    });
    if (turn !== this.#turn) return;
    const report = this.#valueOf(opened);
    if (!report) return;
    this.report = report;
    this.stage = 'ready';
    const { sha256 } = file;
    if (this.unfit.length === 0)
      this.lab.offerReference({ sha256, ask: (asked) => this.#measure(asked, turn) });
  }

  /** Back to where names are chosen. */
  remap(): void {
    this.stage = 'mapping';
    void this.#letGo();
  }

  /** Ends the model and its worker. Labels that it gave stay. */
  async close(): Promise<void> {
    this.#turn++;
    this.#handle.stop();
    [this.stage, this.name, this.message] = ['none', '', ''];
    [this.file, this.mapping, this.report, this.issues] = [null, null, null, []];
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    [this.judging, this.ranks, this.#ranking] = [null, null, ''];
    this.reading = null;
    this.lab.offerReference(null);
    if (this.lab.labelActions.sampler) await this.lab.labelActions.setSampler(null);
  }

  /** It labels that many pairs that nobody has seen. */
  async judge(count: number): Promise<void> {
    this.judging = { done: 0, of: count };
    this.message = '';
    try {
      await this.lab.labelActions.labelWith(JUDGE, count, async (pairs) => {
        const said: Said[] = [];
        for (let first = 0; first < pairs.length; first += AT_ONCE) {
          const some = pairs.slice(first, first + AT_ONCE);
          const scores = await this.#scores(some.flatMap(({ prompt, a, b }) => [[prompt.tokens, a], [prompt.tokens, b]])); // prettier-ignore
          some.forEach((_, i) => said.push(saidOf(scores[2 * i] as number, scores[2 * i + 1] as number)));
          this.judging = { done: said.length, of: count };
        }
        return said;
      });
    } catch (error) {
      if (this.stage === 'ready') this.#say(error);
    } finally {
      this.judging = null;
    }
  }

  /** Scores the responses that the ranking shows; they stay the same while the policy trains, and are asked for once. */
  async rank(ranking: Ranking): Promise<void> {
    const key = keyOf(ranking);
    if (this.stage !== 'ready' || this.#ranking === key) return;
    this.#ranking = key;
    const world = await this.lab.loadWorld();
    const prompt = world.prompts.find(({ id }) => id === ranking.prompt);
    if (!prompt) return;
    try {
      const scores = await this.#scores(ranking.responses.map(({ tokens }) => [prompt.tokens, tokens]));
      if (this.#ranking === key) this.ranks = { key, scores };
    } catch (error) {
      if (this.stage === 'ready') this.#say(error);
    }
  }

  /** Null where the scores are not of what the ranking shows now. */
  scoresFor(ranking: Ranking): readonly number[] | null {
    return this.ranks?.key === keyOf(ranking) ? this.ranks.scores : null;
  }

  /** Whether the pairs that are shown are drawn from it. */
  readonly sampling: boolean = $derived.by(() => this.lab.labelActions.sampler !== null);

  async setSampling(on: boolean): Promise<void> {
    await this.lab.labelActions.setSampler(on ? (prompt, index) => this.#pair(prompt, index) : null);
  }

  /** Why it can't be what a run is measured by; empty where it can. */
  readonly unfit: readonly Issue[] = $derived.by(() =>
    this.file && this.mapping ? checkNamed(this.file, this.mapping) : [],
  );

  /** Whether the Lab's run is measured by it. */
  readonly measuring: boolean = $derived.by(
    () => this.file !== null && this.lab.settings.reference?.sha256 === this.file.sha256,
  );

  setMeasuring(on: boolean): void {
    if (this.file) this.lab.controls.measureBy(on ? { kind: 'onnx', sha256: this.file.sha256 } : null);
  }

  /** The run is not opened, or not given the labels that it waits for. */
  stopReading(): void {
    this.reading = null;
  }

  /** For the run, which waits. `turn`: of the file that it is measured by. */
  async #measure(asked: Parameters<AskReference>[0], turn: number): ReturnType<AskReference> {
    const found: number[][] = [];
    const isLong = asked.length > MEASURED_AT_ONCE;
    for (let first = 0; first < asked.length; first += MEASURED_AT_ONCE) {
      if (turn !== this.#turn) return NOT_OPEN;
      if (isLong && first > 0 && this.reading === null) return STOPPED;
      if (isLong) this.reading = { done: first, of: asked.length };
      const reply = await this.#handle.call('measure', asked.slice(first, first + MEASURED_AT_ONCE));
      if (!reply.ok) {
        this.reading = null;
        return reply;
      }
      found.push(...reply.value);
    }
    this.reading = null;
    return { ok: true, value: found };
  }

  async #pair({ tokens }: Prompt, index: number): Promise<{ a: Tokens; b: Tokens } | null> {
    const streams = Array.from({ length: DRAWS }, (_, i) => DRAWS * index + i);
    const sampled = this.#valueOf(await this.#handle.call('sample', tokens, 0, streams));
    const [a, ...others] = sampled ?? [];
    const b = others.find((other) => other.join(' ') !== a?.join(' '));
    return a && b ? { a, b } : null;
  }

  /** Rejects with an Error that says why there are none. */
  async #scores(asked: readonly (readonly [Tokens, Tokens])[]): Promise<number[]> {
    const sequences = asked.map(([prompt, response]) => ({ prompt: [...prompt], response: [...response] }));
    const reply = await this.#handle.call('scores', sequences);
    if (reply.ok) return reply.value;
    throw new Error(reply.error.message);
  }

  #valueOf<T>(reply: Reply<T>): T | null {
    if (reply.ok) return reply.value;
    this.#fail(reply.error);
    return null;
  }

  #fail({ message, issues = [] }: ErrorData): void {
    this.issues = issues;
    this.message = issues.length > 0 ? '' : message;
    if (this.stage === 'looking') this.stage = 'none';
    if (this.stage === 'opening') this.stage = 'mapping';
  }

  #say(error: unknown): void {
    this.message = error instanceof Error ? error.message : String(error);
  }

  /** The worker is gone, and the model with it. */
  #lost({ message }: ErrorData): void {
    this.#turn++;
    [this.stage, this.file, this.report, this.issues] = ['none', null, null, []];
    this.message = message;
    void this.#letGo();
  }
}

const saying = (message: string): { ok: false; error: ErrorData } => ({ ok: false, error: { name: 'StateError', message } }); // prettier-ignore
const NOT_OPEN = saying('The model that this run is measured by was closed. Open its file again under “Models from outside”.'); // prettier-ignore
const STOPPED = saying('The reference was stopped before it had read all responses. Reset lets it read them again.'); // prettier-ignore

/** The confidence is the probability that the choice is right, as Bradley and Terry have it of scores. */
function saidOf(a: number, b: number): Said {
  const choice = a === b ? 'tie' : a > b ? 'a' : 'b';
  return choice === 'tie' ? { choice } : { choice, confidence: sigmoid(Math.abs(a - b)) };
}
