// One scale of type and one palette: no component brings a size or a colour of its own.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Where sizes and colours are made; arms of a race have colours that mean nothing elsewhere. */
const MADE_IN = /styles[\\/]tokens\.css$|race[\\/]arms\.css$/;
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(svelte|css)$/.test(path) && !MADE_IN.test(path))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }));

/** Lines of all style sheets that match. */
const lines = (pattern: RegExp): string[] =>
  sources.flatMap(({ path, text }) =>
    text
      .slice(path.endsWith('.css') ? 0 : Math.max(0, text.lastIndexOf('<style')))
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );

test('there are style sheets to look at', () => {
  expect(lines(/font-size: var\(--/).length).toBeGreaterThan(30);
  expect(lines(/color: var\(--/).length).toBeGreaterThan(30);
});

test('what looks the same in two places stands in one: as a class of styles/, or as a component', () => {
  const places = new Map<string, Set<string>>();
  for (const { path, text } of sources) {
    const styles = path.endsWith('.css') ? text : (/<style>.*/s.exec(text)?.[0] ?? '');
    for (const [, block = ''] of styles.replace(/\/\*.*?\*\//gs, '').matchAll(/\{([^{}]*)\}/g)) {
      const declarations = block.split(';').map((declaration) => declaration.trim().replace(/\s+/g, ' '));
      const sorted = declarations.filter((declaration) => declaration !== '').sort();
      if (sorted.length < 3) continue;
      const key = sorted.join('; ');
      places.set(key, (places.get(key) ?? new Set()).add(path));
    }
  }
  expect(
    Array.from(places, ([block, paths]) => ({ block, paths: [...paths] })).filter(
      ({ paths }) => paths.length > 1,
    ),
  ).toEqual([]);
});

test('a size of type is one of the scale, or relative to the text around it', () => {
  expect(lines(/font(-size)?:[^;]*\d(rem|px|pt|vw)/)).toEqual([]);
});

test('a colour is one of the palette', () => {
  expect(lines(/#[0-9a-f]{3,8}\b|\b(rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(/i)).toEqual([]);
});

test('what a chart draws stands in a table too', () => {
  const drawing = sources.filter(({ text }) => text.includes('role="img"'));
  expect(drawing.length).toBeGreaterThanOrEqual(2);
  for (const { path, text } of drawing) expect(text, path).toMatch(/<DataTable|@render table\(\)/);
});
