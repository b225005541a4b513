// What is done to the built site after SvelteKit has written it: no page keeps a script of its own inside, and the
// service worker learns which files there are.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';

const sha256 = (bytes, form) => createHash('sha256').update(bytes).digest(form);

/** All files under `folder`, relative to it, with forward slashes, sorted. */
export const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();

const INLINE = /<script>([^]*?)<\/script>/g;
const HASHES = / 'sha256-[^']+'/g;
const META = /<meta http-equiv="content-security-policy" content="[^"]*">/;

/**
 * Moves the script by which SvelteKit starts a page into a file beside the page, so that the policy allows no inline
 * script at all, not even by its hash. Beside it, because the script's `import("./…")` is then relative to the same place.
 */
function moveScriptsOut(folder, page) {
  const file = join(folder, page);
  const html = readFileSync(file, 'utf8')
    .replace(INLINE, (_, code) => {
      const name = `start.${sha256(code, 'hex').slice(0, 8)}.js`;
      writeFileSync(join(dirname(file), name), `${code.trim()}\n`);
      return `<script src="./${name}"></script>`;
    })
    .replace(META, (meta) => meta.replace(HASHES, ''));
  if (!META.test(html) || /<script(?![^>]*\ssrc=)(?![^>]*type="application\/)/.test(html))
    throw new Error(`${page}: no content security policy, or a script is left inside the page.`);
  writeFileSync(file, html);
}

const IMAGE = /(<meta property="og:image" content=")([^"]+)(")/;

/**
 * Absolute addresses for link previews: some readers of previews take no others. `site` is where the site will lie, such as
 * `https://example.org/swayground/`; throws on anything that is no http address.
 */
export function addressPage(html, page, site) {
  const root = new URL(site.endsWith('/') ? site : `${site}/`);
  if (!/^https?:$/.test(root.protocol)) throw new Error(`SWAY_SITE is ${site}, not an http address.`);
  const address = new URL(page.replace(/(^|\/)index\.html$/, '$1'), root).href;
  const named = `<meta property="og:url" content="${address}"/><link rel="canonical" href="${address}"/>`;
  if (!IMAGE.test(html)) throw new Error(`${page}: no picture for link previews; it needs PageHead.`);
  return html.replace(
    IMAGE,
    (_, before, path, after) => `${named}${before}${new URL(path, address)}${after}`,
  );
}

/** What is never needed offline: fallbacks for browsers without woff2, notes for people, pictures for link previews. */
const NOT_KEPT =
  /\.(ttf|woff)$|^service-worker\.js$|^models\/.*(README\.md|first-picture\.json)$|^(link-)?preview\.png$|(^|\/)\.|^_app\/offline\.json$/;
/** The runtime of models from outside: large, asked for by few; put on the shelf when a page first asks for it. */
const WHEN_USED = /ort-wasm[^/]*\.wasm$/;
const MARK = '/* end of the list of files */\n';

/** Writes build and files in front of the service worker, and their number and size where a page can read them. */
export function listFiles(folder, build) {
  const all = filesOf(folder).filter((path) => !NOT_KEPT.test(path));
  const kept = all.filter((path) => !WHEN_USED.test(path));
  const listed = (path) => ({
    path: posix.basename(path) === 'index.html' ? path.slice(0, -'index.html'.length) : path,
    sha256: sha256(readFileSync(join(folder, path)), 'base64'),
  });
  const site = {
    build,
    files: kept.map(listed),
    whenUsed: all.filter((path) => WHEN_USED.test(path)).map(listed),
  };
  const bytes = kept.reduce((sum, path) => sum + readFileSync(join(folder, path)).length, 0);
  const worker = join(folder, 'service-worker.js');
  const code = readFileSync(worker, 'utf8').split(MARK).at(-1);
  writeFileSync(worker, `self.SITE = ${JSON.stringify(site)};\n${MARK}${code}`);
  writeFileSync(join(folder, '_app/offline.json'), JSON.stringify({ files: kept.length, bytes }));
}

/** Wraps a SvelteKit adapter that writes into `folder`. */
export const finished = (adapter, folder) => ({
  ...adapter,
  async adapt(builder) {
    await adapter.adapt(builder);
    if (!existsSync(join(folder, 'service-worker.js'))) throw new Error('The service worker was not built.');
    const site = process.env.SWAY_SITE;
    for (const path of filesOf(folder).filter((path) => path.endsWith('.html'))) {
      moveScriptsOut(folder, path);
      const file = join(folder, path);
      if (site) writeFileSync(file, addressPage(readFileSync(file, 'utf8'), path, site));
    }
    listFiles(folder, builder.config.kit.version.name);
  },
});
