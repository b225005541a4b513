/**
 * `sway taste`: somebody answers a few telling pairs by a rule of the world, and a model is trained on what the answers say. How far
 * does what it writes move that way, and how much of it stays whole? Measured on responses that training never saw.
 */
import { range } from '../base/lists.ts';
import { mean } from '../base/maths.ts';
import { stream } from '../base/random.ts';
import { lmConfig } from '../models/lm/config.ts';
import type { Label } from '../labelers/labeler.ts';
import { checkedIn } from '../recipes/check.ts';
import { ONLINE } from '../recipes/online.ts';
import { openRun, type Run } from '../runs/runner.ts';
import { deviation, differenceOf, featuresOf, type Features } from '../runs/online/features.ts';
import { mostTelling } from '../runs/online/ask.ts';
import { tellingStock } from '../runs/online/stock.ts';
import { tasteFrom } from '../runs/online/taste.ts';
import type { Preference } from '../training/linear-reward.ts';
import { builtInWorld, FIRST_WORLD, WORLD_NAMES } from '../worlds/index.ts';
import type { PreferenceRule, Prompt, Tokens, World } from '../worlds/world.ts';
import type { Options } from './input.ts';
import { choiceOption, mistake, parseOptions, wholeOption } from './input.ts';
import { loadBase, openInNode } from './node-host.ts';

const OPTIONS: Options = {
  '--world': 'a world',
  '--rule': 'a rule of the world, or all',
  '--labels': 'numbers with commas between them',
  '--seeds': 'a whole number',
  '--first-seed': 'a whole number',
  '--noise': 'a share of 100',
  '--json': null,
};

/** Responses that each model writes to be measured: to every held-out prompt, with the same random numbers before and after. */
const MEASURED = 256;
const STREAM = 200_000_000;

interface Row {
  seed: number;
  rule: string;
  labels: number;
  /** By how many standard deviations of the base's responses their mean utility has moved the rule's way. */
  shift: number;
  /** Share of the trained model's responses that the grammar knows. */
  grammatical: number;
  /** Of responses with the same random numbers before and after, among those whose utility changed: the share that rose. */
  moved_right: number;
  /** Of CPU: labels, rounds and training, without the measuring. */
  seconds: number;
  steps: number;
  /** Whether the labels were taken to say anything. */
  understood: boolean;
}

export async function taste(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  if (files.length > 0) return 2;
  const world = await builtInWorld(choiceOption(options, '--world', WORLD_NAMES, FIRST_WORLD));
  const names = world.rules.map(({ name }) => name);
  const rule = choiceOption(options, '--rule', ['all', ...names], 'all');
  const counts = (options.get('--labels') ?? '5,10,20').split(',').map(Number);
  if (!counts.every((n) => Number.isInteger(n) && n >= 1 && n <= 200))
    throw mistake('argument', '--labels', 'numbers from 1 to 200, with commas between them', options.get('--labels') ?? '', 'Write 5,10.'); // prettier-ignore
  const seeds = range(wholeOption(options, '--first-seed') ?? 0, wholeOption(options, '--seeds') ?? 5);
  const noise = (wholeOption(options, '--noise') ?? 0) / 100;
  const rows: Row[] = [];
  for (const one of world.rules.filter(({ name }) => rule === 'all' || name === rule)) {
    for (const labels of counts) {
      for (const seed of seeds) {
        const row = await taught(world, one, labels, seed, noise);
        rows.push(row);
        if (!options.has('--json')) process.stdout.write(`${line(row)}\n`);
      }
    }
  }
  process.stdout.write(options.has('--json') ? `${JSON.stringify(rows)}\n` : summary(rows));
  return 0;
}

