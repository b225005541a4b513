/** A model that somebody brings: a zip, the files of its folder, or the two that it can't do without. */
import { CheckpointError } from '../base/errors.ts';
import { CHECKPOINT_FILES, readCheckpoint } from '../models/checkpoint/index.ts';
import { mistake, quoted } from '../models/checkpoint/mistake.ts';
import type { LmConfig, LmSize } from '../models/lm/config.ts';
import { LM_SIZES, lmConfig } from '../models/lm/config.ts';
import { modelWords, type World } from '../worlds/world.ts';
import { filesOfZip } from './archive.ts';
import { readTokenizerJson, writeTokenizerJson } from '../data/vocabulary/tokenizer-json.ts';
import { parametersDigest } from './model.ts';

export interface GivenModel {
  size: LmSize;
  config: LmConfig;
  /** The flat block [P]. */
  parameters: Float32Array;
  digest: string;
}

/** The model, or in a sentence with a cure why it is none. */
export type ReadModel = { ok: true; model: GivenModel } | { ok: false; why: string };

/** What is read of a folder. */
const READ: readonly string[] = [...CHECKPOINT_FILES, 'tokenizer.json'];
const CURE = 'Choose a zip that was exported here, or config.json, model.safetensors and tokenizer.json.';

/** `files` by name, as they were chosen. The model that they are, if it is one of this world's; else what is wrong. */
export function readModel(
  files: Readonly<Record<string, Uint8Array>>,
  world: Pick<World, 'name' | 'words' | 'context' | 'tokenizer'>,
): ReadModel {
  try {
    const folder = folderOf(files);
    const { config, parameters, words } = readCheckpoint(folder);
    sameTokenizer(folder['tokenizer.json'], world);
    const size = sizeOf(config, world);
    sameWords(words, world);
    return { ok: true, model: { size, config, parameters, digest: parametersDigest(parameters) } };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return { ok: false, why: error.message };
  }
}

/** One zip is taken apart; a zip may hold the folder inside another (as `checkpoint/` in a folder for a cluster). */
function folderOf(files: Readonly<Record<string, Uint8Array>>): Record<string, Uint8Array> {
  const names = Object.keys(files);
  const [first] = names;
  if (names.length !== 1 || first === undefined || !isZip(files[first] as Uint8Array)) return { ...files };
  const wanted = (path: string): boolean => READ.includes(path.slice(path.lastIndexOf('/') + 1));
  const inside = filesOfZip(files[first] as Uint8Array, wanted);
  const folders = new Set(Object.keys(inside).map((path) => path.slice(0, path.lastIndexOf('/') + 1)));
  if (folders.size > 1)
    throw mistake('zip', 'one model', `models in ${folders.size} folders, ${quoted([...folders])}`, CURE);
  if (folders.size === 0) throw mistake('zip', READ.join(', '), 'none of them', CURE);
  return Object.fromEntries(
    Object.entries(inside).map(([path, file]) => [path.slice(path.lastIndexOf('/') + 1), file]),
  );
}

const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);

/** The size whose configuration it has to the letter; else what differs from the nearest. */
function sizeOf(config: LmConfig, { name, words, context }: Pick<World, 'name' | 'words' | 'context'>): LmSize {
  const differing = LM_SIZES.map((size) => {
    const own = lmConfig(size, words.length, context);
    const keys = (Object.keys(own) as (keyof LmConfig)[]).filter((key) => own[key] !== config[key]);
    return { size, own, keys };
  }).sort((a, b) => a.keys.length - b.keys.length);
  const nearest = differing[0] as (typeof differing)[number];
  if (nearest.keys.length === 0) return nearest.size;
  const list = (of: LmConfig): string => nearest.keys.map((key) => `${key} ${of[key]}`).join(', ');
  const cure = `A run on the world ${name} starts from models of its own words and sizes (${LM_SIZES.join(', ')}).`;
  throw mistake('config.json', `${list(nearest.own)}, as ${name}-${nearest.size} has`, list(config), cure);
} // prettier-ignore

/** Byte-level BPE takes texts apart by its merges, a vocabulary of words by its pattern: the same words alone are not enough. */
function sameTokenizer(file: Uint8Array | undefined, world: Pick<World, 'name' | 'tokenizer'>): void {
  if (file === undefined) return; // told by `sameWords`
  const given = readTokenizerJson(new TextDecoder().decode(file));
  const { tokenizer, name } = world;
  if (tokenizer === undefined) {
    if (given.ok)
      throw mistake(
        'tokenizer.json',
        `words between spaces, as ${name} has them`,
        KIND[given.value.kind],
        OPEN_DATA,
      );
    return;
  }
  const own = readTokenizerJson(tokenizer.json());
  if (given.ok && own.ok && writeTokenizerJson(given.value) === writeTokenizerJson(own.value)) return;
  const received = given.ok
    ? `another: ${KIND[given.value.kind]} with ${given.value.words.length} words`
    : 'one that no page of one’s own data wrote';
  throw mistake('tokenizer.json', `the tokenizer of ${name}`, received, OPEN_DATA);
}

const KIND = { bpe: 'byte-level BPE', words: 'words of somebody’s own data' };
const OPEN_DATA =
  'A model that was taught on data of one’s own starts runs on that data: open its file on the page Your data with the same vocabulary and context, or name it with --data, and bring the model there.';

function sameWords(given: readonly string[] | undefined, { name, ...world }: Pick<World, 'name' | 'words' | 'tokenizer'>): void {
  const words = modelWords(world);
  const cure = `A run on the world ${name} needs a model that was trained on its words.`;
  if (given === undefined)
    throw mistake('file tokenizer.json', 'to be in the folder', 'nothing', 'Choose it too: it says which words the numbers stand for.'); // prettier-ignore
  const at = words.findIndex((word, i) => word !== given[i]);
  if (at >= 0)
    throw mistake(`tokenizer.json, word ${at}`, quoted(words[at]), quoted(given[at]), cure);
} // prettier-ignore
