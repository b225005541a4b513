/** `sway verify`: tells a shared run again and holds it against its receipt. */
import { BACKENDS } from '../engine/backend.ts';
import { isSeenAgain } from '../links/seen.ts';
import { compare } from '../runs/receipt.ts';
import { describeVerdict, isReproduced, receiptLine } from '../runs/verdict.ts';
import type { Options } from './input.ts';
import { backendOption, mistake, parseOptions } from './input.ts';
import { noteLine, runStory } from './run.ts';
import { start, STORY_OPTIONS } from './start.ts';

const OPTIONS: Options = { '--backend': `one of ${BACKENDS.join(', ')}`, '--json': null, ...STORY_OPTIONS };

const SHOWN = 'So are the curves and samples that it shows.';
const NOT_SHOWN = 'The curves and samples that it shows are not those of this run.';

/** Resolves to 1 where the run is not reproduced, or shows something else. */
export async function verify(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [word] = files;
  if (word === undefined || files.length > 1) return 2;
  const { state, ...models } = await start(word, options, true);
  const { story, receipt: theirs, note, prompt, seen } = state;
  if (theirs === null) {
    const cure = 'Share it again after it has trained, or run it: npm run -s sway -- run';
    throw mistake('no-receipt', 'receipt', 'the receipt of a run', 'none', cure);
  }
  const result = await runStory(story, theirs.steps, backendOption(options), models, prompt);
  const { receipt } = result;
  if (receipt?.steps !== theirs.steps) {
    const received = String(receipt?.steps ?? 0);
    const cure = 'Its labels leave nothing to learn from before that; the story was cut or changed.';
    throw mistake('steps', 'receipt.steps', `${theirs.steps} steps`, received, cure);
  }
  const verdict = compare(theirs, receipt);
  const recorded = { ...result, rows: result.metrics, steps: theirs.steps };
  // within a tolerance nothing that is shown comes out to the letter
  const shown =
    seen !== undefined && verdict.kind === 'reproduced' ? isSeenAgain(seen, recorded, prompt) : null;
  const told = [
    `${noteLine(note)}${describeVerdict(verdict, theirs)}.`,
    ...(shown === null ? [] : [shown ? SHOWN : NOT_SHOWN]),
    `  shared ${receiptLine(theirs)}`,
    `  here   ${receiptLine(receipt)}`,
  ].join('\n');
  const json = {
    ...(note !== undefined && { note }),
    verdict,
    ...(shown !== null && { shown }),
    theirs,
    ours: receipt,
  };
  process.stdout.write(options.has('--json') ? `${JSON.stringify(json)}\n` : `${told}\n`);
  return isReproduced(verdict) && shown !== false ? 0 : 1;
}
