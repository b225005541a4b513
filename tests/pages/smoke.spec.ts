// The built site opens from a sub-path, quietly, from its own origin alone, in browsers with and without WebGPU.
import { expect, test } from '@playwright/test';

for (const path of ['', 'lab/']) {
  test(`/${path}: no console errors, nothing requested elsewhere`, async ({ page, baseURL }, { project }) => {
    const problems: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(baseURL!) && !/^(data|blob):/.test(url)) problems.push(`outside the site: ${url}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(problems).toEqual([]);

    const adapter = await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) != null);
    expect(adapter, 'a WebGPU adapter').toBe(project.name === 'with-webgpu');
  });
}
