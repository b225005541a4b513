/**
 * Makes worlds of data and teaches models their language, in slices between which messages are heard. On WASM, so that the
 * same file and steps give the same base policy, bit for bit, in every browser.
 */
import { digest } from '../base/digest.ts';
import { errorToData, InvalidInputError, StateError, type Issue } from '../base/errors.ts';
import { buildWorld } from '../data/build.ts';
import { unpacked } from '../data/read/packed.ts';
import type { DataWorld } from '../data/world.ts';
import { LM_SIZES, lmConfig, parameterCount, type LmSize } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import { firstPicture } from '../runs/first-picture.ts';
import type { Pretraining, PretrainRow } from '../runs/pretraining.ts';
import { openPretraining, pretrainSettings } from '../runs/pretraining.ts';
import type { FirstPicture } from '../runs/views.ts';
import type { Device } from '../engine/backend.ts';
import type { Prompt } from '../worlds/world.ts';
import type { TrainerSurroundings } from './open-session.ts';
import { openOwnWorld } from './own-world.ts';
import { createPace } from './pace.ts';
import type { Reply } from './protocol.ts';
import { createTurns, reply } from './reply.ts';
import { refuseAnotherBuild } from './same-build.ts';
import type {
  BringRequest,
  Learned,
  TaughtBase,
  TeachApi,
  TeachEvent,
  TeachPhase,
  TeachRequest,
} from './teach-protocol.ts';

/** Held-out texts behind a perplexity, samples shown, and updates between two such looks. */
const TEXTS = 128;
const SAMPLES = 4;
const HEARD_EVERY = 25;

interface Open {
  runId: string;
  world: DataWorld;
  size: LmSize;
  prompt: Prompt;
  device: Device;
  pretraining: Pretraining;
  phase: TeachPhase;
}

type Body = TeachEvent extends infer E ? (E extends TeachEvent ? Omit<E, 'runId'> : never) : never;

