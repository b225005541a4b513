// Killed at any moment: labels, settings and runs come back after the browser's end.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { stream } from '../../src/base/random.ts';
import { executablePath, withoutWebGPU } from '../chromium.ts';
import { bringBack, KEYS, label, MANY_STEPS, setSteps, takeNano, untilSaved } from './keeping.ts';
import { button, chartValue, labels, openLab, stepsDone, untilPhase } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

/** By hand: SWAY_KILLS=100. */
const KILLS = Number(process.env['SWAY_KILLS'] ?? 5);

let profile = '';
let browsers: BrowserContext[] = [];

test.beforeEach(async ({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'kept alike on every backend');
  profile = await mkdtemp(join(tmpdir(), 'swayground-profile-'));
});
test.afterEach(async () => {
  await Promise.all(browsers.map((browser) => browser.close().catch(() => undefined)));
  browsers = [];
  await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** A browser with a profile on disk, as a visitor's. */
async function start(baseURL: string | undefined): Promise<{ browser: BrowserContext; page: Page }> {
  const args = withoutWebGPU;
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args,
    baseURL: baseURL ?? '',
    viewport: { width: 1280, height: 800 },
  });
  browsers.push(browser);
  return { browser, page: browser.pages()[0] ?? (await browser.newPage()) };
}

/** SIGKILL to the browser's process and those that it started; nothing is told to the page. */
async function kill(browser: BrowserContext): Promise<void> {
  const closed = new Promise<void>((resolve) => browser.once('close', () => resolve()));
  const session = await browser.browser()?.newBrowserCDPSession();
  const info = await session?.send('SystemInfo.getProcessInfo');
  const processes = info?.processInfo ?? [];
  expect(processes.some(({ type }) => type === 'browser')).toBe(true);
  // the browser first: it would say goodbye to the others
  processes.sort(({ type }) => (type === 'browser' ? -1 : 1));
  for (const { id } of processes) {
    try {
      process.kill(id, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  await closed;
  browsers = browsers.filter((one) => one !== browser);
  // the profile of a killed browser stays locked to it
  await Promise.all(
    ['SingletonLock', 'SingletonCookie', 'SingletonSocket'].map((name) =>
      rm(join(profile, name), { force: true }),
    ),
  );
}

/** Labels that the page shows at a moment at which it says that all is saved; null at another. */
const shownAsSaved = (page: Page): Promise<number | null> =>
  page.evaluate(() => {
    const text = (id: string): string => document.querySelector(`[data-testid="${id}"]`)?.textContent ?? '';
    if (!text('saved').startsWith('Saved in this browser')) return null;
    const told = /([\d,]+) labels? by you/.exec(text('label-progress'))?.[1];
    return Number(told?.replaceAll(',', ''));
  });

async function digestOf(page: Page): Promise<string> {
  await button(page, 'Tell the receipt').click();
  await expect(page.getByTestId('digest')).toHaveText(/^[\w-]{8,}$/);
  return page.getByTestId('digest').innerText();
}

test('killed in mid-run: labels, settings, curves and the run come back, and it ends with the same bits', async ({
  baseURL,
}) => {
  const first = await start(baseURL);
  let { page } = first;
  await openLab(page, '?debug');
  await takeNano(page);
  await label(page, 30);
  await setSteps(page, MANY_STEPS);
  await untilSaved(page);
  await button(page, 'Train').click();
  await expect.poll(async () => Number(await page.getByTestId('kept').innerText())).toBeGreaterThan(20);
  const atLeast = Number(await page.getByTestId('kept').innerText());
  expect(await stepsDone(page)).toBeLessThan(MANY_STEPS);
  await kill(first.browser);

  ({ page } = await start(baseURL));
  await openLab(page, '?debug');
  await labels(page, 30);
  await untilPhase(page, 'paused');
  const step = await stepsDone(page);
  expect(step).toBeGreaterThanOrEqual(atLeast);
  await expect(page.getByTestId('progress')).toContainText(`of ${MANY_STEPS}`);
  await expect(
    page.getByText(`Your run is here as you left it: step ${step} of ${MANY_STEPS}.`),
  ).toBeVisible();
  expect(await chartValue(page, 'Margin', 'margin')).not.toBeNaN();
  await setSteps(page, step + 20); // what is left to be trained says as much as thousands of steps
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const digest = await digestOf(page);

  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  expect(await digestOf(page)).toBe(digest);
});

// the second goes past 2,000 whatever SWAY_KILLS says: more than a chunk of the log
for (const [from, kills] of [
  [0, KILLS],
  [1999, Math.min(2, KILLS)],
] as const) {
  test(`killed at any moment with ${from} labels and more, nothing is lost that was shown as saved`, async ({
    baseURL,
  }) => {
    test.setTimeout(900_000 + kills * 300_000);
    const random = stream(0, 'kills', from);
    let before: number = from;
    let { browser, page } = await start(baseURL);
    await openLab(page);
    if (from > 0) {
      await bringBack(page, from);
      await untilSaved(page);
    }
    await takeNano(page);
    for (let i = 0; i < kills; i++) {
      const presses = 5 + Math.floor(60 * random.uniform());
      let shown = before;
      for (let pressed = 0; pressed < presses || shown < before + 2; pressed++) {
        await page.keyboard.press(KEYS[Math.floor(KEYS.length * random.uniform())] ?? '1');
        shown = (await shownAsSaved(page)) ?? shown;
      }
      await kill(browser);
      ({ browser, page } = await start(baseURL));
      await openLab(page);
      await untilSaved(page);
      before = (await shownAsSaved(page)) ?? -1;
      expect(before, `after kill ${i + 1}`).toBeGreaterThanOrEqual(shown);
    }
    expect(before).toBeGreaterThan(from + kills);
  });
}
