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

/** What a script imports later, by `import()`. */
const importsLater = (path) =>
  Array.from(readFileSync(path, 'utf8').matchAll(/import\(\s*["'`](\.[^"'`]+\.js)["'`]/g), ([, name]) =>
    join(dirname(path), name),
  );

/** A script with all that it imports, at once and later. `seen`: what is loaded already, and followed no further. */
function withAll(path, seen) {
  const before = new Set(seen);
  const queue = [path];
  for (let next = queue.pop(); next; next = queue.pop())
    for (const one of withImports(next, seen))
      if (!before.has(one)) {
        before.add(one);
        queue.push(...importsLater(one));
      }
  return seen;
}

/**
 * What a worker imports later, by what it makes, each with the worker and all that it may load itself. What makes nothing of
 * a name is put together.
 */
function partsOf(worker) {
  const parts = new Map();
  for (const path of importsLater(worker)) {
    const [, name = 'other parts'] = /\bas (create[A-Z]\w+)/.exec(readFileSync(path, 'utf8')) ?? [];
    parts.set(name, withAll(path, parts.get(name) ?? withImports(worker)));
  }
  return [...parts].map(([name, files]) => ({ name, files: [...files] }));
}

const nameOf = (path) => basename(path).replace(/-.{8}\.js$/, '');

/** What runs before a worker answers, gzipped; the rest comes when it is needed. */
const WORKER_LIMITS = { trainer: '90 kB', data: '30 kB', frozen: '30 kB' };

const budgets = [
  ...pages.map((page) => ({
    name: `/${page.slice('build/'.length, -'index.html'.length)}: HTML, scripts, styles`,
    path: withLinked(page),
    limit: '250 kB',
    gzip: true,
  })),
  ...built(/workers\/[^/]+\.js$/).flatMap((path) => [
    {
      name: `worker ${nameOf(path)}`,
      path: [...withImports(path)],
      limit: WORKER_LIMITS[nameOf(path)],
      gzip: true,
    },
    ...partsOf(path).map(({ name, files }) => ({
      name: `worker ${nameOf(path)} with ${name} and all that it loads`,
      path: files,
      limit: '190 kB',
      gzip: true,
    })),
  ]),
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
