/** What has been released stays: old links mean what they meant, and other bits are another engine. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { digest } from '../../src/base/digest.ts';
import { defaultsOf } from '../../src/base/parameters.ts';
import { objectives } from '../../src/objectives/index.ts';
import type { SharedState } from '../../src/links/shared.ts';
import { LINK_VERSION } from '../../src/links/versions.ts';
import { ENGINE } from '../../src/runs/receipt.ts';
import { RECIPE_VERSION } from '../../src/recipes/schema.ts';
import { WORLD_NAMES } from '../../src/worlds/index.ts';
import { readLink, writeShared } from '../support/links.ts';
import { defaultRecipe } from '../support/worlds.ts';

const fixture = <T>(name: string): T => JSON.parse(readFileSync(`tests/fixtures/${name}.json`, 'utf8')) as T;

/** A row is never changed. A new one: its link with `"state": null`; the test then shows the state to write there. */
const LINKS = fixture<{ name: string; link: string; state: SharedState }[]>('links-1');

it.each(LINKS)('links of version 1 are read for ever: $name', async ({ link, state }) => {
  expect(await readLink(link)).toEqual({ ok: true, value: state });
});

it.each(LINKS)('and are written as they were: $name', ({ link, state }) => {
  const json = inflateRawSync(Buffer.from(link.slice('#1.'.length), 'base64url')).toString();
  expect(JSON.stringify(writeShared(state))).toBe(json);
});

it('every kind is among them', () => {
  expect(LINKS.length).toBeGreaterThanOrEqual(12);
});

it('the defaults that links of version 1 leave out are what they were', () => {
  const pinned = fixture<{ worlds: Record<string, object>; objectives: Record<string, object> }>('link-defaults-1');
  const cure = `A link leaves out what equals a default. Another default of an old row is another version of recipe and link:
raise RECIPE_VERSION (${RECIPE_VERSION}) and LINK_VERSION (${LINK_VERSION}), and let src/links/versions.ts fill the old one in.
A new world or objective only needs its row in tests/fixtures/link-defaults-1.json.`;
  const now = {
    worlds: Object.fromEntries(WORLD_NAMES.map((name) => [name, defaultRecipe(name).recipe])),
    objectives: Object.fromEntries([...objectives].map(([name, { parameters }]) => [name, defaultsOf(parameters)])),
  };
  expect(now, cure).toEqual(pinned);
}); // prettier-ignore

it('the bits of today are listed under the engine of today', () => {
  type Bits = { metrics: object[]; parameters: string };
  const { metrics, parameters, largeBatch } = fixture<Bits & { largeBatch: Bits }>('small-run');
  const bits = digest(new TextEncoder().encode(JSON.stringify([metrics, parameters, largeBatch])));
  const cure = `A run now has other bits (${bits}) than those of engine ${ENGINE}: receipts of shared runs would not be reproduced.
Were other bits not meant, find out why. If they were meant: since the last release nothing was shared with the bits listed last,
so put ${bits} in their place in tests/fixtures/engines.json; else raise ENGINE in src/runs/receipt.ts and add a row.`;
  expect(fixture<Record<string, string>>('engines')[ENGINE], cure).toBe(bits);
}); // prettier-ignore
