// The layer rule knows every folder of src/, so that a new one cannot slip past it.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

interface Rules {
  forbidden: { name: string; from: { path?: string }; to: { pathNot?: string } }[];
}
const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Rules;

test('every folder of src/ has its floor', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.length).toBeGreaterThan(3);
  for (const { name } of folders) expect(forbidden.map((rule) => rule.name)).toContain(`layer-${name}`);
});

test('floors point down: base reaches itself alone, the engine reaches base, nobody below the page reaches it', () => {
  const reaches = (from: string, to: string) => {
    const rule = forbidden.find(({ name }) => name === `layer-${from}`)!;
    return new RegExp(rule.to.pathNot!).test(`src/${to}/file.ts`);
  };
  expect(reaches('base', 'base')).toBe(true);
  expect(reaches('base', 'engine')).toBe(false);
  expect(reaches('engine', 'base')).toBe(true);
  expect(reaches('session', 'recipes')).toBe(true);
  expect(reaches('session', 'cli')).toBe(false);
  expect(reaches('session', 'components')).toBe(false);
  expect(reaches('routes', 'components')).toBe(true);
  expect(reaches('routes', 'cli')).toBe(false);
});
