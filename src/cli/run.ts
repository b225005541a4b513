/** `sway run`: one recipe or shared run, headless, with the page's own runner. */
import { digest } from '../base/digest.ts';
import type { BackendName } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import { POLICY } from '../models/lm/programs.ts';
import { baseOf } from '../runs/base.ts';
import { observe } from '../runs/observe.ts';
import type { UnusedLabels } from '../runs/pairs.ts';
import type { Receipt } from '../runs/receipt.ts';
import { replay } from '../runs/replay.ts';
import type { Run } from '../runs/runner.ts';
import { openRun } from '../runs/runner.ts';
import type { Story } from '../runs/story.ts';
import { lastRecipe } from '../runs/story.ts';
import { unusedLabels } from '../runs/unused.ts';
import { receiptLine } from '../runs/verdict.ts';
import type { Evaluation, Samples } from '../runs/views.ts';
import { shareInterval } from '../metrics/statistics.ts';
import type { StepMetrics } from '../metrics/metrics.ts';
import { checkedIn } from '../recipes/check.ts';
import type { Prompt } from '../worlds/world.ts';
import type { Options } from './input.ts';
import { backendOption, parseOptions } from './input.ts';
import { start, STORY_OPTIONS, type Sources } from './start.ts';
import { openInNode } from './node-host.ts';

export async function run(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [word] = files;
  if ((word === undefined && !options.has('--data')) || files.length > 1) return 2;
  const { state, ...models } = await start(word, options);
  const { story, receipt, note } = state;
  const steps = receipt?.steps ?? lastRecipe(story).loop.steps;
  const result = await runStory(story, steps, backendOption(options), models);
  const { parameters: _, ...rest } = result;
  const json = { ...(note !== undefined && { note }), ...rest };
  process.stdout.write(
    options.has('--json') ? `${JSON.stringify(json)}\n` : `${noteLine(note)}${table(result)}`,
  );
  return 0;
}

const OPTIONS: Options = {
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--seed': 'a whole number',
  '--json': null,
  ...STORY_OPTIONS,
};

export interface RunResult {
  story: Story;
  backend: BackendName;
  pairs: number;
  /** Labels that the objective has no use for. */
  unused: UnusedLabels;
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  samples: Samples;
  /** The final ones, flat [P]; not part of what is printed. */
  parameters: Float32Array;
  /** Of the final parameters. */
  digest: string;
  /** Null where there was nothing to learn from. */
  receipt: Receipt | null;
}

/** What whoever shared the run says of it; '' for nothing. */
export const noteLine = (note: string | undefined): string =>
  note === undefined ? '' : `note of who shared it: ${note}\n`;

/** Tells a story to its end, with an evaluation at the start and every `loop.evaluate_every` steps. */
export async function runStory(
  story: Story,
  steps: number,
  backend: BackendName,
  { world, reference, ...from }: Sources,
  prompt = (world.prompts[0] as Prompt).id,
): Promise<RunResult> {
  const recipe = checkedIn(world, story.recipe);
  const base = await baseOf(recipe, from);
  const run = await openRun(recipe, await openInNode(backend), base.config, base.parameters, { reference });
  const observer = await observe(run, prompt);
  const rows: StepMetrics[] = [];
  const evaluations: Evaluation[] = [(await observer.evaluate()).evaluation];
  const every = (): number => run.recipe.loop.evaluate_every;
  for await (const slice of replay(run, story, steps, (step) => step + every() - (step % every()))) {
    rows.push(...slice);
    if (run.step % every() === 0 || run.step === steps)
      evaluations.push((await observer.evaluate()).evaluation);
  }
  const parameters = Float32Array.from(await run.device.read(POLICY));
  const result = {
    story,
    backend,
    pairs: run.pairs,
    unused: run.unused,
    metrics: rows,
    evaluations,
    samples: await observer.samples(),
    parameters,
    digest: digest(new Uint8Array(parameters.buffer)),
    receipt: await run.receipt(),
  };
  run.device.dispose();
  return result;
}

export async function parametersDigest(run: Run): Promise<string> {
  const values = Float32Array.from(await run.device.read(POLICY));
  return digest(new Uint8Array(values.buffer));
}

const COLUMNS: (keyof StepMetrics)[] = [
  'step',
  'loss',
  'grad_norm',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
];

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** With its 95% interval. */
function withInterval(share: number, pairs: number): string {
  const { low, high } = shareInterval(share, pairs);
  return `${percent(share)} (${percent(low)} to ${percent(high)}) of ${pairs}`;
}

/** For people: one line a step, held-out accuracies at the start and the end. */
function table(result: RunResult): string {
  const { backend, pairs, unused, metrics, evaluations, samples, digest: fingerprint, receipt } = result;
  const cell = (value: unknown, key: string): string =>
    (typeof value === 'number' && key !== 'step' ? value.toFixed(4) : String(value)).padStart(key.length + 2);
  const lines = metrics.map((row) => COLUMNS.map((key) => cell(row[key], key)).join(''));
  const [first, last] = [evaluations[0] as Evaluation, evaluations.at(-1) as Evaluation];
  const accuracies = Object.entries(last.accuracies).map(
    ([rule, value]) =>
      `  ${rule.padEnd(16)} ${percent(first.accuracies[rule] as number)} -> ${withInterval(value, last.pairs[rule] as number)}`,
  );
  const scores = Object.entries(samples.scoresAfter).map(
    ([key, value]) =>
      `  ${key.padEnd(16)} ${(samples.scoresBefore[key] as number).toFixed(2)} -> ${value.toFixed(2)}`,
  );
  return [
    `backend ${backend}, ${pairs} pairs to learn from`,
    ...unusedLabels(unused),
    COLUMNS.map((key) => key.padStart(key.length + 2)).join(''),
    ...lines,
    'held-out accuracy, by rule:',
    ...accuracies,
    'mean scores of samples, before and after:',
    ...scores,
    ...samples.after.map(({ text }) => `  ${text}`),
    `KL to the model before training ${last.kl.toFixed(4)} nats a token`,
    `digest of the parameters ${fingerprint}`,
    `receipt: ${receipt === null ? 'none, nothing to learn from' : receiptLine(receipt)}`,
    '',
  ].join('\n');
}
