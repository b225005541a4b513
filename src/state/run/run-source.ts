/** What a run is opened from, as the page has it, and what the worker is told of that. */
import type { OpenOptions, OutsideReference } from '../../session/trainer-handle.ts';
import type { OwnWorld } from '../../session/own-world.ts';
import type { KeepRequest, Telling } from '../../session/protocol.ts';
import type { BackendChoice } from '../lab/settings.svelte.ts';

export interface RunSource {
  recipe: unknown;
  backend: BackendChoice;
  keep?: KeepRequest | undefined;
  /** A run that goes on here, by itself: its capsule. */
  carried?: (() => Promise<string | null>) | undefined;
  tell?: Telling | undefined;
  /** The world, where it is made of the visitor's own data. */
  own?: OwnWorld | undefined;
  /** The model that it starts from, where that was brought. */
  given?: Float32Array | undefined;
  /** The model from outside that is open, for a recipe that names it. */
  outside?: OutsideReference | null;
}

export async function openOptions(
  { recipe, backend, keep, carried, tell, own, given, outside }: RunSource,
  where: { prompt: string; site: string },
): Promise<OpenOptions> {
  const capsule = await carried?.();
  return {
    recipe,
    backend,
    ...where,
    ...(keep && { keep }),
    ...(typeof capsule === 'string' && { carried: capsule }),
    ...(tell && { tell }),
    ...(own && { own }),
    ...(given && { given }),
    ...(outside && { outside }),
  };
}
