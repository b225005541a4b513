// The pages to read: papers and glossary. Whole without a script, found by words, reached by keyboard.
import { expect, test } from '@playwright/test';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'nothing here trains');
});

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
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The Lab');
  await expect(page.getByTestId('visit')).toContainText('KTO');
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

test('all pages are reached by keyboard from the head of the page, on a phone too', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('reset/');
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const names = await pages.getByRole('link').allInnerTexts();
  expect(names).toEqual(expect.arrayContaining(['Lab', 'Race', 'Reward', 'Data', 'Papers', 'Glossary']));
  for (const _ of ['past the navigation', 'home']) await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Swayground', exact: true })).toBeFocused();
  await page.keyboard.press('Tab');
  for (const name of names) {
    await expect(pages.getByRole('link', { name, exact: true })).toBeFocused();
    await expect(pages.getByRole('link', { name, exact: true })).toBeInViewport();
    await page.keyboard.press('Tab');
  }
});
