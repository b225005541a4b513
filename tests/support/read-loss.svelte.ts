/** The loss section of the page without the page: what its components read of a loss is read again at every change. */
import { flushSync } from 'svelte';
import type { Loss } from '../../src/state/loss/loss.svelte.ts';

interface LossReader {
  /** What is due after a change is done. */
  settle(): void;
  stop(): void;
}

export function readLoss(loss: Loss): LossReader {
  const stop = $effect.root(() => {
    $effect(() => void [loss.objective, loss.edited, loss.issues, loss.table, loss.checked, loss.right]);
    $effect(
      () => void [loss.bars, loss.options, loss.optionsSet, loss.rewritten, loss.numbers, loss.raceHash],
    );
  });
  flushSync();
  return { settle: () => flushSync(), stop };
}
