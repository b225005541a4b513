/** Models from outside, behind a worker's port: looked into, opened under a mapping, asked. Errors leave as data. */
import { InvalidInputError, StateError, errorToData, type Issue } from '../base/errors.ts';
import { originOf } from '../models/onnx/ours.ts';
import { readOnnx } from '../models/onnx/read.ts';
import { BOS } from '../worlds/world.ts';
import { checkMapping } from './frozen-mapping.ts';
import { frozenModel, type FrozenModel, type RuntimeSession } from './frozen-model.ts';
import type { FrozenApi, FrozenFile, FrozenReport } from './frozen-protocol.ts';
import type { Reply } from './protocol.ts';
import { refuseAnotherBuild } from './same-build.ts';

/** Makes a session of a file that was looked into; rejects with an Error that says what the runtime has against it. */
export type OpenRuntime = (bytes: Uint8Array) => Promise<FrozenReport & { session: RuntimeSession }>;

export function createFrozenRuntime(openRuntime: OpenRuntime): FrozenApi {
  let looked: { bytes: Uint8Array; file: FrozenFile } | null = null;
  let session: RuntimeSession | null = null;
  let model: FrozenModel | null = null;

  const shut = async (): Promise<void> => {
    const before = session;
    [session, model] = [null, null];
    await before?.release();
  };
  const opened = (): FrozenModel => {
    if (model) return model;
    throw new StateError('No model is open. Choose an .onnx file first.');
  };

  return {
    greet: refuseAnotherBuild,
    inspect: (bytes) =>
      replied(async () => {
        await shut();
        const read = readOnnx(bytes);
        if (!read.ok) throw new InvalidInputError(read.issues);
        const { opset, producer, parameters, nodes, inputs, outputs } = read.value;
        const file = { bytes: bytes.length, opset, producer, parameters, nodes, inputs, outputs, origin: originOf(read.value) }; // prettier-ignore
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
        const { session: made, ...report } = await openRuntime(bytes).catch((error: unknown) =>
          refused(error),
        );
        session = made;
        const tried = frozenModel(guarded(made), file, mapping, setting);
        // what shapes promise is not yet what comes out: two sequences of different lengths
        await tried.scores([
          { prompt: [BOS], response: [BOS] },
          { prompt: [BOS], response: [BOS, BOS] },
        ]);
        model = tried;
        return report;
      }),
    scores: (sequences) => replied(() => opened().scores(sequences)),
    logps: (sequences) => replied(() => opened().logps(sequences)),
    sample: (prompt, seed, streams) => replied(() => opened().sample(prompt, seed, streams)),
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
