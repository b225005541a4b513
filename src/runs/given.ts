/**
 * Models that a run may start from because somebody brought them, by the digest of their parameters. What is held here is
 * held in this thread's memory: whatever checks and runs recipes beside it finds it.
 */
import { digest } from '../base/digest.ts';

const held = new Map<string, Float32Array>();

/** From now on a recipe may start from these parameters (flat block [P]); returns the digest that names them. */
export function holdModel(parameters: Float32Array): string {
  const { buffer, byteOffset, byteLength } = parameters;
  const name = digest(new Uint8Array(buffer, byteOffset, byteLength));
  held.set(name, parameters);
  return name;
}

/** The flat block [P], or undefined where it is not here. */
export const heldModel = (name: string): Float32Array | undefined => held.get(name);
