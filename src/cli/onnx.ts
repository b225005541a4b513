/** `sway onnx`: a trained model as an ONNX file, and what an ONNX file holds. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { InvalidInputError } from '../base/errors.ts';
import { CHECKPOINT_FILES, readCheckpoint } from '../models/checkpoint/index.ts';
import { REWARD_MODEL } from '../models/lm/head.ts';
import { POLICY } from '../models/lm/programs.ts';
import { originOf } from '../models/onnx/ours.ts';
import { readOnnx, refuseSize, type OnnxFile } from '../models/onnx/read.ts';
import type { OnnxValue } from '../models/onnx/tensor-read.ts';
import { rewardOf, writePolicyOnnx, writeRewardOnnx, type LmModel } from '../models/onnx/write.ts';
import { baseOf } from '../runs/base.ts';
import { replay } from '../runs/replay.ts';
import { openRewardRun } from '../runs/reward/run.ts';
import { openRun } from '../runs/runner.ts';
import { lastRecipe } from '../runs/story.ts';
import { checkedIn } from '../recipes/check.ts';
import { modelVocabulary } from '../worlds/world.ts';
import { mistake, parseOptions, type Parsed } from './input.ts';
import { startReward } from './reward.ts';
import { STORY_OPTIONS, start } from './start.ts';
import { openInNode } from './node-host.ts';

export async function onnx(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, { '--json': null, '--reward': null, ...STORY_OPTIONS });
  const [command, from, to, ...rest] = files;
  if (from === undefined || rest.length > 0) return 2;
  if (command === 'export' && to !== undefined) return exportTo(from, to, options);
  if (command === 'inspect' && to === undefined) return inspect(from, options.has('--json'));
  return 2;
}

async function exportTo(from: string, to: string, options: Parsed['options']): Promise<number> {
  const bytes = options.has('--reward')
    ? await trainedReward(from, options)
    : writePolicyOnnx(await policyIn(from, options));
  await writeFile(to, bytes).catch((error: unknown) => {
    throw mistake('no-file', to, 'a file that can be written', String(error), 'Check the path.');
  });
  process.stdout.write(`${to}: ${bytes.length} bytes\n`);
  return 0;
}

async function policyIn(from: string, options: Parsed['options']): Promise<LmModel> {
  const folder = await stat(from).then((found) => found.isDirectory()).catch(() => false); // prettier-ignore
  if (!folder) return trainedModel(from, options);
  const unread = [...options.keys()].find((option) => option in STORY_OPTIONS);
  if (unread === undefined) return modelInFolder(from);
  const cure = `Leave ${unread} out: the model of a folder is written as it is.`;
  throw mistake('argument', unread, 'a recipe or shared run', `the folder ${from}`, cure);
}

/** The reward model that a recipe ends with, trained here on WASM. */
async function trainedReward(file: string, options: Parsed['options']): Promise<Uint8Array> {
  if (options.has('--reference')) {
    const cure = 'Leave --reference out: a reward model is measured by none.';
    throw mistake('argument', '--reference', 'it without --reward', 'both', cure);
  }
  const { recipe, ...from } = await startReward(file, options);
  const { config, parameters } = await baseOf(recipe, from);
  const run = await openRewardRun(recipe, await openInNode('wasm'), config, parameters);
  await run.advance(run.recipe.loop.steps);
  const block = Float32Array.from(await run.device.read(REWARD_MODEL));
  run.device.dispose();
  return writeRewardOnnx(...rewardOf({ config, ...modelVocabulary(run.world) }, block));
}

/** A Hugging Face folder: its tokenizer is the model's vocabulary. */
async function modelInFolder(folder: string): Promise<LmModel> {
  const names = [...CHECKPOINT_FILES, 'tokenizer.json'];
  const files = await Promise.all(
    names.map(async (name) => [name, new Uint8Array(await readable(`${folder}/${name}`))] as const),
  );
  const { words, ...model } = readCheckpoint(Object.fromEntries(files));
  const tokenizer = new TextDecoder().decode(Object.fromEntries(files)['tokenizer.json']);
  return { ...model, words: words ?? [], tokenizer };
}

/** What a recipe or shared run ends with, trained here on WASM. */
async function trainedModel(word: string, options: Parsed['options']): Promise<LmModel> {
  const { state, world, reference, ...from } = await start(word, options);
  const { story, receipt } = state;
  const recipe = checkedIn(world, story.recipe);
  const { config, parameters } = await baseOf(recipe, from);
  const run = await openRun(recipe, await openInNode('wasm'), config, parameters, { reference });
  const slices = replay(run, story, receipt?.steps ?? lastRecipe(story).loop.steps);
  while (!(await slices.next()).done) continue;
  const trained = Float32Array.from(await run.device.read(POLICY));
  run.device.dispose();
  return { config, parameters: trained, ...modelVocabulary(world) };
}

async function inspect(file: string, json: boolean): Promise<number> {
  const size = await stat(file).then((found) => found.size).catch(() => 0); // prettier-ignore
  const tooLarge = size > 0 ? refuseSize(size) : null;
  if (tooLarge) throw tooLarge;
  const read = readOnnx(new Uint8Array(await readable(file)));
  if (!read.ok)
    throw new InvalidInputError(read.issues.map((issue) => ({ ...issue, at: `${file}: ${issue.at}` })));
  process.stdout.write(json ? `${JSON.stringify(plain(read.value), null, 2)}\n` : table(read.value));
  return 0;
}

function readable(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw mistake('no-file', file, 'a file that can be read', String(error), 'Check the path.');
  });
}

const plain = (file: OnnxFile): object => ({
  ...file,
  opsets: Object.fromEntries(file.opsets),
  operators: Object.fromEntries(file.operators),
  metadata: Object.fromEntries(file.metadata),
});

const line = ({ name, type, shape }: OnnxValue): string =>
  `  ${name}  ${type} ${shape === null ? 'of any shape' : `[${shape.map((axis) => axis ?? '?').join(', ')}]`}`;

function table(file: OnnxFile): string {
  const origin = originOf(file);
  const operators = [...file.operators]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `${file.bytes} bytes, operator set ${file.opset}, file format ${file.irVersion}, by ${JSON.stringify(file.producer)}`,
    ...(origin ? [`a ${origin.kind} model of Swayground: ${origin.words.length} words, context ${origin.config.context}`] : []), // prettier-ignore
    'inputs:',
    ...file.inputs.map(line),
    'outputs:',
    ...file.outputs.map(line),
    `${file.nodes} nodes: ${operators.join(', ')}`,
    `${file.initialisers.length} initialisers of ${file.parameters} numbers`,
    `metadata: ${[...file.metadata.keys()].join(', ') || 'none'}`,
    '',
  ].join('\n');
}
