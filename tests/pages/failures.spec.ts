// Never a dead page: what cannot be loaded or is damaged is said, labels stay, and Reset tries again.
import { expect, test } from '@playwright/test';
import { answer, button, labels, manySteps, stepsDone, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
});

test('a trainer that cannot be loaded', async ({ page }) => {
  await page.route('**/workers/trainer*', (route) => route.abort());
  await page.goto('lab/');
  await expect(page.getByTestId('failure')).toContainText('Reset');
  await answer(page, '1');
  await labels(page, 1);
  await page.unroute('**/workers/trainer*');
  await button(page, 'Reset').click();
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await expect(page.getByTestId('failure')).toBeHidden();
  await labels(page, 1);
  await button(page, 'Train').click();
  await untilStep(page, 3);
});

test('a damaged checkpoint', async ({ page }) => {
  await page.route(/model\.safetensors/, (route) => route.fulfill({ body: 'not a checkpoint' }));
  await page.goto('lab/');
  await expect(page.getByTestId('failure')).toContainText(/safetensors|checkpoint/i);
  await page.unroute(/model\.safetensors/);
  await button(page, 'Reset').click();
  await expect(page.getByTestId('status')).toContainText('Runs on');
});

test('a missing checkpoint', async ({ page }) => {
  await page.route(/model\.safetensors/, (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto('lab/');
  await expect(page.getByTestId('failure')).toContainText('404');
});

test('a worker that dies in mid-run', async ({ page }) => {
  await page.goto('lab/');
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilStep(page, 3);
  const [worker] = page.workers();
  await worker!.evaluate(() => {
    setTimeout(() => {
      throw new Error('made to fail by the test');
    }, 0);
  });
  await expect(page.getByTestId('failure')).toContainText('made to fail by the test');
  await button(page, 'Reset').click();
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Train').click();
  await untilStep(page, 3);
});

test('a run whose worker died goes on from where it was kept', async ({ page }) => {
  await page.goto('lab/?debug');
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Label 200 pairs with the oracle').click();
  await manySteps(page);
  await button(page, 'Train').click();
  await expect.poll(async () => Number(await page.getByTestId('kept').innerText())).toBeGreaterThan(2);
  await button(page, 'Pause').click();
  await expect(page.getByTestId('progress')).toContainText('paused');
  const step = await stepsDone(page);
  await expect(page.getByTestId('kept')).toHaveText(String(step));
  const [worker] = page.workers();
  await worker!.evaluate(() => {
    setTimeout(() => {
      throw new Error('made to fail by the test');
    }, 0);
  });
  await expect(page.getByTestId('failure')).toContainText(`Train goes on from step ${step}`);
  await button(page, 'Step').click();
  await expect(page.getByTestId('progress')).toContainText(`step ${step + 1} of`);
});
