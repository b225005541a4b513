// A hash over the contents of files and folders, to skip work whose input has not changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** All that the built site is made of. Its hash names the build, so nothing may be missing here. */
const siteSources = [
  'src',
  'workers',
  'lessons',
  'public',
  'package-lock.json',
  'svelte.config.js',
  'vite.config.ts',
  'scripts/asm.mjs',
  'scripts/hash.mjs',
  'scripts/site.mjs',
];

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) yield path;
  else for (const name of readdirSync(path).sort()) yield* filesUnder(join(path, name));
}

/** SHA-256 over names and bytes of everything under `paths` (relative to `root`), and over `extra`. */
export function hashOf(root, paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const path of paths)
    for (const file of filesUnder(join(root, path))) {
      if (file.endsWith('.wasm')) continue; // made from sources that are hashed already
      const bytes = readFileSync(file);
      hash.update(`\n${file.slice(root.length)} ${bytes.length}\n`).update(bytes);
    }
  return hash.digest('hex');
}

/** The name of a build: the same sources, for the same address where one is given, are the same site. */
export const siteHash = (root) => hashOf(root, siteSources, process.env.SWAY_SITE);

export const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

export function writeStamp(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
