// A first visit, with an empty cache: what every page fetches until it shows its first picture, and that it asks nobody but the site.
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
    const asked: string[] = [];
    const bodies = new Map<string, Promise<Buffer>>();
    page.on('request', (request) => asked.push(request.url()));
    page.on('requestfinished', (request) => {
      bodies.set(
        request.url(),
        request.response().then((response) => response!.body()),
      );
    });
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    const before = await page.evaluate(() => {
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      if (!paint) throw new Error('The page was never painted.');
      return performance
        .getEntriesByType('resource')
        .filter(({ startTime }) => startTime <= paint.startTime)
        .map(({ name }) => name);
    });
    let bytes = 0;
    for (const url of new Set([page.url(), ...before])) {
      const body = await bodies.get(url);
      expect.soft(body, `${url} was fetched`).toBeDefined();
      if (body) bytes += WHOLE.test(url) ? body.length : gzipSync(body).length;
    }
    info.annotations.push({
      type: 'bytes',
      description: `${path || 'home'} ${bytes}, ${before.length} files`,
    });
    expect(bytes).toBeGreaterThan(10_000); // text, styles and fonts at least
    expect(bytes).toBeLessThan(BUDGET);
    expect(asked.filter((url) => !url.startsWith(baseURL!) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(
      asked.filter((url) => /ort[-.]|onnx|katex|papaparse|hyparquet/i.test(url)),
      'parts that few ask for',
    ).toEqual([]);
  });
}
