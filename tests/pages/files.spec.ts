// What is too long for a link, and files of it: saved, dropped on the Lab, opened; and what is too heavy for any browser.
import { readFile } from 'node:fs/promises';
import { deflateRawSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { button, labels, openLab } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'files do not depend on the backend');
});

const visit = (page: Page) => page.getByTestId('visit');
const problem = (page: Page) => page.getByTestId('link-problem');

/** Lets go of a file above the page. */
const drop = (page: Page, name: string, inside: string) =>
  page.evaluate(
    ([called, content]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content!], called!));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    [name, inside],
  );

test('a run that is too long for a link is a file, which is dropped on the page to be opened', async ({
  page,
}) => {
  const LABELS = 600;
  await openLab(page);
  // pairs far from each other, whose numbers deflate can't shorten
  const events = Array.from({ length: LABELS }, (_, i) => {
    const index = (i * 7_919_137) % 999_999_937;
    const pair = { kind: 'stock', seed: 0, index, split: 'train' };
    const event = {
      id: `w:${i + 1}`,
      clock: i + 1,
      kind: 'judged',
      index,
      pair,
      choice: 'a',
      source: 'human',
    };
    return { project: 'far', writer: 'w', counter: i + 1, event };
  });
  const row = { project: 'far', name: 'Far', created: 1, modified: 1, settings: null };
  const file = { swayground: 'everything', parts: [{ version: 1, stores: { projects: [row], events } }] };
  await page.getByTestId('saved').click();
  await page.getByLabel('Bring back from a file').setInputFiles({
    name: 'far.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(file)),
  });
  await labels(page, LABELS);
  await button(page, 'Share').click();
  await expect(page.getByTestId('share-too-long')).toContainText('Too long for a link');
  await expect(page.getByTestId('share-holds')).toContainText(`${LABELS} labels`);
  await expect(button(page, 'Copy link')).toBeHidden();
  await expect(page.getByTestId('share-link')).toBeHidden();
  await page.getByRole('textbox', { name: 'title' }).fill('Far apart');
  const downloading = page.waitForEvent('download');
  await button(page, 'Save as file').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('far-apart.sway.json');
  const text = await readFile(await download.path(), 'utf8');

  const context = await page.context().browser()!.newContext();
  const other = await context.newPage();
  await openLab(other, page.url());
  await drop(other, 'far-apart.sway.json', text);
  await expect(visit(other)).toContainText('Far apart');
  await labels(other, LABELS);
  await expect(other.getByTestId('progress')).toContainText('not loaded yet'); // nothing runs by itself
  await drop(other, 'notes.txt', 'no JSON at all');
  await expect(problem(other)).toContainText('The file notes.txt can’t be opened');
  await expect(visit(other)).toContainText('Far apart');
  await button(other, 'Back to mine').click();
  await labels(other, 0);
  await context.close();
});

test('a link to what no browser can do says why, and no button starts it', async ({ page }) => {
  const loop = { steps: 5000, batch: 64, sync_ref_model: true, ref_model_sync_steps: 1 };
  const recipe = { world: 'reviews', labels: { count: 20_000 }, loop };
  const labelled = [0, 10_000].map((from) => ({ from, choices: 'ab'.repeat(5000) }));
  const days = JSON.stringify({ kind: 'lab', recipe, labels: labelled });
  await page.goto(`lab/#1.${deflateRawSync(days).toString('base64url')}`);
  const why = page.getByTestId('too-heavy');
  await expect(why).toContainText('It is not run here.');
  await expect(why).toContainText('at most 1e+15 multiply-adds');
  await expect(why).toContainText('Take fewer steps');
  await expect(button(page, 'Run')).toBeDisabled();
  const progress = page.getByTestId('progress');
  for (const name of ['Train', 'Step']) {
    await button(page, name).click();
    await expect(why).toBeVisible();
    await expect(progress).toContainText('not loaded yet');
  }
});
