// Links that show: an author's note and what was seen of the run come first; it is a claim until it was run here.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { expectAccessible, findings } from './axe.ts';
import { answer, button, labels, openLab, untilPhase } from './lab.ts';

test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'links do not depend on the backend');
});

const NOTE = 'Six answers teach it to be <b>short</b> & sweet.';

interface SeenJson {
  accuracy: { values: number[] };
  samples: { before: number[][]; after: number[][] };
}
interface StateJson {
  seen?: SeenJson;
  [key: string]: unknown;
}

const read = (link: string): StateJson =>
  JSON.parse(inflateRawSync(Buffer.from(link.split('#1.')[1] ?? '', 'base64url')).toString()) as StateJson;
const write = (state: object): string => `#1.${deflateRawSync(JSON.stringify(state)).toString('base64url')}`;

async function trained(page: Page): Promise<void> {
  await openLab(page);
  for (let i = 1; i <= 6; i++) {
    await answer(page, i % 3 === 0 ? '2' : '1');
    await labels(page, i);
  }
  await button(page, 'nano').click();
  const field = page.getByRole('textbox', { name: 'steps', exact: true });
  await field.fill('20');
  await field.blur();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
}

/** The link once the dialog has written it, and it is another than `before`. */
async function linkIn(page: Page, before = ''): Promise<string> {
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/#1\./);
  await expect(field).not.toHaveValue(before);
  return field.inputValue();
}

/** Whether each stands above the next. */
async function expectInOrder(...parts: Locator[]): Promise<void> {
  const tops: number[] = [];
  for (const part of parts) {
    await expect(part).toBeVisible();
    tops.push((await part.boundingBox())?.y ?? NaN);
  }
  expect(tops).toEqual([...tops].sort((a, b) => a - b));
}

test('a note and what was seen open first, and are reproduced', async ({ page, browser }) => {
  await trained(page);
  await button(page, 'Share').click();
  const plain = await linkIn(page);
  await page.getByRole('textbox', { name: 'note' }).fill(`${NOTE}\n`);
  const link = await linkIn(page, plain);
  await expect(page.getByTestId('share-shows')).toHaveText(/^In the link: 20 points a curve, 6 samples\./);
  expect(read(link)).toMatchObject({ note: NOTE, seen: { samples: { before: { length: 6 } } } });
  expect(await findings(page, 'dialog')).toEqual([]);

  // without what was seen it is as short as it always was
  const shows = page.getByRole('checkbox', { name: 'show what came of it' });
  await shows.uncheck();
  const bare = await linkIn(page, link);
  expect(read(bare).seen).toBeUndefined();
  await shows.check();
  expect(await linkIn(page, bare)).toBe(link);

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  const finding = other.getByTestId('finding');
  const conditions = other.getByTestId('visit-conditions');
  await expectInOrder(
    other.getByTestId('visit-note'),
    other.getByTestId('finding-sentence'),
    other.getByTestId('finding-samples'),
    button(other, 'Run it yourself'),
    conditions,
  );
  await expect(other.getByTestId('visit-note')).toHaveText(NOTE);
  await expect(other.getByTestId('finding-sentence')).toHaveText(
    /^After 20 steps it sides with the rule “.+” on \d+\u202f% of held-out pairs \(50\u202f% before\), the margin of a batch is .+ \(0 before\), and \d of 6 samples reads? differently\.$/,
  );
  await expect(finding.getByRole('listitem')).toHaveCount(6);
  await expect(finding.getByRole('img', { name: /^Held-out accuracy: accuracy/ })).toBeVisible();
  await expect(other.getByTestId('claim')).toContainText('Recorded by who shared it');
  await expect(conditions).toHaveText(/^\S.* · 20 steps · 6 labels · seed 0$/);
  await expect(other.getByTestId('visit-holds')).toBeHidden();
  await conditions.focus();
  await other.keyboard.press('Enter');
  await expect(other.getByTestId('visit-holds')).toContainText('bit for bit on WASM');
  await expectAccessible(other, '[data-testid=visit]');

  await expect(other.getByTestId('progress')).toContainText('not loaded yet'); // nothing runs by itself
  await button(other, 'Run it yourself').click();
  await expect(other.getByTestId('verdict')).toContainText('Reproduced bit for bit: all 20 steps');
  await expect(other.getByTestId('claim')).toContainText('Reproduced here');

  // whichever prompt the visitor looks at by then, and goes on looking at
  const prompts = other.getByLabel('asked with the prompt');
  const chosen = await prompts.inputValue();
  await prompts.selectOption({ index: 5 });
  await expect(prompts).not.toHaveValue(chosen);
  const others = await prompts.inputValue();
  await button(other, 'Run it yourself').click();
  await expect(other.getByTestId('claim')).toContainText('Recorded by who shared it');
  await expect(other.getByTestId('claim')).toContainText('Reproduced here');
  await expect(prompts).toHaveValue(others);
  await context.close();

  // a receipt holds the run, not what somebody says came of it
  const state = read(link);
  const seen = state.seen as SeenJson;
  const values = seen.accuracy.values.map((share) => Math.min(1000, share + 200));
  const lied = { ...state, seen: { ...seen, accuracy: { ...seen.accuracy, values } } };
  await button(page, 'Close').click();
  await page.evaluate((hash) => void (location.hash = hash), write(lied));
  await expect(page.getByTestId('claim')).toContainText('Recorded by who shared it');
  await button(page, 'Run it yourself').click();
  await expect(page.getByTestId('claim')).toContainText('Not of this run');
  await expect(page.getByTestId('verdict')).toContainText('are not those of this run');
});

test('a note alone stands above what a link does, and is passed on with it', async ({ page }) => {
  const state = { kind: 'lab', note: NOTE, recipe: { world: 'reviews', labels: { count: 40 }, seed: 7 } };
  await page.goto(`lab/${write(state)}`);
  await expectInOrder(
    page.getByTestId('visit-note'),
    button(page, 'Run it yourself'),
    page.getByTestId('visit-conditions'),
  );
  await expect(page.getByTestId('visit-conditions')).toContainText('100 steps · 40 pairs by the rule');
  await expect(page.getByTestId('finding')).toHaveCount(0);
  await button(page, 'Share').click();
  await expect(page.getByRole('textbox', { name: 'note' })).toHaveValue(NOTE);
  await expect(page.getByTestId('share-shows')).toHaveCount(0);
  expect(read(await linkIn(page)).note).toBe(NOTE);
});

test('a race has a note too', async ({ page }) => {
  await page.goto('race/');
  await button(page, 'Share').click();
  const before = await linkIn(page);
  await page.getByRole('textbox', { name: 'note' }).fill(NOTE);
  const link = await linkIn(page, before);
  await page.goto('lab/'); // another page first: the race's own stays as it is for a link that it has
  await page.goto(link);
  await expect(page.getByTestId('visit-note')).toHaveText(NOTE);
  await expectAccessible(page, '[data-testid=visit]');
});
