/** `sway link`: the link of a recipe or a shared file. */
import { InvalidInputError } from '../base/errors.ts';
import { fittingLink } from '../links/fit.ts';
import { mistake, parseOptions, type Options } from './input.ts';
import { DATA_OPTIONS } from './own-data.ts';
import { readState } from './shared.ts';
import { start } from './start.ts';
import type { SharedState } from '../links/shared.ts';
import { LONGEST_NOTE } from '../links/shown.ts';
import type { Arm } from '../runs/race/race.ts';
import { bringWorld, builtInWorld } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';

const OPTIONS: Options = { '--note': `at most ${LONGEST_NOTE} characters of plain text`, ...DATA_OPTIONS };

async function alone(word: string): Promise<{ state: SharedState; world: World }> {
  const state = await readState(word, null, bringWorld);
  const { world } = state.kind === 'lab' ? state.story.recipe : (state.arms[0] as Arm).recipe;
  return { state, world: await builtInWorld(world) };
}

export async function link(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [word] = files;
  if (word === undefined || files.length > 1) return 2;
  const { state, world } = options.has('--data') ? await start(word, options) : await alone(word);
  const note = options.get('--note');
  const { linked } = await fittingLink({ ...state, ...(note !== undefined && { note }) }, world);
  if ('issues' in linked) throw new InvalidInputError(linked.issues);
  if ('tooLong' in linked) {
    const cure = 'Share the file itself: chat programs cut longer links.';
    throw mistake(
      'too-long',
      word,
      `a link of at most ${linked.limit} characters`,
      String(linked.tooLong),
      cure,
    );
  }
  process.stdout.write(`${linked.link}\n`);
  return 0;
}
