// Storage that fills up under a page, and data of a newer version of the site beside one of this version.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import type { ProjectRow } from '../../src/storage/schema.ts';
import { answer, button, labels, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'kept alike on every backend');
});

const saved = (page: Page) => page.getByTestId('saved');

async function setSteps(page: Page, steps: number): Promise<void> {
  const field = page.getByRole('textbox', { name: 'steps', exact: true });
  await field.fill(String(steps));
  await field.blur();
  await expect(page.getByTestId('progress')).toContainText(`of ${steps}`);
  await page.getByRole('heading', { level: 1 }).click();
}

async function download(page: Page): Promise<string> {
  const waiting = page.waitForEvent('download');
  await button(page, 'Download').click();
  return (await waiting).path();
}

test('storage that fills up: the page goes on, says so, and its download holds all', async ({
  page,
  browser,
  baseURL,
}) => {
  await openLab(page);
  await answer(page, '1');
  await labels(page, 1);
  await expect(saved(page)).toHaveText('Saved in this browser');

  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  // the browser goes by what it last knew of the room for some seconds
  let made = 1;
  await expect(async () => {
    await answer(page, '2');
    await labels(page, ++made);
    await expect(page.getByText('Not saved.', { exact: true })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await expect(page.getByText('The storage that the browser allows this site is full.')).toBeVisible();
  await expect(saved(page)).toHaveText('Not saved');
  for (const key of ['1', '0', '2']) {
    await answer(page, key);
    await labels(page, ++made);
  }
  await setSteps(page, 6);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  await expect(saved(page)).toHaveText('Not saved');
  const file = await download(page);

  const other = await browser.newPage({ baseURL: baseURL! });
  await openLab(other);
  await saved(other).click();
  await other.getByLabel('Bring back from a file').setInputFiles(file);
  await expect(other.getByText(`Brought back: 1 project, ${made} new label events, 1 run`)).toBeVisible();
  await labels(other, made);
  await expect(other.getByText('Your run is here as you left it: finished at step 6.')).toBeVisible();
  await other.close();

  // there is room again: another page of the site and back, and all of it is written
  await session.send('Storage.overrideQuotaForOrigin', { origin });
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
  await page.getByRole('link', { name: 'Lab', exact: true }).click();
  await expect(saved(page)).toHaveText('Saved in this browser');
  await page.reload();
  await openLab(page);
  await labels(page, made);
  await untilStep(page, 6);
});

/** Reads the only project's row; `schema`: also writes it back as if code with settings of that schema had set it. */
const project = (page: Page, schema: number | null = null): Promise<ProjectRow> =>
  page.evaluate(
    (wanted) =>
      new Promise<ProjectRow>((resolve, reject) => {
        const opening = indexedDB.open('swayground');
        opening.onerror = () => reject(new Error('not opened'));
        opening.onsuccess = () => {
          const db = opening.result;
          const tx = db.transaction('projects', 'readwrite');
          const store = tx.objectStore('projects');
          const asked = store.getAll();
          let row: ProjectRow;
          asked.onsuccess = () => {
            row = (asked.result as ProjectRow[])[0]!;
            if (wanted === null) return;
            const value = { written: 'by newer code' };
            row = { ...row, settings: { ...row.settings!, schema: wanted, value, writer: 'newer' } };
            store.put(row);
          };
          tx.oncomplete = () => {
            db.close();
            resolve(row);
          };
        };
      }),
    schema,
  );

test('settings of newer code: a tab of this version says so and leaves them as they are', async ({
  page,
}) => {
  await openLab(page);
  for (let i = 1; i <= 2; i++) {
    await answer(page, '1');
    await labels(page, i);
  }
  await setSteps(page, 33);
  await expect(saved(page)).toHaveText('Saved in this browser');
  const { settings } = await project(page, 1000);
  const told = page.getByText('A newer version of this site has already written here');

  // the tab that is open finds them when it wants to write
  await setSteps(page, 44);
  await expect(told).toBeVisible();
  await answer(page, '2');
  await labels(page, 3);
  expect((await project(page)).settings).toEqual(settings);

  // one that is opened later sees them at once
  await page.reload();
  await openLab(page);
  await expect(told).toBeVisible();
  await labels(page, 3); // a log that only grows is added to by any version
  await setSteps(page, 7);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  expect(await stepsDone(page)).toBe(7);
  const { parts } = JSON.parse(await readFile(await download(page), 'utf8')) as {
    parts: { stores: { projects?: ProjectRow[] } }[];
  };
  const rows = parts.flatMap(({ stores }) => stores.projects ?? []);
  expect(rows.map((row) => row.settings)).toContainEqual(settings);
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
  expect((await project(page)).settings).toEqual(settings);
});
