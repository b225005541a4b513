// Addresses of link previews: relative in a site that does not know its address, absolute in one that was built for one.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addressPage } from '../../scripts/site.mjs';

const html = '<head><meta property="og:image" content="../link-preview.png"/></head>';

describe('pages of a site that was built for an address', () => {
  test.each(['https://example.org/swayground', 'https://example.org/swayground/'])(
    'name themselves and their picture: %s',
    (site) => {
      const made = addressPage(html, 'race/index.html', site);
      expect(made).toContain('<meta property="og:url" content="https://example.org/swayground/race/"/>');
      expect(made).toContain('<link rel="canonical" href="https://example.org/swayground/race/"/>');
      expect(made).toContain('content="https://example.org/swayground/link-preview.png"');
    },
  );

  test('the first page is the site itself', () => {
    const first = html.replace('../', './');
    const made = addressPage(first, 'index.html', 'http://localhost:8080');
    expect(made).toContain('og:url" content="http://localhost:8080/"');
    expect(made).toContain('content="http://localhost:8080/link-preview.png"');
  });

  test('refuse what is no address of a site', () => {
    expect(() => addressPage(html, 'index.html', 'swayground')).toThrow();
    expect(() => addressPage(html, 'index.html', 'file:///home/')).toThrow('SWAY_SITE');
  });
});

test('the picture has the size that pages state', () => {
  const png = readFileSync('public/link-preview.png');
  const head = readFileSync('src/components/PageHead.svelte', 'utf8');
  const stated = (side: string): number =>
    Number(new RegExp(`og:image:${side}" content="(\\d+)"`).exec(head)?.[1]);
  expect(png.readUInt32BE(16)).toBe(stated('width'));
  expect(png.readUInt32BE(20)).toBe(stated('height'));
  expect(png.length).toBeLessThan(300_000);
});
