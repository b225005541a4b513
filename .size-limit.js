// Byte budgets of the built site: what a cold load of the first page fetches before any worker starts, and each heavy part by itself.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const page = readFileSync('build/index.html', 'utf8');
const linked = [...page.matchAll(/<(?:link|script)[^>]* (?:href|src)="\.\/([^"]+\.(?:js|css))"/g)].map(
  (match) => `build/${match[1]}`,
);

const under = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => join(folder, name)) : [];
const built = (pattern) => under('build/_app/immutable').filter((path) => pattern.test(path));

/** A script and the chunks that it imports at once; what it imports later, by `import()`, is not in it. */
function withImports(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*["'`](\.[^"'`]+\.js)["'`]/g);
  for (const [, name] of imports) withImports(join(dirname(path), name), seen);
  return seen;
}

const budgets = [
  {
    name: 'first page: HTML, scripts, styles',
    path: ['build/index.html', ...linked],
    limit: '250 kB',
    gzip: true,
  },
  ...built(/workers\/[^/]+\.js$/).map((path) => ({
    name: `worker ${basename(path).replace(/-.{8}\.js$/, '')}`,
    path: [...withImports(path)],
    limit: '150 kB',
    gzip: true,
  })),
  ...built(/kernels.*\.wasm$/).map((path) => ({ name: 'WASM kernels', path, limit: '100 kB', gzip: true })),
  ...built(/ort-wasm.*\.wasm$/).map((path) => ({
    name: `runtime of models from outside, when used: ${basename(path).replace(/-.{8}\.wasm$/, '')}`,
    path,
    limit: '5 MB',
    gzip: true,
  })),
  ...under('build/models')
    .filter((path) => path.endsWith('.safetensors'))
    .map((path) => ({ name: `checkpoint ${path.split('/').at(-2)}`, path, limit: '500 kB', brotli: false })),
];

export default budgets;
