// Builds kernels and site into build/. With --if-changed, only when a source changed since the last build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readStamp, siteHash, writeStamp } from './hash.mjs';
import { root, run } from './install.mjs';

/** Returns false when a step failed; its output has been shown then. */
export function build({ ifChanged = false } = {}) {
  const stamp = join(root, '.cache/site');
  const hash = siteHash(root);
  if (ifChanged && readStamp(stamp) === hash && existsSync(join(root, 'build/index.html'))) return true;
  writeStamp(stamp, '');
  if (!run(process.execPath, ['scripts/asm.mjs'])) return false;
  console.log('Building the site …');
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'];
  if (!run(process.execPath, vite, { stdio: ['ignore', 'ignore', 'inherit'] })) return false;
  writeStamp(stamp, hash);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exit(build({ ifChanged: process.argv.includes('--if-changed') }) ? 0 : 1);
