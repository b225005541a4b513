// A first visit, with an empty cache: what every page needs until it shows its first picture, and that it asks nobody but the site.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';
import { builtPages } from './built.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'what is fetched first does not depend on the backend');
});

/** Of the design: bytes of a cold load until the first picture, compressed as any host compresses. */
const BUDGET = 250_000;
/** Fonts and pictures are compressed in themselves. */
const WHOLE = /\.(woff2|png)$/;

for (const path of builtPages) {
  test(`/${path} shows its first picture within ${BUDGET / 1000} kB, all of it from here`, async ({
    page,
    baseURL,
  }, info) => {
    const html = readFileSync(`build/${path}index.html`, 'utf8');
    const named = new Set(
      Array.from(html.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g), ([, to]) =>
        String(new URL(to!, baseURL + path)),
      ),
    );
    const asked: string[] = [];
    const first = new Set<string>();
    page.on('request', (request) => asked.push(request.url()));
    // Which of two comes first, a script's request or the picture, depends on the machine: so what only scripts ask for waits until
    // the picture is there. What the page and its style sheets name counts, whenever it comes.
    let paint = (): void => undefined;
    const painted = new Promise<void>((resolve) => (paint = resolve));
    await page.route('**', async (route, request) => {
      const url = request.url();
      const byPage = named.has(url) || ['document', 'font', 'image'].includes(request.resourceType());
      if (byPage) first.add(url);
      else await painted;
      await route.continue();
    });
    await page.goto(path, { waitUntil: 'commit' });
    const paints = (): Promise<number> =>
      page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length);
    await expect.poll(paints, 'the page is painted').toBe(1);
    paint();
    await page.waitForLoadState('networkidle');
    const bytes = [...first].reduce((sum, url) => {
      const file = new URL(url).pathname
        .slice(new URL(baseURL!).pathname.length)
        .replace(/(^|\/)$/, '$1index.html');
      const body = readFileSync(`build/${file}`);
      return sum + (WHOLE.test(file) ? body.length : gzipSync(body).length);
    }, 0);
    info.annotations.push({ type: 'bytes', description: `${path || 'home'} ${bytes}, ${first.size} files` });
    expect(bytes).toBeGreaterThan(10_000); // text, styles and fonts at least
    expect(bytes).toBeLessThan(BUDGET);
    expect(asked.filter((url) => !url.startsWith(baseURL!) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(
      asked.filter((url) => /ort[-.]|onnx|katex|papaparse|hyparquet/i.test(url)),
      'parts that few ask for',
    ).toEqual([]);
  });
}
