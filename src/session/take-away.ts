/** A run's model, as an archive and as one ONNX file, and the folder that trains it elsewhere. The trainer loads this when it is first asked for. */
import type { Device } from '../engine/backend.ts';
import type { Files } from '../exports/archive.ts';
import { zipOf } from '../exports/archive.ts';
import { clusterFiles } from '../exports/cluster/folder.ts';
import { expectedLogits, textsToCheck } from '../exports/expected-logits.ts';
import type { Policy } from '../exports/model.ts';
import { modelFiles } from '../exports/model.ts';
import { POLICY } from '../models/lm/programs.ts';
import { writePolicyOnnx } from '../models/onnx/write.ts';
import type { Base } from '../runs/base.ts';
import type { Run } from '../runs/runner.ts';
import { modelVocabulary } from '../worlds/world.ts';

export const TAKEN = ['model', 'onnx', 'cluster'] as const;
export type TakenKind = (typeof TAKEN)[number];

/** `wasm`: opens a device of its own, which is disposed of. Throws InvalidInputError where nothing trains the recipe's loss. */
export async function takeAway(
  kind: TakenKind,
  run: Run,
  base: Base,
  wasm: () => Promise<Device>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { recipe, world, step, config } = run;
  const folderOf = async (policy: Policy): Promise<Files> => {
    const device = await wasm();
    const expected = await expectedLogits(device, config, policy.parameters, textsToCheck(world));
    device.dispose();
    return modelFiles(policy, world, expected);
  };
  if (kind === 'cluster')
    return zipOf(clusterFiles(recipe, world, await folderOf({ ...base, recipe, step: 0 })));
  const parameters = Float32Array.from(await run.device.read(POLICY));
  if (kind === 'model') return zipOf(await folderOf({ config, parameters, recipe, step }));
  return writePolicyOnnx({ config, parameters, ...modelVocabulary(world) });
}
