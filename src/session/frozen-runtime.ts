/** Models from outside, behind a worker's port: looked into, opened under a mapping, asked. Errors leave as data. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { InvalidInputError, StateError, errorToData, type Issue } from '../base/errors.ts';
import { originOf } from '../models/onnx/ours.ts';
import { readOnnx } from '../models/onnx/read.ts';
import { BOS } from '../worlds/world.ts';
import { checkMapping, checkNamed } from './frozen-mapping.ts';
import { frozenModel, type FrozenModel, type RuntimeSession } from './frozen-model.ts';
import type { FrozenApi, FrozenFile, FrozenReport } from './frozen-protocol.ts';
import type { Reply } from './protocol.ts';
import { refuseAnotherBuild } from './same-build.ts';

/**
 * Makes a session of a file that was looked into; rejects with an Error that says what the runtime has against it. `exact`:
 * on WASM.
 */
export type OpenRuntime = (
  bytes: Uint8Array,
  exact: boolean,
) => Promise<FrozenReport & { session: RuntimeSession }>;

/** A model that is open, and the same for whoever needs the same bits everywhere, once that was asked for. */
interface Opened {
  model: FrozenModel;
  sessions: RuntimeSession[];
  exact(): Promise<FrozenModel>;
}

export function createFrozenRuntime(openRuntime: OpenRuntime): FrozenApi {
  let looked: { bytes: Uint8Array; file: FrozenFile } | null = null;
  let open: Opened | null = null;

  const shut = async (): Promise<void> => {
    const before = open;
    open = null;
    for (const session of before?.sessions ?? []) await session.release();
  };
  const opened = (): Opened => {
    if (open) return open;
    throw new StateError('No model is open. Choose an .onnx file first.');
  };
  const start = async (bytes: Uint8Array, exact: boolean): ReturnType<OpenRuntime> => {
    const { session, ...report } = await openRuntime(bytes, exact).catch((error: unknown) => refused(error));
    return { session: guarded(session), ...report };
  };

  return {
    greet: refuseAnotherBuild,
    inspect: (bytes) =>
      replied(async () => {
        await shut();
        const read = readOnnx(bytes);
        if (!read.ok) throw new InvalidInputError(read.issues);
        const { opset, producer, parameters, nodes, inputs, outputs } = read.value;
        const file = { bytes: bytes.length, sha256: bytesToHex(sha256(bytes)), opset, producer, parameters, nodes, inputs, outputs, origin: originOf(read.value) }; // prettier-ignore
        looked = { bytes, file };
        return file;
      }),
    open: (mapping, setting) =>
      replied(async () => {
        await shut();
        if (!looked) throw new StateError('No file was looked into. Choose an .onnx file first.');
        const { bytes, file } = looked;
        const issues = checkMapping(file, mapping, setting);
        if (issues.length > 0) throw new InvalidInputError(issues);
        const { session, ...report } = await start(bytes, false);
        const model = frozenModel(session, file, mapping, setting);
        try {
          // what shapes promise is not yet what comes out: two sequences of different lengths
          await model.scores([
            { prompt: [BOS], response: [BOS] },
            { prompt: [BOS], response: [BOS, BOS] },
          ]);
        } catch (error) {
          await session.release();
          throw error;
        }
        const sessions = [session];
        let exact: Promise<FrozenModel> | null = null;
        const openExact = async (): Promise<FrozenModel> => {
          const unnamed = checkNamed(file, mapping);
          if (unnamed.length > 0) throw new InvalidInputError(unnamed);
          if (report.backend !== 'wasm') sessions.push((await start(bytes, true)).session);
          return frozenModel(sessions.at(-1) as RuntimeSession, file, mapping, setting, true);
        };
        open = { model, sessions, exact: () => (exact ??= openExact()) };
        return report;
      }),
    scores: (sequences) => replied(() => opened().model.scores(sequences)),
    logps: (sequences) => replied(() => opened().model.logps(sequences)),
    measure: (sequences) => replied(async () => (await opened().exact()).logps(sequences)),
    sample: (prompt, seed, streams) => replied(() => opened().model.sample(prompt, seed, streams)),
  };
}

async function replied<T>(work: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: errorToData(error) };
  }
}

const guarded = (session: RuntimeSession): RuntimeSession => ({
  run: (inputs, output) => session.run(inputs, output).catch((error: unknown) => refused(error)),
  release: () => session.release(),
});

/** Longest part of a runtime's own words that is shown. */
const LONGEST = 300;

/** What is said when the runtime itself could not be had: the import of its script, or its WASM. */
const NOT_LOADED =
  /no available backend|dynamically imported module|Importing a module script|failed to fetch/i;

/** The runtime's words without the places in its source. */
function refused(error: unknown): never {
  if (error instanceof InvalidInputError) throw error;
  const words = error instanceof Error ? error.message : String(error);
  if (NOT_LOADED.test(words)) {
    const issue: Issue = {
      code: 'frozen/no-runtime',
      at: 'the runtime',
      expected: 'its files from this site',
      received: words.slice(0, LONGEST),
      cure: 'Check the connection, then choose the file again.',
    };
    throw new InvalidInputError([issue]);
  }
  const received = words
    .replace(/^.*ERROR_MESSAGE:\s*/s, '')
    .replace(/\S*\/onnxruntime\/\S*:\d+\s[^]*?\)\s(?=[A-Z])/, '')
    .slice(0, LONGEST);
  const issue: Issue = {
    code: 'frozen/runtime',
    at: 'the runtime',
    expected: 'a model that it can run',
    received,
    cure: 'Export the model again with standard operators, opset_version=17 and dynamic axes.',
  };
  throw new InvalidInputError([issue]);
}
