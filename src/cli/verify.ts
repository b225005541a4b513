/** `sway verify`: tells a shared run again and holds it against its receipt. */
import { BACKENDS } from '../engine/backend.ts';
import { compare } from '../runs/receipt.ts';
import { describeVerdict, isReproduced, receiptLine } from '../runs/verdict.ts';
import type { Options } from './input.ts';
import { backendOption, mistake, parseOptions } from './input.ts';
import { runStory } from './run.ts';
import { start, STORY_OPTIONS } from './start.ts';

const OPTIONS: Options = { '--backend': `one of ${BACKENDS.join(', ')}`, '--json': null, ...STORY_OPTIONS };

/** Resolves to 1 where the run is not reproduced. */
export async function verify(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [word] = files;
  if (word === undefined || files.length > 1) return 2;
  const { state, ...models } = await start(word, options, true);
  const { story, receipt: theirs } = state;
  if (theirs === null) {
    const cure = 'Share it again after it has trained, or run it: npm run -s sway -- run';
    throw mistake('no-receipt', 'receipt', 'the receipt of a run', 'none', cure);
  }
  const { receipt } = await runStory(story, theirs.steps, backendOption(options), models);
  if (receipt?.steps !== theirs.steps) {
    const received = String(receipt?.steps ?? 0);
    const cure = 'Its labels leave nothing to learn from before that; the story was cut or changed.';
    throw mistake('steps', 'receipt.steps', `${theirs.steps} steps`, received, cure);
  }
  const verdict = compare(theirs, receipt);
  const told = `${describeVerdict(verdict, theirs)}.\n  shared ${receiptLine(theirs)}\n  here   ${receiptLine(receipt)}\n`;
  const json = { verdict, theirs, ours: receipt };
  process.stdout.write(options.has('--json') ? `${JSON.stringify(json)}\n` : told);
  return isReproduced(verdict) ? 0 : 1;
}
