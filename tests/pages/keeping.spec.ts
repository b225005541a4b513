// Nothing lost: labels, settings and runs come back after the browser was killed, from several tabs, and without storage.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test';
import { stream } from '../../src/base/random.ts';
import { executablePath, withoutWebGPU } from '../chromium.ts';
import { answer, button, chartValue, labels, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

/** By hand: SWAY_KILLS=100. */
const KILLS = Number(process.env['SWAY_KILLS'] ?? 5);
const KEYS = ['1', '2', 'ArrowLeft', 'ArrowRight', '0', 'x'] as const;

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

const saved = (page: Page) => page.getByTestId('saved');

async function untilSaved(page: Page): Promise<void> {
  await expect(saved(page)).toHaveText('Saved in this browser');
}

async function label(page: Page, count: number, from = 0): Promise<void> {
  for (let i = from; i < from + count; i++) {
    await answer(page, KEYS[i % KEYS.length] ?? '1');
    await labels(page, i + 1);
  }
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

/** The digest that Share tells, for a page without its debug panel. */
async function sharedDigest(page: Page): Promise<string> {
  await button(page, 'Share').click();
  const told = page.getByTestId('share-holds');
  await expect(told).toContainText(/engine \d+ \([\w-]{8,}\)/);
  const digest = /engine \d+ \(([\w-]{8,})\)/.exec(await told.innerText())?.[1] ?? '';
  await button(page, 'Close').click();
  return digest;
}

async function setSteps(page: Page, steps: number): Promise<void> {
  const train = page.getByRole('region', { name: 'Train', exact: true });
  await train.getByRole('textbox', { name: 'steps', exact: true }).fill(String(steps));
  await train.getByRole('textbox', { name: 'steps', exact: true }).blur();
  await expect(page.getByTestId('progress')).toContainText(`of ${steps}`);
}

test('killed in mid-run: labels, settings, curves and the run come back, and it ends with the same bits', async ({
  baseURL,
}) => {
  const STEPS = 600;
  const first = await start(baseURL);
  let { page } = first;
  await openLab(page, '?debug');
  await button(page, 'nano').click(); // of few numbers, so that many steps take no time
  await untilPhase(page, 'ready');
  await page.getByRole('heading', { level: 1 }).click(); // away from the button, which takes keys
  await label(page, 30);
  await setSteps(page, STEPS);
  await untilSaved(page);
  await button(page, 'Train').click();
  await expect.poll(async () => Number(await page.getByTestId('kept').innerText())).toBeGreaterThan(20);
  const atLeast = Number(await page.getByTestId('kept').innerText());
  expect(await stepsDone(page)).toBeLessThan(STEPS);
  await kill(first.browser);

  ({ page } = await start(baseURL));
  await openLab(page, '?debug');
  await labels(page, 30);
  await untilPhase(page, 'paused');
  const step = await stepsDone(page);
  expect(step).toBeGreaterThanOrEqual(atLeast);
  await expect(page.getByTestId('progress')).toContainText(`of ${STEPS}`);
  await expect(page.getByText(`Your run is here as you left it: step ${step} of ${STEPS}.`)).toBeVisible();
  expect(await chartValue(page, 'Margin', 'margin')).not.toBeNaN();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const digest = await digestOf(page);

  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  expect(await digestOf(page)).toBe(digest);
});

test('two tabs label at once: every label is in both, and there after a reload; one keeps the run', async ({
  baseURL,
}) => {
  const { browser, page: one } = await start(baseURL);
  await openLab(one);
  const two = await browser.newPage();
  await openLab(two);
  await expect(two.getByText('open in another tab, which keeps the settings')).toBeVisible();
  for (let i = 0; i < 5; i++) {
    await Promise.all([one, two].map((page) => button(page, i % 2 === 0 ? 'Prefer A' : 'Prefer B').click()));
    await Promise.all([one, two].map((page) => labels(page, 2 * (i + 1))));
  }
  await untilSaved(one);
  await expect(saved(two)).toHaveText('Labels saved in this browser; the rest is kept by another tab');
  await expect(two.getByText('The numbers on this page are not saved.')).toBeHidden();
  await setSteps(two, 77);
  await expect(two.getByText('The numbers on this page are not saved.')).toBeVisible();
  await one.reload(); // meanwhile the other tab keeps the run
  await labels(one, 10);
  await untilSaved(two); // the writer now
  await expect(two.getByTestId('progress')).toContainText('of 77');
  await button(one, 'Take over').click();
  await expect(one.getByText('open in another tab')).toBeHidden();
  await expect(two.getByText('open in another tab')).toBeVisible();
  await expect(one.getByTestId('progress')).toContainText('of 77');
  await button(two, 'Undo').click();
  await labels(one, 9);
  await labels(two, 9);
});

/** A file of everything with one project of so many labels of pairs in a row. */
function fileOfLabels(count: number): { name: string; mimeType: string; buffer: Buffer } {
  const project = 'many';
  const events = Array.from({ length: count }, (_, index) => {
    const pair = { kind: 'stock', seed: 0, index, split: 'train' };
    const choice = index % 3 === 0 ? 'b' : 'a';
    const event = {
      id: `w:${index + 1}`,
      clock: index + 1,
      kind: 'judged',
      index,
      pair,
      choice,
      source: 'human',
    };
    return { project, writer: 'w', counter: index + 1, event };
  });
  const row = { project, name: 'Many', created: 1, modified: 1, settings: null };
  const file = { swayground: 'everything', parts: [{ version: 1, stores: { projects: [row], events } }] };
  return { name: 'many.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(file)) };
}

async function bringBack(page: Page, count: number): Promise<void> {
  await saved(page).click();
  await page.getByLabel('Bring back from a file').setInputFiles(fileOfLabels(count));
  await labels(page, count);
}

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
      await page.getByRole('heading', { level: 1 }).click();
    }
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

test('storage that is refused: the page says so, and its download brings back labels, settings and the run', async ({
  page,
  browser,
  baseURL,
}) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused', 'SecurityError');
    };
  });
  await openLab(page);
  await expect(page.getByText('Not saved.', { exact: true })).toBeVisible();
  await label(page, 6);
  await setSteps(page, 200);
  await button(page, 'Train').click();
  await untilStep(page, 3);
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
  await page.getByRole('link', { name: 'Lab', exact: true }).click();
  await expect(page.getByText('Your run is here as you left it')).toBeVisible();
  await labels(page, 6);
  const step = await stepsDone(page);
  expect(step).toBeGreaterThanOrEqual(3);
  const waiting = page.waitForEvent('download');
  await button(page, 'Download').click();
  const file = await (await waiting).path();
  expect(await readFile(file, 'utf8')).toContain('"judged"');
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const digest = await sharedDigest(page);

  const other = await browser.newPage(baseURL === undefined ? {} : { baseURL });
  await openLab(other);
  await saved(other).click();
  await other.getByLabel('Bring back from a file').setInputFiles(file);
  await expect(other.getByText('Brought back: 1 project, 6 new label events, 1 run')).toBeVisible();
  await expect(other.getByText('Your run is here as you left it')).toBeVisible();
  await labels(other, 6);
  expect(await stepsDone(other)).toBe(step);
  await expect(other.getByTestId('progress')).toContainText('of 200');
  await untilSaved(other);
  await button(other, 'Train').click();
  await untilPhase(other, 'finished');
  expect(await sharedDigest(other)).toBe(digest);
  await other.close();
});

