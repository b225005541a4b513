// The page about this device: says what there is, measures when asked, stops at once, and tells it all as text.
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { button } from './lab.ts';

const phase = (page: Page) => page.getByTestId('device-phase');
const wasm = (page: Page) => page.getByTestId('device-wasm');
const webgpu = (page: Page) => page.getByTestId('device-webgpu');
const row = (page: Page, backend: Page | ReturnType<typeof wasm>, name: string) =>
  backend.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });

/** The number at the beginning of a cell. */
const figure = (text: string): number => Number(text.replaceAll(',', '').match(/^[\d.]+/)?.[0]);

async function measureToTheEnd(page: Page): Promise<void> {
  await button(page, 'Measure this device').click();
  await expect(page.getByRole('progressbar')).toBeVisible();
  await expect(phase(page)).toHaveText('Measured.');
}

async function readFigures(page: Page, backend: ReturnType<typeof wasm>): Promise<void> {
  await expect(backend.getByTestId('device-gradient')).toContainText('Pass: of');
  for (const name of ['training', 'generation', 'product 1024 × 64 × 192', 'product 1024 × 256 × 256']) {
    const cells = row(page, backend, name).getByRole('cell');
    expect(figure(await cells.nth(0).innerText()), name).toBeGreaterThan(0);
    expect(figure(await cells.nth(1).innerText()), name).toBeGreaterThan(0);
    expect(figure(await cells.nth(2).innerText()), name).toBeGreaterThanOrEqual(4);
  }
}

test('nothing starts by itself; measured without WebGPU, WASM has its figures and WebGPU a reason', async ({
  page,
  context,
  baseURL,
}, { project }) => {
  test.skip(project.name === 'with-webgpu', 'there is WebGPU there');
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], {
    origin: new URL(baseURL!).origin,
  });
  await page.goto('device/');
  await expect(page.getByTestId('device-simd')).toContainText('WASM with SIMD runs here');
  await expect(page.getByTestId('device-adapter')).toContainText(/has no WebGPU|finds no graphics adapter/);
  await expect(page.getByTestId('device-text')).toContainText('Nothing was measured.');
  expect(page.workers()).toHaveLength(0);
  await measureToTheEnd(page);
  expect(page.workers()).toHaveLength(0);
  await readFigures(page, wasm(page));
  await expect(webgpu(page)).toContainText('use the wasm backend');
  await button(page, 'Copy the report').click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(await page.evaluate(() => navigator.userAgent));
  expect(copied).toMatch(/training: [\d,.]+ tokens\/s \(median [\d,.]+; \d+ slices\)/);
  expect(copied).toMatch(/gradients: Pass/);
  await expectAccessible(page);
});

test('Stop ends it at once, and it begins anew', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'the same with and without WebGPU');
  await page.goto('device/');
  await button(page, 'Measure this device').click();
  await expect(wasm(page)).toBeVisible();
  await button(page, 'Stop').click();
  await expect(phase(page)).toContainText('Stopped');
  await expect.poll(() => page.workers().length).toBe(0);
  await expect(page.getByTestId('device-text')).toContainText('stopped before its end');
  await button(page, 'Measure this device').click();
  await expect(page.getByTestId('device-doing')).toContainText('WASM');
  await button(page, 'Stop').click();
});

test('a software adapter is called one, its limits stand beside what is needed, and its gradients pass', async ({
  page,
}, { project }) => {
  test.skip(project.name === 'without-webgpu', 'there is no adapter there');
  await page.goto('device/');
  await expect(page.getByTestId('device-adapter')).toContainText('A software adapter');
  await expect(page.getByRole('row', { name: /maxStorageBufferBindingSize/ })).toContainText('MB');
  await measureToTheEnd(page);
  await readFigures(page, wasm(page));
  await readFigures(page, webgpu(page));
  await expect(webgpu(page)).toContainText('a software adapter');
  await expectAccessible(page);
});
