// The page of reward models: oracle labels, a short run, accuracy with its interval, the pictures, and the file; then one's own labels.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { expectAccessible } from './axe.ts';
import { expectTablesBehindCharts } from './charts.ts';
import { answer, button, chartValue, labels, openLab, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'reward models train on WASM');
});

const number = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

async function openShort(page: Page, steps: number): Promise<void> {
  await page.goto('reward/');
  // until the page has come alive, a field would fall back to what was prerendered
  await expect(async () => {
    await number(page, 'steps').fill(String(steps), { timeout: 1000 });
    await expect(page.getByTestId('progress')).toContainText(`of ${steps}`, { timeout: 500 });
  }).toPass();
}

test('an oracle’s labels, a short run: accuracy, pictures, ranking, and the file', async ({ page }) => {
  let workers = 0;
  page.on('worker', () => workers++);
  await openShort(page, 60);
  expect(workers, 'no worker before Train is pressed').toBe(0);
  await number(page, 'learning rate').fill('0.001');
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  // a share with its interval, above chance
  const accuracy = page.getByTestId('accuracy');
  await expect(accuracy).toContainText(
    /first on \d+\s% of \d+ held-out pairs \(95\s% interval \d+\s% to \d+\s%\)/,
  );
  expect(Number.parseInt(await accuracy.locator('.big').innerText())).toBeGreaterThan(60);
  expect(await chartValue(page, 'Margin', 'margin')).toBeGreaterThan(0.1);
  await expect(page.getByRole('img', { name: /^Reliability\. On average it is \d+/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /^Rewards: better on average/ })).toBeVisible();
  await expect(
    page.getByRole('img', { name: /^Best of n\. Best of 128 by the reward gains \+\d/ }),
  ).toBeVisible();
  await expectTablesBehindCharts(page, 9);
  for (const summary of await page.getByText('What it is, and its numbers').all()) await summary.click();
  await expectAccessible(page);
  const ranking = page.getByTestId('reward-ranking').getByRole('row');
  await expect(ranking).toHaveCount(13);
  const first = await ranking.nth(1).innerText();
  await page.getByLabel('responses to the prompt').selectOption({ index: 3 });
  await expect(ranking.nth(1)).not.toHaveText(first);

  const saved = page.waitForEvent('download');
  await button(page, 'Save as ONNX').click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe('reward-positive-60.onnx');
  const read = readOnnx(new Uint8Array(await readFile(await download.path())));
  expect(read.ok && read.value.outputs.map(({ name }) => name)).toEqual(['reward']);

  await number(page, 'seed').fill('1');
  await expect(page.getByText('has changed since this model began')).toBeVisible();
  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('accuracy')).toContainText('50\u202f% of');
});

test('as a judge in the Lab it ranks responses and labels pairs', async ({ page }) => {
  await openShort(page, 20);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  await button(page, 'Use it as judge').click();
  await expect(page.getByTestId('frozen-status')).toContainText('reward-positive-20.onnx runs on');
  await expect(page.getByTestId('frozen-facts')).toContainText('A reward model of Swayground');
  await expect(page.getByTestId('frozen-ranking').locator('tbody tr')).toHaveCount(12);
  await page.getByLabel('How many pairs it labels').selectOption('10');
  await button(page, 'Let it label 10 pairs').click();
  await expect(page.getByTestId('frozen-judged')).toContainText('10 labels by it');
});

test('the visitor’s own labels come from their project', async ({ page }) => {
  await openLab(page);
  for (let i = 0; i < 10; i++) {
    await answer(page, i % 3 === 1 ? 'ArrowRight' : 'ArrowLeft');
    await labels(page, i + 1);
  }
  await expect(page.getByTestId('saved')).toContainText(/saved/i);
  await openShort(page, 5);
  await expect(page.getByTestId('own-labels')).toContainText('10 labels of yours');
  await expect(page.getByRole('radio', { name: 'my own labels' })).toBeChecked();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  await expect(page.getByTestId('accuracy')).toContainText('Of 2 labels of yours that it never saw');
  await expect(page.getByTestId('best-of-n')).toBeVisible();
});

test('without labels there is a way on', async ({ page }) => {
  await openShort(page, 5);
  await page.getByRole('radio', { name: 'my own labels' }).check();
  await expect(page.getByRole('alert')).toContainText('Label some pairs in the Lab');
  await expect(button(page, 'Train')).toBeDisabled();
});