/** Names of the projects in the database. */
const projectsOf = (page: Page): Promise<string[]> =>
  page.evaluate(
    () =>
      new Promise<string[]>((resolve, reject) => {
        const opening = indexedDB.open('swayground');
        opening.onerror = () => reject(new Error('not opened'));
        opening.onsuccess = () => {
          const asked = opening.result.transaction('projects').objectStore('projects').getAll();
          asked.onsuccess = () => {
            opening.result.close();
            resolve((asked.result as { name: string }[]).map(({ name }) => name));
          };
        };
      }),
  );

test('a page on which nothing is made leaves no project; another page of the site and back leaves one writer', async ({
  page,
}) => {
  await openLab(page);
  await expect(saved(page)).toHaveText('Nothing to save yet');
  await page.reload();
  await openLab(page);
  expect(await projectsOf(page)).toEqual([]);
  await label(page, 2);
  await untilSaved(page);
  expect(await projectsOf(page)).toEqual(['My first project']);
  await button(page, 'Step').click();
  await untilStep(page, 1);
  for (let i = 0; i < 2; i++) {
    await page.getByRole('link', { name: 'Race', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Race');
    await page.getByRole('link', { name: 'Lab', exact: true }).click();
    await expect(page.getByText('Your run is here as you left it: step 1')).toBeVisible();
    await untilSaved(page);
  }
  const held = await page.evaluate(async () =>
    ((await navigator.locks.query()).held ?? []).filter(({ name }) => name?.startsWith('swayground-writer')),
  );
  expect(held).toHaveLength(1);
});

test('thousands of labels: they train, and the run of them comes back', async ({ page }) => {
  await openLab(page);
  await bringBack(page, 2100);
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Step').click();
  await untilStep(page, 1);
  await answer(page, '1');
  await labels(page, 2101);
  await button(page, 'Step').click();
  await untilStep(page, 2);
  await untilSaved(page);
  await page.reload();
  await expect(page.getByText('Your run is here as you left it: step 2')).toBeVisible();
  await labels(page, 2101);
});

test('projects: a new one is empty, the old one comes back as it was, and can be deleted', async ({
  page,
}) => {
  await openLab(page);
  await label(page, 3);
  await saved(page).click();
  await page.getByLabel('a new one').fill('Second');
  await button(page, 'Begin').click();
  await labels(page, 0);
  await page.getByRole('combobox', { name: 'project' }).selectOption('My first project');
  await labels(page, 3);
  await button(page, 'Delete this project').click();
  await button(page, 'Delete “My first project”').click();
  await labels(page, 0);
  await page.reload();
  await labels(page, 0);
});

test('a project that is deleted in another tab while it trains: that is said, and Reset begins what is kept', async ({
  page,
}) => {
  await openLab(page);
  await label(page, 3);
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('5000');
  await steps.blur();
  await button(page, 'Train').click();
  await untilStep(page, 3);
  const other = await page.context().newPage();
  await openLab(other);
  await saved(other).click();
  await button(other, 'Delete this project').click();
  await button(other, 'Delete “My first project”').click();
  await labels(other, 0);
  await other.close();
  await expect(page.getByTestId('status')).toContainText('This run was deleted in another tab');
  await expect(saved(page)).toHaveText('Deleted in another tab: nothing on this page is saved');
  expect(await projectsOf(page)).toEqual([]);
  await button(page, 'Reset').click();
  await expect(page.getByText('What is on this page has been kept again.')).toBeVisible();
  await button(page, 'Step').click();
  // the run that was deleted had made more steps, and is told of until the new one is open
  await expect(page.getByTestId('progress')).toContainText('step 1 of 5000');
  await untilSaved(page);
  expect(await projectsOf(page)).toEqual(['My first project']);
  await page.reload();
  await expect(page.getByText('Your run is here as you left it: step 1')).toBeVisible();
  await labels(page, 3);
});
