/** The visitor's own labels, read from their current project; nothing is written. What models and oracles said is no taste of theirs. */
import type { Label } from '../../labelers/labeler.ts';
import type * as RewardParts from './reward-parts.ts';

export interface OwnLabels {
  /** The project's name; '' where there is none yet. */
  project: string;
  /** Judged by hand, ties and "both bad" included. */
  labels: Label[];
  /** Of those, how many say which response is better. */
  decided: number;
  /** The rule of the world that they agree with most, and on how many; null without a decided label. */
  closest: { rule: string; count: number; of: number } | null;
}

export const NO_LABELS: OwnLabels = { project: '', labels: [], decided: 0, closest: null };

/** From so many decided labels on, some are kept from training: one in five. */
const ENOUGH = 10;
const ONE_IN = 5;

/** What is learned from, and what the model is tried on; the second is empty where the labels are few. */
export function splitLabels(labels: readonly Label[]): { learned: Label[]; kept: Label[] } {
  const isDecided = ({ choice }: Label): boolean => choice === 'a' || choice === 'b';
  const decided = labels.filter(isDecided);
  if (decided.length < ENOUGH) return { learned: [...labels], kept: [] };
  const kept = decided.filter((_, i) => i % ONE_IN === ONE_IN - 1);
  const apart = new Set(kept);
  return { learned: labels.filter((label) => !apart.has(label)), kept };
}

/** Labels of another world than the one of that name are of no use here and not among them. */
export async function readOwnLabels(parts: typeof RewardParts, name: string): Promise<OwnLabels> {
  const world = await parts.builtInWorld(name);
  const rule = world.rules[0]?.name ?? '';
  const storage = await parts.openStorage(parts.browserStorage);
  try {
    const id = await parts.currentProject(storage);
    const row = id === null ? undefined : await parts.readProject(storage, id);
    if (id === null || row === undefined) return NO_LABELS;
    const { events } = await parts.loadEvents(storage, id);
    const labels = parts
      .foldEvents(events)
      .judged.flatMap(({ pair, choice, source }): Label[] =>
        choice === 'skip' || source !== 'human' ? [] : [{ pair, choice, source }],
      )
      .filter(
        (label) =>
          parts.checkRecipe(
            { version: 1, world: name, labels: { rule, recorded: [label] } },
            parts.worldsOf(world),
          ).ok,
      );
    const { rules, decided } = parts.agreement(labels, world);
    // by what is certain: two of two says less than nine of ten
    const [closest] = [...rules]
      .map(([rule, { count, of }]) => ({ rule, count, of, sure: parts.wilson(count, of).low }))
      .sort((a, b) => b.sure - a.sure);
    return {
      project: row.name,
      labels,
      decided,
      closest: decided > 0 && closest ? { rule: closest.rule, count: closest.count, of: closest.of } : null,
    };
  } finally {
    storage.close();
  }
}
