// A run on WebGPU starts on WASM while WebGPU compiles; here the compiler waits until the test lets it go on.
import { expect, test, type Page } from '@playwright/test';
import { button, chartValue, labels, manySteps, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name !== 'with-webgpu', 'there is nothing to compile');
});

/** Put before the worker's own program: compiling waits for a word of the test. */
const PRELUDE = `
const word = new Promise((resolve) => {
  new BroadcastChannel('compiling').onmessage = ({ data }) => resolve(data);
});
const compile = GPUDevice.prototype.createComputePipelineAsync;
GPUDevice.prototype.createComputePipelineAsync = async function (descriptor) {
  if ((await word) === 'refuse') throw new Error('refused by the test');
  return compile.call(this, descriptor);
};
`;

const say = (page: Page, word: 'compile' | 'refuse') =>
  page.evaluate((data) => new BroadcastChannel('compiling').postMessage(data), word);
const status = (page: Page) => page.getByTestId('status');

async function trainWhileCompiling(page: Page): Promise<void> {
  await page.route('**/workers/trainer*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: PRELUDE + (await response.text()) });
  });
  await openLab(page);
  await page.getByRole('button', { name: 'nano', exact: true }).click();
  for (const name of ['Prefer A', 'Prefer B', 'Prefer A']) await button(page, name).click();
  await labels(page, 3);
  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('runs on').selectOption('webgpu');
  await expect(status(page)).toContainText(/Runs on WASM .* while WebGPU \(.+\) compiles/);
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 5);
  await expect(page.getByTestId('progress')).toContainText('WASM while WebGPU compiles');
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
}

test('steps are made on WASM, and the run moves when WebGPU has compiled', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  await trainWhileCompiling(page);
  const made = await stepsDone(page);
  const margin = await chartValue(page, 'Margin', 'margin');
  await say(page, 'compile');
  await expect(status(page)).toContainText('Runs on WebGPU');
  await expect(status(page)).toContainText(`training goes on there after step ${made}.`);
  expect(await stepsDone(page)).toBe(made);
  await button(page, 'Step').click();
  await untilStep(page, made + 1);
  await button(page, 'Step').click();
  await untilStep(page, made + 2);
  expect(await stepsDone(page)).toBe(made + 2);
  // it goes on from there, not from the base model, whose margin is 0
  expect(await chartValue(page, 'Margin', 'margin')).toBeGreaterThan(margin / 2);
  expect(failures).toEqual([]);
});

test('where WebGPU refuses the programs, the run goes on in WASM and says why', async ({ page }) => {
  await trainWhileCompiling(page);
  const made = await stepsDone(page);
  await say(page, 'refuse');
  await expect(status(page)).toContainText('the run stays on WASM');
  await expect(status(page)).toContainText(
    /Runs on WASM .*Why not WebGPU: WebGPU refuses the kernel .*refused by the test/,
  );
  await button(page, 'Train').click();
  await untilStep(page, made + 5);
  await expect(page.getByTestId('failure')).toBeHidden();
});
