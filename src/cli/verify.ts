/** `sway verify`: tells a shared run again and holds it against its receipt. */
import { BACKENDS } from '../engine/backend.ts';
import { compare } from '../recipes/receipt.ts';
import { describeVerdict, isReproduced, receiptLine } from '../recipes/verdict.ts';
import type { Options } from './input.ts';
import { backendOption, mistake, parseOptions } from './input.ts';
import { runStory, underReference } from './run.ts';
import { readLab } from './shared.ts';

const OPTIONS: Options = {
  '--backend': `one of ${BACKENDS.join(', ')}`,
  '--reference': 'an ONNX file',
  '--json': null,
};

/** Resolves to 1 where the run is not reproduced. */
export async function verify(argv: readonly string[]): Promise<number> {
  const { files, options } = parseOptions(argv, OPTIONS);
  const [word] = files;
  if (word === undefined || files.length > 1) return 2;
  const { story: shared, receipt: theirs } = await readLab(word, null);
  if (options.has('--reference') && shared.recipe.model.reference === undefined) {
    const cure = 'Leave --reference out: this run is measured by the model before training.';
    throw mistake('argument', '--reference', 'a run that names one', 'a run without', cure);
  }
  if (theirs === null) {
    const cure = 'Share it again after it has trained, or run it: npm run -s sway -- run';
    throw mistake('no-receipt', 'receipt', 'the receipt of a run', 'none', cure);
  }
  const { story, reference } = await underReference(options, shared);
  const { receipt } = await runStory(story, theirs.steps, backendOption(options), { reference });
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
