/** A trained reward model as an ONNX file: what a judge is, anywhere that onnxruntime runs. */
import type { LmConfig } from '../../models/lm/config.ts';
import { parameterCount } from '../../models/lm/config.ts';
import { modelVocabulary, type World } from '../../worlds/world.ts';
import { writeRewardOnnx } from '../../models/onnx/write.ts';

/** A reward model's parameters, as they leave the run that trained it. */
export interface RewardModelData {
  config: LmConfig;
  /** Trunk, then the head's weights and bias (see initialReward). */
  block: Float32Array;
}

export function rewardFile(
  { config, block }: RewardModelData,
  world: Pick<World, 'words' | 'tokenizer'>,
): Uint8Array<ArrayBuffer> {
  const behind = parameterCount(config);
  const head = {
    weight: block.slice(behind, behind + config.width),
    bias: block[behind + config.width] as number,
  };
  return writeRewardOnnx({ config, parameters: block.slice(0, behind), ...modelVocabulary(world) }, head);
}
