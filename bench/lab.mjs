// `node bench/lab.mjs [--steps N] [--width W] [--height H] [--every N]`: what the Lab's page takes of a machine while a run
// trains in it. Wants a built site. Times only: nothing passes or fails by them.
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { findBrowser } from '../scripts/browser.mjs';
import { serve } from '../scripts/serve.mjs';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '800' },
    every: { type: 'string' },
  },
});
const [steps, width, height] = [values.steps, values.width, values.height].map(Number);

const site = await serve({ port: 4400, tries: 100 });
const browser = await chromium.launch({
  executablePath: await findBrowser(),
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-features=WebGPU'],
});
try {
  const page = await browser.newPage({ serviceWorkers: 'block', viewport: { width, height } });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`${site}lab/`);
  await page.getByTestId('status').getByText('Runs on').waitFor();
  await page
    .getByRole('button', { name: /^Label \d+ pairs/ })
    .first()
    .click();
  const train = page.getByRole('region', { name: 'Train', exact: true });
  const set = async (name, value) => {
    const field = train.getByRole('textbox', { name, exact: true });
    if (!(await field.isVisible())) await train.getByText('More', { exact: true }).click();
    await field.fill(String(value));
    await field.blur();
  };
  await set('steps', steps);
  if (values.every) await set('evaluate every', values.every);
  await page.waitForTimeout(1500);

  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' }); // of its own work, not of waiting for a core
  const metrics = async () => {
    const { metrics: all } = await cdp.send('Performance.getMetrics');
    return Object.fromEntries(all.map(({ name, value }) => [name, value]));
  };
  const before = await metrics();
  const start = performance.now();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.waitForFunction(
    () => document.querySelector('[data-testid=progress]')?.textContent?.includes('finished'),
    null,
    { polling: 250, timeout: 600_000 },
  );
  const seconds = (performance.now() - start) / 1000;
  const after = await metrics();
  const ms = (name) => ((after[name] - before[name]) * 1000) / steps;
  const row = {
    steps,
    window: `${width}x${height}`,
    'steps/s': steps / seconds,
    'main thread, ms a step': ms('TaskDuration'),
    script: ms('ScriptDuration'),
    style: ms('RecalcStyleDuration'),
    layout: ms('LayoutDuration'),
    'busy %': ((after.TaskDuration - before.TaskDuration) / seconds) * 100,
  };
  for (const [name, value] of Object.entries(row))
    console.log(`${name.padEnd(24)} ${typeof value === 'number' ? value.toFixed(2) : value}`);
} finally {
  await browser.close();
}
process.exit(0); // the server goes on otherwise
