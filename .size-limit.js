// Byte budgets of the built site: what a cold load of each page fetches before any worker starts, and each heavy part by itself.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/** A page with all scripts and styles that it names: relative to itself, so from the Lab by `../`. */
function withLinked(page) {
  const html = readFileSync(page, 'utf8');
  const linked = html.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^":]+\.(?:js|css))"/g);
  return [page, ...Array.from(linked, ([, path]) => join(dirname(page), path))];
}

const under = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map((name) => join(folder, name)) : [];
const pages = under('build')
  .filter((path) => basename(path) === 'index.html')
  .map((path) => path.split(sep).join('/'))
  .sort();
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
  ...pages.map((page) => ({
    name: `/${page.slice('build/'.length, -'index.html'.length)}: HTML, scripts, styles`,
    path: withLinked(page),
    limit: '250 kB',
    gzip: true,
  })),
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
