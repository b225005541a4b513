// Rough handling: clicks faster than answers, changes of mind, labels taken away, pages left and come back to.
import { expect, test, type Page } from '@playwright/test';
import { button, labels, manySteps, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
});

/** Clicks in one go, as fast as a page can be clicked; buttons that are disabled then take no notice. */
const clickAll = (page: Page, names: string[]) =>
  page.evaluate((all) => {
    const buttons = [...document.querySelectorAll('button')];
    for (const name of all) buttons.find((one) => one.textContent?.trim() === name)?.click();
  }, names);

async function openWithLabels(page: Page): Promise<string[]> {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  return failures;
}

test('Train, Pause, Step and Reset pressed all at once leave a run that works', async ({ page }) => {
  const failures = await openWithLabels(page);
  await button(page, 'Train').dblclick();
  await clickAll(page, Array.from({ length: 8 }, () => ['Train', 'Train', 'Pause', 'Step', 'Reset']).flat());
  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await expect.poll(() => stepsDone(page)).toBe(0);
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 3);
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
  expect(failures).toEqual([]);
});

test('of sizes and backends chosen one after the other the last counts', async ({ page }) => {
  const failures = await openWithLabels(page);
  await clickAll(page, Array.from({ length: 20 }, () => ['nano', 'micro']).flat());
  await page.getByText('More', { exact: true }).click();
  for (const backend of ['webgpu', 'auto', 'webgpu', 'wasm'])
    await page.getByLabel('runs on').selectOption(backend);
  await button(page, 'nano').click();
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('status')).toContainText('31,520 parameters');
  await expect(page.getByTestId('status')).toContainText('wasm was asked for');
  await button(page, 'Train').click();
  await untilStep(page, 5);
  expect(page.workers()).toHaveLength(1);
  expect(failures).toEqual([]);
});

test('a backend that is not to be had is said, with a way out', async ({ page }) => {
  await openWithLabels(page);
  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('runs on').selectOption('webgpu');
  await expect(page.getByTestId('failure')).toContainText('Nothing runs. WebGPU finds no graphics adapter');
  await button(page, 'Train on WASM instead').click();
  await expect(page.getByLabel('runs on')).toHaveValue('wasm');
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('failure')).toBeHidden();
  await button(page, 'Train').click();
  await untilStep(page, 3);
});

test('a run whose labels are all taken back pauses and says what it lacks', async ({ page }) => {
  await openLab(page);
  for (const [i, name] of ['Prefer A', 'Prefer B', 'Prefer A'].entries()) {
    await button(page, name).click();
    await labels(page, i + 1);
  }
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 2);
  for (let i = 0; i < 3; i++) await button(page, 'Undo').click();
  await labels(page, 0);
  await untilPhase(page, 'paused');
  await expect(page.getByText('Nothing to learn from')).toBeVisible();
  await expect(page.getByTestId('failure')).toBeHidden();
  const paused = await stepsDone(page);
  await button(page, 'Prefer B').click();
  await labels(page, 1);
  await expect(page.getByText('Nothing to learn from')).toBeHidden();
  await button(page, 'Train').click();
  await untilStep(page, paused + 2);
});

test('a page that is left trains no more, and works again on return', async ({ page }) => {
  const failures = await openWithLabels(page);
  await button(page, 'Train').click();
  await untilStep(page, 2);
  await page.getByRole('link', { name: /race/i }).first().click();
  await expect(page).toHaveURL(/race/);
  await expect.poll(() => page.workers().length).toBe(0);
  await page.goBack();
  await expect(page.getByTestId('status')).toContainText('Runs on');
  expect(page.workers()).toHaveLength(1);
  await page.goForward(); // away before anything is open, and back
  await page.goBack();
  await expect(page.getByTestId('status')).toContainText('Runs on');
  expect(page.workers()).toHaveLength(1);
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilStep(page, 2);
  expect(failures).toEqual([]);
});