/** Labels of somebody who answers by the rule, `noise` of them the other way; each pair is the one that tells most by then. */
export function answers(
  world: World,
  features: Features,
  rule: PreferenceRule,
  count: number,
  seed: number,
  noise: number,
): Label[] {
  const luck = stream(seed, 'noise of answers');
  const asked = new Set<number>();
  const known: Preference[] = [];
  return range(0, count).map((n): Label => {
    const told = tasteFrom(features, known);
    const { pair } = mostTelling(told, features, tellingStock(world, seed, n, asked)) as NonNullable<ReturnType<typeof mostTelling>>; // prettier-ignore
    asked.add(pair.index);
    const utility = (tokens: Tokens): number => rule.utility(world.score(pair.prompt, tokens));
    const margin = (utility(pair.a) - utility(pair.b)) * (luck.uniform() < noise ? -1 : 1);
    known.push({ difference: differenceOf(features, pair), prefers: margin > 0 ? 1 : margin < 0 ? 0 : 0.5 });
    return {
      pair: { kind: 'stock', seed, index: pair.index, split: 'train' },
      choice: margin > 0 ? 'a' : margin < 0 ? 'b' : 'tie',
      source: 'human',
    };
  });
}

export async function taught(
  world: World,
  rule: PreferenceRule,
  labels: number,
  seed: number,
  noise: number,
): Promise<Row> {
  const features = featuresOf(world) as Features;
  const base = await loadBase(world.name, 'micro');
  const begun = process.cpuUsage();
  const recorded = answers(world, features, rule, labels, seed, noise);
  const recipe = checkedIn(world, {
    version: 1,
    world: world.name,
    labels: { rule: rule.name, recorded },
    seed,
    ...ONLINE,
  });
  const config = lmConfig(recipe.recipe.model.size, world.words.length, world.context);
  const run = await openRun(recipe, await openInNode('wasm'), config, base.parameters);
  const understood = run.obstacle === null;
  while (understood && !run.ended && run.step < run.recipe.loop.steps)
    await run.advance(run.recipe.loop.steps - run.step);
  const { user, system } = process.cpuUsage(begun);
  const row = await measured(run, world, rule, seed);
  run.device.dispose();
  return {
    seed,
    rule: rule.name,
    labels,
    ...row,
    seconds: (user + system) / 1e6,
    steps: run.step,
    understood,
  };
}

async function measured(
  run: Run,
  world: World,
  rule: PreferenceRule,
  seed: number,
): Promise<Pick<Row, 'shift' | 'grammatical' | 'moved_right'>> {
  const known = world.prompts.filter(({ split }) => split === 'held-out');
  const prompts = range(0, MEASURED).map((i) => known[i % known.length] as Prompt);
  const tokens = prompts.map((prompt) => prompt.tokens);
  const writes = async (model: 'start' | 'policy'): Promise<number[][]> =>
    run.scorer.sampleEach(tokens, model, seed, range(STREAM, MEASURED));
  const [was, is] = [await writes('start'), await writes('policy')];
  const utilities = (all: number[][]): number[] =>
    all.map((response, i) => rule.utility(world.score(prompts[i] as Prompt, response)));
  const [u, v] = [utilities(was), utilities(is)];
  const changed = u.map((x, i) => (v[i] as number) - x).filter((x) => x !== 0);
  const whole = is.filter((response, i) => world.parse?.(prompts[i] as Prompt, response).ok !== false);
  return {
    shift: (mean(v) - mean(u)) / deviation(u),
    grammatical: whole.length / MEASURED,
    moved_right: changed.length === 0 ? 0.5 : changed.filter((x) => x > 0).length / changed.length,
  };
}

const two = (x: number): string => x.toFixed(2).padStart(6);

const line = ({
  rule,
  labels,
  seed,
  shift,
  grammatical,
  moved_right,
  seconds,
  steps,
  understood,
}: Row): string =>
  `${rule.padEnd(16)}${String(labels).padStart(3)} labels  seed ${String(seed).padStart(4)}  shift${two(shift)}  grammatical${two(grammatical)}  moved right${two(moved_right)}  ${String(steps).padStart(3)} steps  ${seconds.toFixed(1)} s${understood ? '' : '  not understood'}`;

function summary(rows: readonly Row[]): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.rule.padEnd(16)}${String(row.labels).padStart(3)} labels`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups].map(([key, of]) => {
    const shifts = of.map(({ shift }) => shift);
    const least = Math.min(...of.map(({ grammatical }) => grammatical));
    return `${key}  shift ${two(Math.min(...shifts))} to${two(Math.max(...shifts))}, mean${two(mean(shifts))}; grammatical at least${two(least)}; ${mean(of.map(({ seconds }) => seconds)).toFixed(1)} s`;
  });
  return `\n${lines.join('\n')}\n`;
}
