// After one visit the site works without a network; a new build never mixes with the one that a page is of.
import { rmSync } from 'node:fs';
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { Host, SECOND, secondBuild } from '../support/deploy.ts';
import { button, openLab, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'what is kept does not depend on the backend');
});

const shelves = (page: Page): Promise<string[]> => page.evaluate(() => caches.keys());

/** The copy is made once the page has nothing else to do. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
}

/** Every script, style and font that the page has loaded since it was opened, by its file name. */
const loaded = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname)
      .filter((path) => /immutable|\/(second-)?start\./.test(path))
      .map((path) => path.split('/').at(-1)!),
  );

async function train(page: Page): Promise<void> {
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilStep(page, 5);
}

const isSecond = (names: string[]): Set<boolean> => new Set(names.map((name) => name.startsWith(SECOND)));

for (const base of ['/', '/deep/sub/path/']) {
  test(`visited once under ${base}, it opens and trains without server and network, on every page`, async ({
    context,
    page,
  }) => {
    const host = new Host(base);
    await host.start();
    await openLab(page, `${host.site}lab/`);
    await kept(page);
    await host.stop();
    await context.setOffline(true);

    await page.reload();
    await expect(page.getByTestId('status')).toContainText('Runs on WASM');
    await train(page);
    await page.getByRole('link', { name: 'Race', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/race/i);
    await page.goto(`${host.site}race`); // as hosts do, to the page with the slash
    await expect(page).toHaveURL(`${host.site}race/`);
    await page.goto(`${host.site}race/index.html`);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/race/i);
  });
}

test.describe('a new build', () => {
  const folder = 'test-results/second-build';
  // stopped after a skipped test, too, which never started it
  let host = new Host('/site/');

  test.beforeAll(() => secondBuild('build', folder));
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
  test.beforeEach(async () => {
    host = new Host('/site/');
    await host.start();
  });
  test.afterEach(() => host.stop());

  /** A second tab, and the new build noticed by it. */
  async function newTab(context: BrowserContext): Promise<Page> {
    const tab = await context.newPage();
    await openLab(tab, `${host.site}lab/`);
    await expect(tab.getByText('A new version is ready.')).toBeVisible();
    return tab;
  }

  test('waits; nobody is reloaded; an old tab goes on with its own files, the reloaded one has only new ones', async ({
    context,
    page: old,
  }) => {
    await old.setViewportSize({ width: 400, height: 300 }); // so that the editor is far below
    await openLab(old, `${host.site}lab/`);
    await kept(old);
    await old.evaluate(() => Object.assign(globalThis, { sameDocument: true }));
    const [first] = await shelves(old);
    host.deploy(folder);

    const tab = await newTab(context);
    expect(isSecond(await loaded(tab)), 'before Reload all is of the first build').toEqual(new Set([false]));
    expect(await shelves(tab)).toHaveLength(2);
    host.asked.length = 0;
    await tab.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(async () => isSecond(await loaded(tab).catch(() => []))).toEqual(new Set([true]));
    await expect(tab.getByTestId('status')).toContainText('Runs on');
    expect(isSecond(await loaded(tab)), 'after Reload all is of the second').toEqual(new Set([true]));
    expect(host.asked.filter((path) => /start\.|immutable/.test(path) && !path.includes(SECOND))).toEqual([]);

    // The old tab: told, not reloaded, and what it loads only now is of its own build, which no server has any more.
    await expect(old.getByText('A new version is ready.')).toBeVisible();
    const before = await loaded(old);
    await old.locator('#loss-title').scrollIntoViewIfNeeded();
    await expect(old.getByTestId('loss-mathematics')).toBeVisible();
    await train(old);
    const late = (await loaded(old)).slice(before.length);
    expect(late.length).toBeGreaterThan(0);
    expect(isSecond(late)).toEqual(new Set([false]));
    const trainer = before.find((name) => name.startsWith('trainer'))!;
    expect(
      await old.evaluate(
        async (path) => (await fetch(path)).status,
        `${host.site}_app/immutable/workers/${trainer}`,
      ),
    ).toBe(200);
    expect(await old.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
    expect(await shelves(old), 'kept while the old tab lives').toContain(first);

    // By a link it comes to the new build as a whole.
    await old.getByRole('link', { name: 'Race', exact: true }).click();
    await expect.poll(async () => isSecond(await loaded(old).catch(() => []))).toEqual(new Set([true]));

    // Now nobody is of the first build.
    await tab.reload();
    await expect.poll(() => shelves(tab)).toHaveLength(1);
    expect(await shelves(tab)).not.toContain(first);
  });

  test('takes over by itself when the last old tab is closed', async ({ context, page }) => {
    await openLab(page, `${host.site}lab/`);
    await kept(page);
    host.deploy(folder);
    const tab = await newTab(context);
    await tab.goto('about:blank');
    await page.goto('about:blank');
    await expect
      .poll(async () => {
        await page.goto(host.site);
        const names = isSecond(await loaded(page));
        await page.goto('about:blank');
        return names;
      })
      .toEqual(new Set([true]));
  });

  test('is not taken when its files do not fit together, and the old one stays whole', async ({ page }) => {
    await openLab(page, `${host.site}lab/`);
    await kept(page);
    const before = await shelves(page);
    host.deploy(folder);
    // Half a deployment: one file is still that of the build before.
    await page.context().route('**/race/', (route) => route.fulfill({ body: 'of another build' }));
    const state = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration!.update();
      const worker = registration!.installing;
      if (!worker) return 'nothing to install';
      await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
      return worker.state;
    });
    expect(state).toBe('redundant');
    await page.context().unroute('**/race/');
    await page.reload();
    await expect(page.getByTestId('status')).toContainText('Runs on');
    expect(isSecond(await loaded(page))).toEqual(new Set([false]));
    expect(await shelves(page)).toEqual(expect.arrayContaining(before));
  });
});

test('who asks to save data gets no copy unasked', async ({ page, baseURL }) => {
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { saveData: true } }),
  );
  await page.goto(`${baseURL}reset/`);
  await expect(page.getByTestId('offline-copy')).toContainText('asks to save data');
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
  await page.getByRole('button', { name: /Keep a copy/ }).click();
  await expect(page.getByTestId('offline-copy')).toContainText('works without a network');
});
