/**
 * Makes worlds of data and teaches models their language, one at a time. On WASM, so that the same file and steps give the
 * same base policy, bit for bit, in every browser.
 */
import { digest } from '../base/digest.ts';
import { errorToData, InvalidInputError, type Issue } from '../base/errors.ts';
import { buildWorld } from '../data/build.ts';
import { unpacked } from '../data/read/packed.ts';
import type { DataWorld } from '../data/world.ts';
import { LM_SIZES, lmConfig, parameterCount, type LmSize } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';
import { firstPicture } from '../runs/first-picture.ts';
import type { Pretraining, PretrainRow } from '../runs/pretraining.ts';
import { openPretraining, pretrainSettings } from '../runs/pretraining.ts';
import type { FirstPicture } from '../runs/views.ts';
import type { Prompt } from '../worlds/world.ts';
import type { TrainerHost } from './open-session.ts';
import { openOwnWorld } from './own-world.ts';
import { createPort, type Opened } from './port.ts';
import { reply } from './reply.ts';
import { createSlices, nextLook, type Slices, type Trained } from './slices.ts';
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

interface Open extends Opened {
  world: DataWorld;
  size: LmSize;
  pretraining: Pretraining;
}

type Body = TeachEvent extends infer E ? (E extends TeachEvent ? Omit<E, 'runId'> : never) : never;

export function createTeacher(host: TrainerHost): TeachApi {
  const port = createPort<Open, TeachEvent>('this model is not open any more; begin again.');
  const { inTurn, ask, command } = port;

  const make = async (request: TeachRequest): Promise<{ opened: Open; answer: number }> => {
    const { runId, size, steps, batch, seed } = request;
    const world = openOwnWorld(request.world);
    const config = lmConfig(size, world.words.length, world.context);
    const device = await host.openDevice('wasm');
    try {
      const settings = pretrainSettings(steps, batch);
      const pretraining = await openPretraining(world, config, settings, seed, device);
      const tell = (body: Body): void => port.emit({ runId, ...body });
      const slices = createSlices(
        taughtModel(pretraining, world, tell, () => slices),
        host,
        inTurn,
      );
      const opened = { runId, world, size, pretraining, slices, close: () => device.dispose() };
      return { opened, answer: parameterCount(config) };
    } catch (error) {
      device.dispose();
      throw error;
    }
  };

  const pictureOf = async (world: DataWorld, base: Base): Promise<FirstPicture> =>
    firstPicture(world, base, await host.openDevice('wasm'));

  const taught = async (one: Open): Promise<TaughtBase> => {
    await one.slices.pause();
    const now = await learned(one);
    const { config } = one.pretraining;
    return { ...now, picture: await pictureOf(one.world, { config, parameters: now.parameters }) };
  };

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
    subscribe: port.subscribe,
    build: ({ name, pairs }, choices) =>
      reply(() => {
        const built = buildWorld({ name, pairs: unpacked(pairs) }, choices);
        if (!built.ok) throw new InvalidInputError(built.issues);
        return built.value;
      }),
    open: (request) => port.open(request.runId, () => make(request)),
    train: (runId, until) =>
      ask(runId, ({ slices }) => {
        if (slices.phase !== 'failed') slices.train(until);
        return null;
      }),
    pause: (runId) =>
      command(runId, async ({ slices }) => {
        await slices.pause();
        return null;
      }),
    learned: (runId) => command(runId, learned),
    taught: (runId) => command(runId, taught),
    bring: (request) => reply(() => bring(request)),
  };
}

/** Hears the model before its first step, every so many, and when it has come to where it was to come. */
function taughtModel(
  pretraining: Pretraining,
  world: DataWorld,
  tell: (body: Body) => void,
  slices: () => Slices,
): Trained {
  const prompt = (world.prompts.find(({ split }) => split === 'held-out') ?? world.prompts[0]) as Prompt;
  const streams = Array.from({ length: SAMPLES }, (_, i) => i);
  let rows: PretrainRow[] = [];
  const progress = (phase: TeachPhase): void => {
    const { stepsPerSecond } = slices();
    tell({ kind: 'progress', phase, step: pretraining.step, rows, stepsPerSecond });
    rows = [];
  };
  const hear = async (): Promise<void> => {
    const perplexity = await pretraining.perplexity(TEXTS);
    const samples = (await pretraining.sample(prompt, streams)).map((tokens) => world.decode(tokens));
    tell({ kind: 'heard', heard: { step: pretraining.step, perplexity, prompt: prompt.text, samples } });
  };
  return {
    get step() {
      return pretraining.step;
    },
    steps: pretraining.settings.steps,
    stops: async () => {
      if (pretraining.step === 0) await hear();
      return [nextLook(pretraining.step, HEARD_EVERY)];
    },
    advance: async (count) => {
      rows = await pretraining.advance(count);
    },
    look: async (rests) => {
      progress('running');
      if (rests || pretraining.step % HEARD_EVERY === 0) await hear();
    },
    tell: progress,
    failed: (error) => tell({ kind: 'failed', error: errorToData(error) }),
  };
}

async function learned({ pretraining, size }: Open): Promise<Learned> {
  const parameters = await pretraining.parameters();
  return { size, parameters, digest: digestOf(parameters), step: pretraining.step };
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
