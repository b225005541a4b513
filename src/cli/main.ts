/** The command line: `sway run RECIPE.json [--backend wasm] [--seed k] [--steps n] [--json]`, the same runner as the page's. */
import { readFile } from 'node:fs/promises';
import { digest } from '../base/digest.ts';
import { errorToData, InvalidInputError, SwaygroundError } from '../base/errors.ts';
import type { BackendName } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import { POLICY } from '../models/lm/programs.ts';
import { baseOf } from '../recipes/base.ts';
import { observe } from '../recipes/observe.ts';
import type { Run } from '../recipes/runner.ts';
import { openRun } from '../recipes/runner.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkRecipe } from '../recipes/schema.ts';
import type { Evaluation, Samples } from '../recipes/views.ts';
import { worldNamed } from '../worlds/index.ts';
import type { Prompt } from '../worlds/world.ts';
import { loadBase, openInNode } from './surroundings.ts';

const USAGE = `Usage: npm run -s sway -- run RECIPE.json [--backend ${BACKENDS.join('|')}] [--seed K] [--json]

Runs a recipe headless and prints its metrics: a row a step, evaluations every loop.evaluate_every steps, and the digest
of the final parameters. On wasm the same recipe gives the same bits here and in every browser. Exit code 2: bad input.
`;

interface RunOptions {
  file: string;
  backend: BackendName;
  seed: number | null;
  json: boolean;
}

export async function main(argv: string[]): Promise<number> {
  try {
    const options = parseArguments(argv);
    if (options === null) {
      process.stderr.write(USAGE);
      return 2;
    }
    await runCommand(options);
    return 0;
  } catch (error) {
    if (!(error instanceof SwaygroundError)) throw error;
    process.stderr.write(`${errorToData(error).message}\n`);
    return error instanceof InvalidInputError ? 2 : 1;
  }
}

function parseArguments([command, file, ...rest]: string[]): RunOptions | null {
  if (command !== 'run' || file === undefined) return null;
  const options: RunOptions = { file, backend: 'wasm', seed: null, json: false };
  for (let i = 0; i < rest.length; i++) {
    const name = rest[i];
    const value = rest[i + 1];
    if (name === '--json') {
      options.json = true;
      continue;
    }
    i += 1;
    if (name === '--backend' && BACKENDS.includes(value as BackendName))
      options.backend = value as BackendName;
    else if (name === '--seed' && /^\d+$/.test(value ?? '')) options.seed = Number(value);
    else throw badArgument(name as string, value);
  }
  return options;
}

function badArgument(name: string, value: string | undefined): InvalidInputError {
  const allowed: Record<string, string> = {
    '--backend': `one of ${BACKENDS.join(', ')}`,
    '--seed': 'a whole number',
  };
  const expected = allowed[name] ?? 'one of --backend, --seed, --json';
  const received = allowed[name] === undefined ? name : (value ?? 'nothing');
  return new InvalidInputError([
    { code: 'sway/argument', at: name, expected, received, cure: 'See npm run -s sway.' },
  ]);
}

async function readRecipe({ file, seed }: RunOptions): Promise<Recipe> {
  const problem = (code: string, expected: string, received: string, cure: string): InvalidInputError =>
    new InvalidInputError([{ code, at: file, expected, received, cure }]);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw problem('sway/no-file', 'a file that can be read', String(error), 'Check the path.');
  });
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw problem(
      'sway/not-json',
      'a recipe as JSON',
      String(error),
      'Mend the file; a trailing comma is the usual cause.',
    );
  }
  if (seed !== null && typeof input === 'object' && input !== null) input = { ...input, seed };
  const checked = checkRecipe(input);
  if (!checked.ok) throw new InvalidInputError(checked.issues);
  return checked.value;
}

async function runCommand(options: RunOptions): Promise<void> {
  const recipe = await readRecipe(options);
  const world = worldNamed(recipe.world);
  const base = await baseOf(recipe, world, loadBase);
  const run = await openRun(recipe, await openInNode(options.backend), base.config, base.parameters);
  const observer = await observe(run, (world.prompts[0] as Prompt).id);
  const { steps, evaluate_every: every } = recipe.loop;
  const rows = [];
  const evaluations: Evaluation[] = [(await observer.evaluate()).evaluation];
  while (run.pairs > 0 && run.step < steps) {
    const count = Math.min(every - (run.step % every), steps - run.step);
    rows.push(...(await run.advance(count)));
    evaluations.push((await observer.evaluate()).evaluation);
  }
  const result = {
    recipe,
    backend: options.backend,
    pairs: run.pairs,
    metrics: rows,
    evaluations,
    samples: await observer.samples(),
    digest: await parametersDigest(run),
  };
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : table(result));
  run.device.dispose();
}

async function parametersDigest(run: Run): Promise<string> {
  const values = Float32Array.from(await run.device.read(POLICY));
  return digest(new Uint8Array(values.buffer));
}

interface RunResult {
  backend: BackendName;
  pairs: number;
  metrics: readonly object[];
  evaluations: readonly Evaluation[];
  samples: Samples;
  digest: string;
}

const COLUMNS = [
  'step',
  'loss',
  'grad_norm',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
];

/** For people: one line a step, held-out accuracies at the start and the end. */
function table({ backend, pairs, metrics, evaluations, samples, digest: fingerprint }: RunResult): string {
  const cell = (value: unknown, key: string): string =>
    (typeof value === 'number' && key !== 'step' ? value.toFixed(4) : String(value)).padStart(key.length + 2);
  const lines = metrics.map((row) =>
    COLUMNS.map((key) => cell((row as Record<string, unknown>)[key], key)).join(''),
  );
  const [first, last] = [evaluations[0] as Evaluation, evaluations.at(-1) as Evaluation];
  const accuracies = Object.entries(last.accuracies).map(
    ([rule, value]) =>
      `  ${rule.padEnd(16)} ${(100 * (first.accuracies[rule] as number)).toFixed(1)}% -> ${(100 * value).toFixed(1)}% of ${last.pairs[rule]}`,
  );
  const scores = Object.entries(samples.scoresAfter).map(
    ([key, value]) =>
      `  ${key.padEnd(16)} ${(samples.scoresBefore[key] as number).toFixed(2)} -> ${value.toFixed(2)}`,
  );
  return [
    `backend ${backend}, ${pairs} pairs to learn from`,
    COLUMNS.map((key) => key.padStart(key.length + 2)).join(''),
    ...lines,
    'held-out accuracy, by rule:',
    ...accuracies,
    'mean scores of samples, before and after:',
    ...scores,
    ...samples.after.map(({ text }) => `  ${text}`),
    `KL to the reference ${last.kl.toFixed(4)} nats a token`,
    `digest of the parameters ${fingerprint}`,
    '',
  ].join('\n');
}