export function createTeacher(around: Omit<TrainerSurroundings, 'openKeeper'>): TeachApi {
  let listener: (event: TeachEvent) => void = () => undefined;
  let open: Open | null = null;
  /** Whatever touches the device takes its turn. */
  const inTurn = createTurns();
  const withModel = <T>(runId: string, work: (one: Open) => Promise<T> | T): Promise<Reply<T>> =>
    reply(() => {
      if (open?.runId !== runId) throw new StateError('this model is not open any more; begin again.');
      return work(open);
    });
  const tell = (one: Open, body: Body): void => {
    if (open === one) listener({ runId: one.runId, ...body });
  };

  const begin = async ({
    runId,
    world: encoded,
    size,
    steps,
    batch,
    seed,
  }: TeachRequest): Promise<number> => {
    const before = open;
    open = null;
    await inTurn(() => Promise.resolve(before?.device.dispose()));
    const world = openOwnWorld(encoded);
    const config = lmConfig(size, world.words.length, world.context);
    const device = await around.openDevice('wasm');
    try {
      const settings = pretrainSettings(steps, batch);
      const pretraining = await openPretraining(world, config, settings, seed, device);
      const prompt = (world.prompts.find(({ split }) => split === 'held-out') ?? world.prompts[0]) as Prompt;
      open = { runId, world, size, prompt, device, pretraining, phase: 'ready' };
      return parameterCount(config);
    } catch (error) {
      device.dispose();
      throw error;
    }
  };

  const hear = async (one: Open): Promise<void> => {
    const { pretraining, prompt, world } = one;
    const streams = Array.from({ length: SAMPLES }, (_, i) => i);
    const [perplexity, responses] = await inTurn(async () => [
      await pretraining.perplexity(TEXTS),
      await pretraining.sample(prompt, streams),
    ]);
    const samples = responses.map((tokens) => world.decode(tokens));
    tell(one, {
      kind: 'heard',
      heard: { step: pretraining.step, perplexity, prompt: prompt.text, samples },
    });
  };

  /** To the last step, to `until`, or until the phase is another. */
  const advance = async (one: Open, until = Infinity): Promise<void> => {
    const { pretraining } = one;
    const { steps } = pretraining.settings;
    const end = Math.min(steps, until);
    const pace = createPace();
    const progress = (rows: PretrainRow[]): void =>
      tell(one, {
        kind: 'progress',
        phase: one.phase,
        step: pretraining.step,
        rows,
        stepsPerSecond: pace.stepsPerSecond(),
      });
    one.phase = 'running';
    try {
      if (pretraining.step === 0) await hear(one);
      progress([]);
      while (open === one && one.phase === 'running' && pretraining.step < end) {
        const left = HEARD_EVERY - (pretraining.step % HEARD_EVERY);
        const count = Math.min(pace.nextSlice(), left, end - pretraining.step);
        const began = around.now();
        const rows = await inTurn(() => pretraining.advance(count));
        pace.record(rows.length, around.now() - began);
        if (pretraining.step >= steps) one.phase = 'finished';
        else if (pretraining.step >= end) one.phase = 'paused';
        progress(rows);
        if (pretraining.step % HEARD_EVERY === 0 || pretraining.step >= end) await hear(one);
        await around.pause();
      }
      progress([]);
    } catch (error) {
      if (open !== one) return;
      one.phase = 'failed';
      progress([]);
      tell(one, { kind: 'failed', error: errorToData(error) });
    }
  };

  const learned = async ({ pretraining, size }: Open): Promise<Learned> => {
    const [step, parameters] = await inTurn(async () => [pretraining.step, await pretraining.parameters()]);
    return { size, parameters, digest: digestOf(parameters), step };
  };

  const taught = async (one: Open): Promise<TaughtBase> => {
    if (one.phase === 'running') one.phase = 'paused';
    const now = await learned(one);
    const { config } = one.pretraining;
    return { ...now, picture: await pictureOf(one.world, { config, parameters: now.parameters }) };
  };

  const pictureOf = async (world: DataWorld, base: Base): Promise<FirstPicture> =>
    firstPicture(world, base, await around.openDevice('wasm'));

  const bring = async ({
    world: encoded,
    size,
    parameters,
    digest,
    step,
  }: BringRequest): Promise<TaughtBase> => {
    const found = LM_SIZES.find((one) => one === size);
    const world = openOwnWorld(encoded);
    const config = found && lmConfig(found, world.words.length, world.context);
    const whole = config && parameters.length === parameterCount(config) && digestOf(parameters) === digest;
    if (!whole) throw new InvalidInputError([damaged(encoded.file)]);
    const picture = await pictureOf(world, { config, parameters });
    return { size: found, parameters, digest, step, picture };
  };

  return {
    subscribe: (next, build) => {
      refuseAnotherBuild(build);
      listener = next;
    },
    build: ({ name, pairs }, choices) =>
      reply(() => {
        const built = buildWorld({ name, pairs: unpacked(pairs) }, choices);
        if (!built.ok) throw new InvalidInputError(built.issues);
        return built.value;
      }),
    open: (request) => reply(() => begin(request)),
    train: (runId, until) =>
      withModel(runId, (one) => {
        if (one.phase === 'ready' || one.phase === 'paused') void advance(one, until);
        return null;
      }),
    pause: (runId) =>
      withModel(runId, (one) => {
        if (one.phase === 'running') one.phase = 'paused';
        return null;
      }),
    learned: (runId) => withModel(runId, learned),
    taught: (runId) => withModel(runId, taught),
    bring: (request) => reply(() => bring(request)),
  };
}

const digestOf = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  digest(new Uint8Array(buffer, byteOffset, byteLength));

const damaged = (file: string): Issue => ({
  code: 'data/damaged',
  at: file,
  expected: 'a model as it was kept',
  received: 'one whose numbers have changed',
  cure: 'Delete what is kept of it, and open the file again.',
});
