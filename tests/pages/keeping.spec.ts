// Nothing lost: labels, settings and runs come back from several tabs, from another visit, and without storage.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { bringBack, label, MANY_STEPS, saved, setSteps, takeNano, untilSaved } from './keeping.ts';
import { answer, button, labels, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'kept alike on every backend');
});

/** The digest that Share tells, for a page without its debug panel. */
async function sharedDigest(page: Page): Promise<string> {
  await button(page, 'Share').click();
  const told = page.getByTestId('share-holds');
  await expect(told).toContainText(/engine \d+ \([\w-]{8,}\)/);
  const digest = /engine \d+ \(([\w-]{8,})\)/.exec(await told.innerText())?.[1] ?? '';
  await button(page, 'Close').click();
  return digest;
}

test('two tabs label at once: every label is in both, and there after a reload; one keeps the run', async ({
  page: one,
}) => {
  await openLab(one);
  const two = await one.context().newPage();
  await openLab(two);
  await expect(two.getByText('open in another tab, which keeps the settings')).toBeVisible();
  for (let i = 0; i < 5; i++) {
    await Promise.all([one, two].map((page) => button(page, i % 2 === 0 ? 'Prefer A' : 'Prefer B').click()));
    await Promise.all([one, two].map((page) => labels(page, 2 * (i + 1))));
  }
  await untilSaved(one);
  await expect(saved(two)).toHaveText('Labels saved in this browser; the rest is kept by another tab');
  await expect(two.getByText('The numbers on this page are not saved.')).toBeHidden();
  await setSteps(two, 77);
  await expect(two.getByText('The numbers on this page are not saved.')).toBeVisible();
  await one.reload(); // meanwhile the other tab keeps the run
  await labels(one, 10);
  await untilSaved(two); // the writer now
  await expect(two.getByTestId('progress')).toContainText('of 77');
  await button(one, 'Take over').click();
  await expect(one.getByText('open in another tab')).toBeHidden();
  await expect(two.getByText('open in another tab')).toBeVisible();
  await expect(one.getByTestId('progress')).toContainText('of 77');
  await button(two, 'Undo').click();
  await labels(one, 9);
  await labels(two, 9);
});

test('storage that is refused: the page says so, and its download brings back labels, settings and the run', async ({
  page,
  browser,
  baseURL,
}) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused', 'SecurityError');
    };
  });
  await openLab(page);
  await expect(page.getByText('Not saved.', { exact: true })).toBeVisible();
  await takeNano(page);
  await label(page, 6);
  await setSteps(page, MANY_STEPS);
  await button(page, 'Train').click();
  await untilStep(page, 3);
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
  await page.getByRole('link', { name: 'Lab', exact: true }).click();
  await expect(page.getByText('Your run is here as you left it')).toBeVisible();
  await labels(page, 6);
  const step = await stepsDone(page);
  expect(step).toBeGreaterThanOrEqual(3);
  const waiting = page.waitForEvent('download');
  await button(page, 'Download').click();
  const file = await (await waiting).path();
  expect(await readFile(file, 'utf8')).toContain('"judged"');
  await setSteps(page, step + 20); // what is left to be trained says as much as thousands of steps
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const digest = await sharedDigest(page);

  const other = await browser.newPage(baseURL === undefined ? {} : { baseURL });
  await openLab(other);
  await saved(other).click();
  await other.getByLabel('Bring back from a file').setInputFiles(file);
  await expect(other.getByText('Brought back: 1 project, 6 new label events, 1 run')).toBeVisible();
  await expect(other.getByText('Your run is here as you left it')).toBeVisible();
  await labels(other, 6);
  expect(await stepsDone(other)).toBe(step);
  await expect(other.getByTestId('progress')).toContainText(`of ${MANY_STEPS}`);
  await untilSaved(other);
  await setSteps(other, step + 20);
  await button(other, 'Train').click();
  await untilPhase(other, 'finished');
  expect(await sharedDigest(other)).toBe(digest);
  await other.close();
});

/** Names of the projects in the database. */
const projectsOf = (page: Page): Promise<string[]> =>
  page.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const opening = indexedDB.open('swayground');
        opening.onerror = () => reject(new Error('not opened'));
        opening.onsuccess = () => {
          const asked = opening.result.transaction('projects').objectStore('projects').getAll();
          asked.onsuccess = () => {
            opening.result.close();
            resolve((asked.result as { name: string }[]).map(({ name }) => name));
          };
        };
      }),
  );

test('a page on which nothing is made leaves no project; another page of the site and back leaves one writer', async ({
  page,
}) => {
  await openLab(page);
  await expect(saved(page)).toHaveText('Nothing to save yet');
  await page.reload();
  await openLab(page);
  expect(await projectsOf(page)).toEqual([]);
  await label(page, 2);
  await untilSaved(page);
  expect(await projectsOf(page)).toEqual(['My first project']);
  await button(page, 'Step').click();
  await untilStep(page, 1);
  for (let i = 0; i < 2; i++) {
    await page.getByRole('link', { name: 'Race', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await expect(page.getByText('Your run is here as you left it: step 1')).toBeVisible();
    await untilSaved(page);
  }
  const held = await page.evaluate(async () =>
    ((await navigator.locks.query()).held ?? []).filter(({ name }) => name?.startsWith('swayground-writer')),
  );
  expect(held).toHaveLength(1);
});

test('thousands of labels: they train, and the run of them comes back', async ({ page }) => {
  await openLab(page);
  await bringBack(page, 2100);
  await takeNano(page);
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Step').click();
  await untilStep(page, 1);
  await answer(page, '1');
  await labels(page, 2101);
  await button(page, 'Step').click();
  await untilStep(page, 2);
  await untilSaved(page);
  await page.reload();
  await expect(page.getByText('Your run is here as you left it: step 2')).toBeVisible();
  await labels(page, 2101);
});

test('projects: a new one is empty, the old one comes back as it was, and can be deleted', async ({
  page,
}) => {
  await openLab(page);
  await label(page, 3);
  await saved(page).click();
  await page.getByLabel('a new one').fill('Second');
  await button(page, 'Begin').click();
  await labels(page, 0);
  await page.getByRole('combobox', { name: 'project' }).selectOption('My first project');
  await labels(page, 3);
  await button(page, 'Delete this project').click();
  await button(page, 'Delete “My first project”').click();
  await labels(page, 0);
  await page.reload();
  await labels(page, 0);
});

test('a project that is deleted in another tab while it trains: that is said, and Reset begins what is kept', async ({
  page,
}) => {
  await openLab(page);
  await label(page, 3);
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('5000');
  await steps.blur();
  await button(page, 'Train').click();
  await untilStep(page, 3);
  const other = await page.context().newPage();
  await openLab(other);
  await saved(other).click();
  await button(other, 'Delete this project').click();
  await button(other, 'Delete “My first project”').click();
  await labels(other, 0);
  await other.close();
  await expect(page.getByTestId('status')).toContainText('This run was deleted in another tab');
  await expect(saved(page)).toHaveText('Deleted in another tab: nothing on this page is saved');
  expect(await projectsOf(page)).toEqual([]);
  await button(page, 'Reset').click();
  await expect(page.getByText('What is on this page has been kept again.')).toBeVisible();
  await button(page, 'Step').click();
  // the run that was deleted had made more steps, and is told of until the new one is open
  await expect(page.getByTestId('progress')).toContainText('step 1 of 5000');
  await untilSaved(page);
  expect(await projectsOf(page)).toEqual(['My first project']);
  await page.reload();
  await expect(page.getByText('Your run is here as you left it: step 1')).toBeVisible();
  await labels(page, 3);
});
