// Checks every op on this machine's GPU in Node, through Dawn (npm `webgpu`), and times a training step:
//   node scripts/gpu-check.mjs [--json] [--only OP,OP] [--no-step] [--swiftshader]
// --swiftshader: on the CPU, with the Vulkan of an installed Chromium (SWAY_VULKAN names its folder).
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { create, globals } from 'webgpu';
import { runMain } from './load.mjs';

const vulkan = process.env.SWAY_VULKAN ?? '/usr/lib/chromium';

if (process.argv.includes('--swiftshader') && process.env.VK_ICD_FILENAMES === undefined) {
  // the loader's path is read when a process starts
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: vulkan,
    VK_ICD_FILENAMES: `${vulkan}/vk_swiftshader_icd.json`,
  };
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env,
    stdio: 'inherit',
  });
  process.exit(child.status ?? 1);
}

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
await runMain('bench/gpu-check.ts');
// Dawn's threads keep the process alive
process.exit(process.exitCode ?? 0);
