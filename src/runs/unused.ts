/** Labels that an objective has no use for, in words. Light enough for the page. */
import type { UnusedLabels } from './pairs.ts';

/** A sentence for each kind that there is. */
export function unusedLabels({ ties, bothBad }: UnusedLabels): string[] {
  const told = (count: number, one: string, more: string): string[] =>
    count === 0 ? [] : [`${count} ${count === 1 ? `${one} is` : `${more} are`} not used by this loss.`];
  return [...told(ties, 'tie', 'ties'), ...told(bothBad, '"both bad" label', '"both bad" labels')];
}
