/** A world of data in a worker: what the page sends along, and how it is opened. Whoever opens it holds it. */
import { InvalidInputError, StateError } from '../base/errors.ts';
import type { EncodedWorld } from '../data/encoded-world.ts';
import { decodeWorld, openChecked, type DataWorld } from '../data/world.ts';
import type { LmSize } from '../models/lm/config.ts';
import { lmConfig } from '../models/lm/config.ts';
import type { Base } from '../runs/base.ts';

/** Sent with every run, so that a worker that starts anew lacks nothing. */
export interface OwnWorld {
  encoded: EncodedWorld;
  /** Flat blocks of the base policies that were taught, by size. */
  bases: Partial<Record<LmSize, Float32Array<ArrayBuffer>>>;
}

/** `checked`: a worker of this page has checked it, so its numbers are believed. Throws InvalidInputError. */
export function openOwnWorld(encoded: EncodedWorld, checked = false): DataWorld {
  const world = checked ? openChecked(encoded) : decodeWorld(encoded);
  if (!world.ok) throw new InvalidInputError(world.issues);
  return world.value;
}

/** Opens worlds of data that a page sends; the newest is held, so that another run on it opens at once, and one more lets it go. */
export function ownWorlds(): (encoded: EncodedWorld) => DataWorld {
  let newest: DataWorld | null = null;
  return (encoded) => (newest?.name === encoded.name ? newest : (newest = openOwnWorld(encoded)));
}

/** The base policy that was taught; nothing is fetched for a world of data. */
export function ownBase({ encoded, bases }: OwnWorld, size: string): Base {
  const parameters = bases[size as LmSize];
  if (parameters === undefined) {
    const there = Object.keys(bases).join(', ');
    throw new StateError(
      `No model of size ${size} was taught on ${encoded.file}. Teach one, or take the size ${there || 'that is there'}.`,
    );
  }
  const config = lmConfig(size as LmSize, encoded.vocabulary.words.length, encoded.context);
  return { config, parameters };
}
