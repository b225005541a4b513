// What is kept is seen, downloaded and cleared; nothing is cleared without a download or a word.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'what is kept does not depend on the backend');
});

/** As a visitor has it who was here before: a database, a setting, an offline copy; and a neighbour on the same origin. */
async function openAfterAVisit(page: Page): Promise<void> {
  await page.goto('reset/');
  await expect(page.getByTestId('offline-copy')).toContainText('works without a network');
  await page.evaluate(async () => {
    localStorage.setItem('swayground-theme', 'light');
    localStorage.setItem('neighbour', 'stays');
    for (const name of ['swayground', 'neighbour']) {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () =>
          request.result.createObjectStore('projects').put({ name: 'mine' }, 'key');
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
        request.onerror = () => reject(request.error!);
      });
    }
    await caches.open('neighbour');
  });
  await page.reload();
  await expect(page.getByRole('table')).toBeVisible();
}

const left = (page: Page) =>
  page.evaluate(async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name),
    settings: Object.keys(localStorage),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
  }));
const clearButton = (page: Page) => page.getByRole('button', { name: 'Clear everything', exact: true });

test('shows what is kept, downloads it, and clears all of it after a question, and nothing of a neighbour', async ({
  page,
}) => {
  await openAfterAVisit(page);
  const kept = page.getByTestId('kept');
  await expect(kept).toContainText('swayground-theme');
  await expect(kept).toContainText(/The site itself.* MB/);
  await expect(kept).not.toContainText('neighbour');
  await expect(clearButton(page)).toBeDisabled();

  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download everything' }).click();
  const file = await readFile(await (await coming).path(), 'utf8');
  expect(JSON.parse(file)).toMatchObject({
    parts: [{ version: 1, stores: { projects: [{ name: 'mine' }] } }],
  });

  await clearButton(page).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  expect((await left(page)).databases).toContain('swayground');
  await clearButton(page).click();
  await page.getByRole('button', { name: 'Clear everything now' }).click();
  await expect(page.getByTestId('cleared')).toContainText('Everything is cleared');
  await expect(kept).toContainText('Nothing is kept');
  expect(await left(page)).toEqual({
    databases: ['neighbour'],
    settings: ['neighbour'],
    caches: ['neighbour'],
    workers: 0,
  });
});

test('a database that another tab holds is named, with the cure; the rest is cleared', async ({
  page,
  context,
}) => {
  await openAfterAVisit(page);
  const other = await context.newPage();
  await other.goto('preview.png');
  await other.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open('swayground');
        request.onsuccess = () => {
          Object.assign(globalThis, { holding: request.result });
          resolve();
        };
      }),
  );
  await page.getByLabel('Clear without a download').check();
  await clearButton(page).click();
  await page.getByRole('button', { name: 'Clear everything now' }).click();
  await expect(page.getByRole('alert')).toContainText('close that tab and clear again');
  const after = await left(page);
  expect(after.settings).toEqual(['neighbour']);
  expect(after.workers).toBe(0);
});

test('works while IndexedDB never answers, and says so', async ({ page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.databases = () => new Promise(() => undefined);
    localStorage.setItem('swayground-theme', 'dark');
  });
  await page.goto('reset/');
  await expect(page.getByRole('alert')).toContainText('did not answer within 5 s');
  await expect(page.getByTestId('kept')).toContainText('swayground-theme');
});

test('axe finds nothing while the page asks', async ({ page }) => {
  await openAfterAVisit(page);
  await page.evaluate(() => delete document.documentElement.dataset.theme); // as the browser has it
  await page.getByLabel('Clear without a download').check();
  await clearButton(page).click();
  await expectAccessible(page);
});
