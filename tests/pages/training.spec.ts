// The main job, end to end: label, train in the worker, watch. On WASM, and on WebGPU where a browser has it.
import { expect, test } from '@playwright/test';
import {
  answer,
  button,
  chartValue,
  labels,
  manySteps,
  openLab,
  openLabOnWebgpu,
  stepsDone,
  untilPhase,
  untilStep,
} from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test('ten labels by keyboard, Train, and the model prefers what was chosen', async ({ page }, {
  project,
}) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  await (project.name === 'with-webgpu' ? openLabOnWebgpu(page) : openLab(page));
  for (let i = 1; i <= 10; i++) {
    await answer(page, i % 3 === 0 ? '2' : '1');
    await labels(page, i);
  }
  await button(page, 'Train').click();
  await untilStep(page, 12);
  await expect.poll(() => chartValue(page, 'Margin', 'margin')).toBeGreaterThan(0);
  const chosen = await chartValue(page, 'Rewards', 'chosen');
  const rejected = await chartValue(page, 'Rewards', 'rejected');
  expect(chosen).toBeGreaterThan(rejected);
  expect(Number.isFinite(await chartValue(page, 'Log-probs', 'chosen'))).toBe(true);
  await expect(
    page
      .getByTestId('held-out')
      .getByRole('row', { name: /Positive/ })
      .first(),
  ).toContainText(/\d\s%/);
  await expect(page.getByText('Measured here, after step')).toBeVisible();
  await expect(page.getByTestId('progress')).toContainText('steps/s');
  expect(failures).toEqual([]);
});

test('step, pause, change a number, go on, reset', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Step').click();
  await untilStep(page, 1);
  expect(await stepsDone(page)).toBe(1);
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 3);
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
  const paused = await stepsDone(page);
  const rate = page.getByRole('textbox', { name: 'learning rate' });
  await rate.fill('0.0005');
  await rate.blur();
  await button(page, 'Step').click();
  await untilStep(page, paused + 1);
  expect(await stepsDone(page)).toBe(paused + 1);
  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  expect(await stepsDone(page)).toBe(0);
  await expect(page.getByTestId('label-progress')).toContainText('200 by the oracle');
});

test('a number that needs a new run asks first', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Step').click();
  await untilStep(page, 1);
  const batch = page.getByRole('textbox', { name: 'batch' });
  await batch.fill('8');
  await batch.press('Enter');
  await expect(page.getByText('With batch 8 pairs a new run starts')).toBeVisible();
  await button(page, 'Keep this one').click();
  await expect(batch).toHaveValue('16');
  expect(await stepsDone(page)).toBe(1);
  await batch.fill('8');
  await batch.press('Enter');
  await button(page, 'Start a new run').click();
  await untilPhase(page, 'ready');
  expect(await stepsDone(page)).toBe(0);
  await expect(batch).toHaveValue('8');
});

test('a response that was typed is shown word by word', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  const field = page.getByRole('textbox', { name: 'or type a response of your own' });
  await field.fill('zxqv');
  await button(page, 'Show').click();
  await expect(page.getByText('“zxqv” is not among')).toBeVisible();
  await field.fill('I loved this movie .');
  await button(page, 'Show').click();
  await expect(page.getByTestId('tokens').getByRole('listitem')).toHaveCount(6);
  await expect(page.getByTestId('tokens')).toContainText('loved');
});

test('another prompt has its own ranking', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  const first = await page.getByTestId('ranking').innerText();
  await page.getByLabel('asked with the prompt').selectOption({ index: 20 });
  await expect.poll(() => page.getByTestId('ranking').innerText()).not.toBe(first);
});

test('the status line names the backend and why not the other', async ({ page }, { project }) => {
  await openLab(page);
  const status = page.getByTestId('status');
  await expect(status).toContainText('Runs on WASM');
  await expect(status).toContainText(
    project.name === 'with-webgpu' ? 'only software' : 'Why not WebGPU: WebGPU finds no graphics adapter',
  );
});

test('a lost device is said, and training goes on', async ({ page }, { project }) => {
  test.skip(project.name !== 'with-webgpu', 'WASM has no device to lose');
  await openLabOnWebgpu(page, '?debug');
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilStep(page, 2);
  await button(page, 'Lose the device').click();
  await expect(page.getByTestId('status')).toContainText('was lost');
  const then = await stepsDone(page);
  await untilStep(page, then + 3);
});

test('a hidden tab is said on return', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 3);
  const turn = (state: string) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await turn('hidden');
  await untilStep(page, (await stepsDone(page)) + 3);
  await turn('visible');
  await expect(page.getByTestId('status')).toContainText('This tab was hidden for');
});

test('absurd numbers leave a page that can be reset', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  for (const [name, value] of [
    ['learning rate', '0.1'],
    ['beta', '5'],
  ] as const) {
    const train = page.getByRole('region', { name: 'Train', exact: true });
    const field = train.getByRole('textbox', { name, exact: true });
    await field.fill(value);
    await field.blur();
  }
  await button(page, 'Train').click();
  await expect(page.getByTestId('progress')).toContainText(/finished|stopped/);
  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('failure')).toBeHidden();
  expect(await stepsDone(page)).toBe(0);
});
