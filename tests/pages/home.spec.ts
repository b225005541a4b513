// The front door: it reads without a script, five answers shift its ranking, and everything can be taken along to the Lab.
import { deflateRawSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible, expectInWindow, findings } from './axe.ts';
import { button } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'the front door trains on WASM');
});

const ranking = (page: Page) => page.getByTestId('home-ranking').getByRole('listitem');
const progress = (page: Page) => page.getByTestId('home-progress');
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });

/** The rows as they stand: text, and length of the policy's bar in pixels. */
const bars = (page: Page): Promise<{ text: string; width: number }[]> =>
  ranking(page).evaluateAll((rows) =>
    rows.map((row) => ({
      text: (row.querySelector('.text')?.firstChild?.textContent ?? '').trim(),
      width: row.querySelector('.bar.policy')?.getBoundingClientRect().width ?? NaN,
    })),
  );

/** Answers until the round is done; each answer waits for its pair. */
async function five(page: Page, answer: (i: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await expect(progress(page)).toContainText(`${i + 1} of 5`);
    await expect(button(page, 'Prefer A')).toBeEnabled();
    await answer(i);
  }
  await expect(heading(page, 'You have swayed it')).toBeVisible();
}

/** Waits until the page has come alive: an answer before that is lost. */
async function openHome(page: Page): Promise<void> {
  await page.goto('');
  await expect(page.getByTestId('home-measured')).toContainText('Measured here');
}

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('two reviews, a ranking and all ways on are there', async ({ page }) => {
    await page.goto('');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(
      'Teach a tiny language model your taste',
    );
    for (const name of ['Response A', 'Response B']) {
      await expect(page.getByRole('article', { name })).toContainText(/\w{3}/);
    }
    await expect(ranking(page)).toHaveCount(8);
    await expect(page.getByTestId('home-measured')).toContainText('came with the page');
    const ways = page.getByRole('navigation', { name: 'From here' });
    const names = [/^Learn/, /^Experiment/, /^Race/, /^Papers/, /^Your own data/];
    for (const [i, name] of names.entries()) {
      await ways.getByRole('link', { name }).click();
      await expect(page).toHaveURL(/(learn|lab|race|papers|data)\/$/);
      if (i === 0) await expect(page).toHaveURL(/learn\/$/);
      await page.goBack();
    }
  });
});

test('five clicks: the ranking shifts, five more go on, start over brings it back', async ({ page }) => {
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  await openHome(page);
  const before = await bars(page);
  await five(page, (i) => button(page, i % 2 === 0 ? 'Prefer A' : 'Prefer B').click());
  await expect(page.getByTestId('home-measured')).toContainText('after 24 steps');
  await expect(page.getByTestId('home-told')).toContainText(
    /what you chose has become [\d.,]+ times more probable/,
  );
  await expect(page.getByTestId('home-told')).toContainText(/passed over [\d.,]+ times less/);
  await expect
    .poll(async () => (await bars(page)).map(({ text }) => text))
    .not.toEqual(before.map(({ text }) => text));
  const after = await bars(page);
  expect(new Set(after.map(({ text }) => text))).toEqual(new Set(before.map(({ text }) => text)));
  const width = (rows: typeof before, text: string): number =>
    rows.find((row) => row.text === text)?.width ?? NaN;
  const changed = before.filter((row) => Math.abs(row.width - width(after, row.text)) > 5);
  expect(changed.length, 'bars of another length').toBeGreaterThan(2);

  await button(page, 'Five more').click();
  await five(page, () => button(page, 'Prefer B').click());
  await expect(page.getByTestId('home-measured')).toContainText('after 48 steps');
  await expect(page.getByTestId('home-told')).toContainText('Ten answers');

  await button(page, 'Start over').click();
  await expect(progress(page)).toContainText('1 of 5');
  await expect.poll(() => bars(page)).toEqual(before);
  expect(failures).toEqual([]);
});

test('five by keyboard on a phone, one of them taken back; what moves is in sight; left and come back to', async ({
  page,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openHome(page);
  const before = await bars(page);
  await page.keyboard.press('ArrowLeft');
  await expect(progress(page)).toContainText('2 of 5');
  await page.keyboard.press('Backspace');
  await five(page, (i) => page.keyboard.press(['1', '2', 'ArrowLeft', 'ArrowRight', '1'][i] as string));
  expect((await bars(page)).map(({ text }) => text)).not.toEqual(before.map(({ text }) => text));
  await expect(ranking(page).first()).toBeInViewport();
  await expect(ranking(page).last()).toBeInViewport();
  await expectInWindow(page);

  await page
    .getByRole('link', { name: /^Papers/ })
    .first()
    .click();
  await expect.poll(() => page.workers().length).toBe(0);
  await page.goBack();
  await expect(page.getByTestId('home-measured')).toContainText('Measured here');
  await five(page, () => page.keyboard.press('2'));
});

test('labels and run go on in the Lab, where they are verified and kept', async ({ page }) => {
  await openHome(page);
  await five(page, (i) => button(page, i < 3 ? 'Prefer B' : 'Prefer A').click());
  await button(page, 'Go on in the Lab with these five labels').click();
  await expect(page).toHaveURL(/\/lab\/#1\./);
  await expect(page.getByTestId('visit')).toContainText('From the front door');
  await expect(page.getByTestId('label-progress')).toContainText('5 labels by you');
  await button(page, 'Run and verify').click();
  await expect(page.getByTestId('verdict')).toContainText('bit for bit');
  await button(page, 'Keep as mine').click();
  await expect(page.getByTestId('visit')).toBeHidden();
  await expect(page.getByTestId('label-progress')).toContainText('5 labels by you');
});

test('where the trainer cannot be loaded it says so, and tries again with the answers that were given', async ({
  page,
}) => {
  await page.route('**/workers/trainer*', (route) => route.abort());
  await page.goto('');
  await expect(page.getByTestId('home-failure')).toContainText('could not be loaded');
  await page.unroute('**/workers/trainer*');
  await button(page, 'Try again').click();
  await five(page, () => button(page, 'Prefer A').click());
});

test('axe finds nothing when it has come alive, nor when five answers are given', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openHome(page);
  expect(await findings(page)).toEqual([]);
  await five(page, () => button(page, 'Prefer A').click());
  await expect(heading(page, 'You have swayed it')).toBeFocused(); // its button is gone
  await expectAccessible(page);
});

const LINK = `#1.${deflateRawSync(JSON.stringify({ kind: 'lab', recipe: { world: 'reviews', labels: {}, seed: 11 }, title: 'Eleven' })).toString('base64url')}`;

test('a link that was made when the Lab was here opens in the Lab, whole', async ({ page, baseURL }) => {
  await page.goto(`?debug${LINK}`);
  await expect(page).toHaveURL(`${baseURL}lab/?debug${LINK}`);
  await expect(page.getByTestId('visit')).toContainText('Eleven');
  await page.getByRole('link', { name: 'Swayground', exact: true }).click();
  await expect(page).toHaveURL(baseURL!);
  await page.evaluate((hash) => void (location.hash = hash), LINK); // pasted behind the address
  await expect(page).toHaveURL(`${baseURL}lab/${LINK}`);
  await expect(page.getByTestId('visit')).toContainText('Eleven');
});
