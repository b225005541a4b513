/** From a state to the JSON of a link or file; `readShared` gives the same state back. */
import type { DefaultsOf, Plain } from './compact.ts';
import { compactRecipe } from './compact.ts';
import { packData } from './data.ts';
import { packLabels } from './labels.ts';
import { packSeen } from './packed-seen.ts';
import { packReceipt } from './receipt.ts';
import type { LabState, RaceState, SharedState } from './shared.ts';
import { writeStory } from './story.ts';

/** `defaults`: those of the state's world. */
export function writeShared(state: SharedState, defaults: DefaultsOf): Plain {
  const { kind, note, title, view } = state;
  return {
    kind,
    ...(title === undefined || title === '' ? {} : { title }),
    ...(note === undefined || note === '' ? {} : { note }),
    ...(kind === 'lab' ? writeLab(state, defaults) : writeRace(state, defaults)),
    ...(view.hide.length > 0 ? { hide: view.hide } : {}),
    ...(view.lock.length > 0 ? { lock: view.lock } : {}),
  };
}

function writeLab({ story, receipt, prompt, data, seen }: LabState, defaults: DefaultsOf): Plain {
  return {
    ...writeStory(story, defaults),
    ...(receipt === null ? {} : { receipt: packReceipt(receipt) }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(data === undefined ? {} : { data: packData(data) }),
    ...(seen === undefined ? {} : { seen: packSeen(seen) }),
  };
}

function writeRace({ arms, seeds }: RaceState, defaults: DefaultsOf): Plain {
  const compact = arms.map(({ name, recipe }) => ({ name, recipe: compactRecipe(recipe, defaults) }));
  const { objective: _objective, optimiser: _optimiser, ...shared } = compact[0]?.recipe ?? {};
  const labels = arms[0]?.recipe.labels.recorded ?? [];
  return {
    recipe: shared,
    ...(labels.length > 0 ? { labels: packLabels(labels) } : {}),
    arms: compact.map(({ name, recipe: { objective, optimiser } }) => ({
      name,
      ...(objective === undefined ? {} : { objective }),
      ...(optimiser === undefined ? {} : { optimiser }),
    })),
    seeds,
  };
}
