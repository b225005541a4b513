/** A model that a run may start from because somebody brought it: handed to whoever opens the run, and held by nobody else. */
import { digest } from '../base/digest.ts';

export interface BroughtModel {
  /** Of the parameters; what a recipe names it by. */
  digest: string;
  /** Flat block [P]. */
  parameters: Float32Array;
}

export function broughtModel(parameters: Float32Array): BroughtModel {
  const { buffer, byteOffset, byteLength } = parameters;
  return { digest: digest(new Uint8Array(buffer, byteOffset, byteLength)), parameters };
}

/** Those of a page, by digest: its Labs share them, and they end with it. */
export const broughtModels = (): Map<string, BroughtModel> => new Map();
