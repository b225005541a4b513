/** `sway export`: labels, a trained model, its metrics, or a folder for a cluster, of a recipe or a shared run. */
import { writeFile } from 'node:fs/promises';
import type { BackendName } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { Files } from '../exports/archive.ts';
import { zipOf } from '../exports/archive.ts';
import { clusterFiles } from '../exports/cluster/folder.ts';
import { expectedLogits, textsToCheck } from '../exports/expected-logits.ts';
import { jsonLines } from '../exports/jsonl.ts';
import type { LabelShape, LabelText } from '../exports/labels.ts';
import { labelRows, lostInWords, SHAPES } from '../exports/labels.ts';
import { metricsCsv } from '../exports/metrics.ts';
import type { Policy } from '../exports/model.ts';
import { modelFiles } from '../exports/model.ts';
import { baseOf } from '../runs/base.ts';
import { labelledPairs } from '../runs/pairs.ts';
import { lastRecipe } from '../runs/story.ts';
import type { World } from '../worlds/world.ts';
import type { Options, Parsed } from './input.ts';
import { backendOption, choiceOption, mistake, parseOptions } from './input.ts';
import { runStory } from './run.ts';
import { start, STORY_OPTIONS, type Started } from './start.ts';
import { openInNode } from './node-host.ts';

const OPTIONS: Options = {
  '--shape': `one of ${Object.keys(SHAPES).join(', ')}`,
  '--text': 'readable or words',
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--seed': 'a whole number',
  ...STORY_OPTIONS,
};

interface Made {
  content: string | Uint8Array;
  /** Sentences about it. */
  told: string[];
}

type Make = (started: Started, options: Parsed['options']) => Promise<Made>;

const KINDS: Readonly<Record<string, { make: Make; reads: readonly string[] }>> = {
  labels: { make: labels, reads: ['--shape', '--text', '--seed'] },
  hf: { make: model, reads: ['--backend', '--seed'] },
  metrics: { make: metrics, reads: ['--backend', '--seed'] },
  cluster: { make: cluster, reads: ['--seed'] },
};

export async function exportCommand(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [name = '', word, out] = files;
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined || word === undefined || out === undefined || files.length > 3) return 2;
  for (const option of options.keys()) {
    if (kind.reads.includes(option) || Object.hasOwn(STORY_OPTIONS, option)) continue;
    const expected = `one of ${kind.reads.join(', ')}`;
    throw mistake('argument', option, expected, option, `export ${name} would ignore it; leave it out.`);
  }
  const { content, told } = await kind.make(await start(word, options), options);
  await writeFile(out, content).catch((error: unknown) => {
    throw mistake('no-file', out, 'a file that can be written', String(error), 'Check the path.');
  });
  process.stdout.write(`${[`wrote ${out}, ${Buffer.byteLength(content)} bytes`, ...told].join('\n')}\n`);
  return 0;
}

async function labels({ state, world }: Started, options: Parsed['options']): Promise<Made> {
  const recipe = lastRecipe(state.story);
  const shape = choiceOption(options, '--shape', Object.keys(SHAPES) as LabelShape[], 'explicit');
  const text = choiceOption<LabelText>(options, '--text', ['readable', 'words'], 'readable');
  const { rows, lost } = labelRows(labelledPairs(recipe.labels, world, recipe.seed), world, shape, text);
  return Promise.resolve({
    content: jsonLines(rows),
    told: [`${rows.length} rows, ${SHAPES[shape]}`, ...lostInWords(lost)],
  });
}

/** A run of the whole story, as `sway run` makes it. */
async function trained({ state: { story, receipt }, ...models }: Started, options: Parsed['options']) {
  return runStory(story, receipt?.steps ?? lastRecipe(story).loop.steps, backendOption(options), models);
}

async function metrics(started: Started, options: Parsed['options']): Promise<Made> {
  const { metrics: rows, evaluations } = await trained(started, options);
  return { content: metricsCsv(rows, evaluations), told: [`${rows.length} steps`] };
}

async function model(started: Started, options: Parsed['options']): Promise<Made> {
  const { parameters, metrics: rows } = await trained(started, options);
  const recipe = lastRecipe(started.state.story);
  const { world } = started;
  const { config } = await baseOf({ recipe, world }, started);
  const files = await withLogits({ config, parameters, recipe, step: rows.length }, world);
  return { content: zipOf(files), told: Object.keys(files) };
}

async function cluster({ state, world, ...from }: Started): Promise<Made> {
  const recipe = lastRecipe(state.story);
  const base = await baseOf({ recipe, world }, from);
  const files = clusterFiles(recipe, world, await withLogits({ ...base, recipe, step: 0 }, world));
  return { content: zipOf(files), told: Object.keys(files) };
}

async function withLogits(policy: Policy, world: World): Promise<Files> {
  const backend: BackendName = 'wasm';
  const device = await openInNode(backend);
  const { config, parameters } = policy;
  const expected = await expectedLogits(device, config, parameters, textsToCheck(world));
  device.dispose();
  return modelFiles(policy, world, expected);
}
