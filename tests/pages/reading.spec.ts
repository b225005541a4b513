// The pages to read: papers and glossary. Whole without a script, found by words, clean for axe, told to link previews.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'nothing here trains');
});

const PAGES = ['papers/', 'glossary/'];

for (const path of PAGES) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1280]) {
      test(`axe finds nothing: ${path} ${colorScheme}, ${width} px`, async ({ browser, baseURL }) => {
        const viewport = { width, height: 800 };
        const context = await browser.newContext({ baseURL: baseURL!, colorScheme, viewport });
        const page = await context.newPage();
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(
          violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.target.join(' ')}`)),
        ).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(wide, 'pixels wider than the window').toBeLessThanOrEqual(0);
        await context.close();
      });
    }
  }
}

test('both are whole without a script', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL: baseURL!, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('papers/');
  await expect(page.locator('main li')).toHaveCount(104);
  await expect(page.locator('#npo')).toContainText('Unlearning');
  await expect(page.getByTestId('papers-text')).toBeHidden();
  await page.goto('glossary/#dpo');
  await expect(page.locator('#dpo')).toBeInViewport();
  await expect(page.locator('#dpo math').last()).toBeVisible();
  expect(
    await page
      .locator('#dpo math')
      .last()
      .evaluate((math) => math.namespaceURI),
  ).toContain('MathML');
  await context.close();
});

test('papers are found by words, family and loss, and a loss opens in the Lab', async ({ page }) => {
  await page.goto('papers/');
  const count = page.getByTestId('papers-count');
  await expect(count).toHaveText('104 papers');
  await page.getByTestId('papers-text').fill('self-play');
  await expect(count).toContainText(/^\d of 104 papers/);
  await expect(page.locator('#sppo')).toBeVisible();
  await page.getByLabel('family').selectOption('reasoning');
  await expect(count).toContainText('0 of 104 papers');
  await page.getByRole('button', { name: 'Show all papers' }).click();
  await expect(count).toHaveText('104 papers');
  await page.getByLabel('with a built-in loss').check();
  await expect(page.locator('#icai')).toHaveCount(0);
  await page.locator('#orca-math').getByRole('link', { name: 'KTO' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Teach a tiny language model your taste');
  await expect(page.getByTestId('visit')).toContainText('KTO', { timeout: 60_000 });
});

test('a word of the Lab leads to its place in the glossary, formulas and all', async ({ page }) => {
  await page.goto('lab/');
  await page.getByRole('link', { name: 'reference', exact: true }).first().click();
  await expect(page).toHaveURL(/glossary\/#reference$/);
  await expect(page.locator('#reference')).toBeInViewport();
  await expect(page.locator('#kl math')).toHaveCount(1);
  const box = await page.locator('#kl math').boundingBox();
  expect(box!.width).toBeGreaterThan(100);
});

test('every page has a title, a description and the same for link previews', async ({ page }) => {
  const titles = new Set<string>();
  for (const path of ['', 'lab/', 'race/', 'reward/', 'data/', 'reset/', 'device/', ...PAGES]) {
    await page.goto(path);
    const read = (selector: string) => page.locator(selector).getAttribute('content');
    const title = await page.title();
    titles.add(title);
    expect(await read('meta[property="og:title"]')).toBe(title);
    const description = await read('meta[name="description"]');
    expect(description!.length).toBeGreaterThan(40);
    expect(await read('meta[property="og:description"]')).toBe(description);
    expect(await read('meta[property="og:type"]')).toBe('website');
  }
  expect(titles.size).toBe(9);
});

test('all pages are reached by keyboard from the head of the page, on a phone too', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('reset/');
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const names = await pages.getByRole('link').allInnerTexts();
  expect(names).toEqual(expect.arrayContaining(['Lab', 'Race', 'Reward', 'Data', 'Papers', 'Glossary']));
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Swayground', exact: true })).toBeFocused(); // the way home
  await page.keyboard.press('Tab');
  for (const name of names) {
    await expect(pages.getByRole('link', { name, exact: true })).toBeFocused();
    await expect(pages.getByRole('link', { name, exact: true })).toBeInViewport();
    await page.keyboard.press('Tab');
  }
});
