/** Fresh parameters: normal with deviation 0.02, the projections into the residual stream scaled by 1/sqrt(2 layers). */
import { log, sinCos } from '../../base/maths.ts';
import { stream } from '../../base/random.ts';
import { sizeOf } from '../../engine/types.ts';
import type { LmConfig } from './config.ts';
import { lmParameters, parameterCount } from './config.ts';

const DEVIATION = 0.02;

/** The flat block [P] for a seed; each parameter draws from a stream of its own. */
export function initialParameters(config: LmConfig, seed: number): Float32Array {
  const block = new Float32Array(parameterCount(config));
  lmParameters(config).forEach(({ name, shape, offset }, index) => {
    const size = sizeOf(shape);
    const part = block.subarray(offset, offset + size);
    if (shape.length === 1) {
      part.fill(1);
      return;
    }
    const intoResidual = /o_proj|down_proj/.test(name);
    const deviation = intoResidual ? DEVIATION / Math.sqrt(2 * config.layers) : DEVIATION;
    const random = stream(seed, 'init', index);
    for (let i = 0; i < size; i++) part[i] = deviation * normal(random);
  });
  return block;
}

/** One standard normal number (Box & Muller 1958). */
function normal(random: { u32(): number }): number {
  const radius = Math.sqrt(-2 * log((random.u32() + 0.5) / 4294967296));
  return radius * sinCos(2 * Math.PI * ((random.u32() + 0.5) / 4294967296))[0];
}
