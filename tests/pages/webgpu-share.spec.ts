// A run on WebGPU is shared without bits: whoever verifies it does so within a tolerance that is told. So few steps may be
// verified on WASM before WebGPU has compiled, where a run begins.
import { expect, test } from '@playwright/test';
import { button, labels, openLabOnWebgpu, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name !== 'with-webgpu', 'there is no WebGPU');
});

test('a run made on WebGPU is verified within the tolerance that is stated', async ({ page }) => {
  const STEPS = 3;
  await openLabOnWebgpu(page);
  await button(page, 'nano').click();
  await expect(page.getByTestId('status')).toContainText('Runs on WebGPU');
  for (const [i, name] of ['Prefer A', 'Prefer B', 'Prefer A'].entries()) {
    await button(page, name).click();
    await labels(page, i + 1);
  }
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill(String(STEPS));
  await steps.blur();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  await button(page, 'Share').click();
  await expect(page.getByTestId('share-holds')).toContainText('it can be verified within a tolerance of 2%');
  await expect(page.getByTestId('share-link')).toHaveValue(/#1\./);
  const link = await page.getByTestId('share-link').inputValue();
  await button(page, 'Close').click();

  await page.evaluate((hash) => void (location.hash = hash), new URL(link).hash);
  const visit = page.getByTestId('visit');
  await expect(visit).toContainText('3 labels');
  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('runs on').selectOption('webgpu');
  await expect(page.getByTestId('status')).toContainText('Runs on WebGPU');
  await button(page, 'Run it yourself').click();
  await expect(page.getByTestId('verdict')).toContainText(
    `Agrees within a tolerance of 2% after ${STEPS} steps; not all of it was computed on WASM`,
  );
});
