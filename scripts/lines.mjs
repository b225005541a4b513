// How much there is: files, lines and median lines of a file, folder by folder. `npm test` shows it, so that weight is seen.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { root } from './install.mjs';

const SOURCES = new Set(['.ts', '.js', '.mjs', '.cjs', '.svelte', '.svx', '.css', '.html', '.wgsl', '.py']);
const folders = (under) =>
  readdirSync(join(root, under), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${under}/${name}`);

/** Lines of every source file of a folder, sorted; of `deep` folders with all below. */
function linesOf(folder, deep) {
  return readdirSync(join(root, folder), { recursive: deep, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCES.has(extname(entry.name)))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').trimEnd().split('\n').length)
    .sort((a, b) => a - b);
}

/** A table as text, one folder a row. */
export function linesByFolder() {
  const rows = [
    ...['src', 'tests'].flatMap((folder) => [[folder, false], ...folders(folder).map((one) => [one, true])]),
    ...['workers', 'lessons', 'scripts', 'bench'].map((folder) => [folder, true]),
  ]
    .map(([folder, deep]) => [folder, linesOf(folder, deep)])
    .filter(([, lines]) => lines.length);
  const sum = (lines) => lines.reduce((a, b) => a + b, 0);
  const median = (lines) => lines[lines.length >> 1];
  const all = rows.flatMap(([, lines]) => lines).sort((a, b) => a - b);
  const cells = [
    ['folder', 'files', 'lines', 'median'],
    ...[...rows, ['all', all]].map(([name, lines]) => [name, lines.length, sum(lines), median(lines)]),
  ];
  return cells
    .map(([name, ...numbers]) => name.padEnd(20) + numbers.map((n) => String(n).padStart(8)).join(''))
    .join('\n');
}
