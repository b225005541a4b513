/** Every op of the WebGPU backend against the reference on this machine's GPU; scripts/gpu-check.mjs starts it. */
import { ops } from '../src/engine/ops.ts';
import { openReference } from '../src/engine/reference/index.ts';
import type { OpName } from '../src/engine/types.ts';
import { openWebgpu } from '../src/engine/webgpu/index.ts';
import { casesOf, runCase, worstError } from '../tests/support/check-op.ts';
import { TOLERANCE } from '../tests/support/tolerance.ts';
import { compareSteps, timeGeneration, timeSteps } from './gpu-step.ts';

export async function main(argv: readonly string[]): Promise<number> {
  const device = await openWebgpu(navigator.gpu);
  const reference = openReference();
  const only = argv[argv.indexOf('--only') + 1]?.split(',');
  const names = (Object.keys(ops) as OpName[]).filter((op) => !argv.includes('--only') || only?.includes(op));
  const rows: { op: OpName; error: number; at: string }[] = [];
  for (const op of names) {
    let worst = { error: 0, at: '' };
    for (const run of casesOf(op)) {
      const found = await runCase(device, run).then(
        async (got) => worstError(got, await runCase(reference, run), TOLERANCE.webgpu),
        (error: unknown) => ({ error: Infinity, at: String(error) }),
      );
      if (!(found.error <= worst.error)) worst = { error: found.error, at: `${run.label} ${found.at}` };
    }
    rows.push({ op, ...worst });
  }
  const failed = rows.filter((row) => !(row.error <= 1));
  device.dispose();
  const step = argv.includes('--no-step') ? undefined : await measure();
  if (argv.includes('--json'))
    console.log(JSON.stringify({ device: device.info.description, ops: rows, step }));
  else {
    console.log(device.info.description);
    for (const { op, error, at } of rows)
      console.log(`${op.padEnd(20)} ${error.toFixed(3)} of the tolerance ${at}`);
    console.log(`${rows.length - failed.length} passed, ${failed.length} failed`);
    if (step !== undefined) console.log(step);
  }
  return failed.length === 0 && (step?.relativeError ?? 0) < 1e-3 ? 0 : 1;
}

/** On a device of its own, so that compilation is timed too. */
async function measure() {
  const device = await openWebgpu(navigator.gpu);
  const training = await timeSteps(device, 3);
  const generation = await timeGeneration(device, 32);
  const relativeError = await compareSteps(device, openReference());
  device.dispose();
  return { relativeError, training, generation };
}
