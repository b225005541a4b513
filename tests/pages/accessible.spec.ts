// axe-core finds nothing, light and dark, on a phone and on a desk, before and after training.
import { expect, test } from '@playwright/test';
import { expectAccessible, expectInWindow, findings } from './axe.ts';
import { button, openLab, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'looks do not depend on the backend');
});

test('axe finds nothing before training and after it', async ({ page }) => {
  await openLab(page, '?debug');
  await button(page, 'Train').click(); // the explanation is on the page too
  expect(await findings(page)).toEqual([]);
  await button(page, 'Let the oracle label 200').click();
  await page.getByText('More', { exact: true }).click();
  await page.getByTestId('saved').click();
  await page.keyboard.press('Escape');
  await button(page, 'Train').click();
  await untilStep(page, 10);
  for (const summary of await page.getByText('What it is, and its numbers').all()) await summary.click();
  await expectAccessible(page);
});

test('at 180 px, a phone at 200 %, the page stays in its window, and what scrolls inside it can be reached', async ({
  browser,
  baseURL,
}) => {
  const context = await browser.newContext({ baseURL: baseURL!, viewport: { width: 180, height: 700 } });
  const page = await context.newPage();
  await openLab(page, '?debug');
  await button(page, 'Label 200 pairs with the oracle').click();
  await page.getByText('More', { exact: true }).click();
  await page.getByTestId('saved').click();
  await button(page, 'Train').click();
  await untilStep(page, 10);
  await button(page, 'Pause').click();
  for (const summary of await page.getByText('What it is, and its numbers').all()) await summary.click();
  const mathematics = page.getByTestId('loss-mathematics');
  await page.getByRole('heading', { name: 'The loss' }).scrollIntoViewIfNeeded();
  await expect(mathematics).toBeVisible();
  await expectInWindow(page);
  const table = page.getByRole('region', { name: 'How often the model sides with each taste' });
  for (const inside of [table, mathematics]) {
    expect(await inside.evaluate((box) => box.scrollWidth - box.clientWidth)).toBeGreaterThan(0);
    await inside.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => inside.evaluate((box) => box.scrollLeft)).toBeGreaterThan(0);
  }
  expect(await findings(page)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await expect(table).toBeHidden(); // no region, and no stop of the keyboard, where nothing scrolls
  await expect(page.getByTestId('held-out')).toBeVisible();
  await context.close();
});

test('with reduced motion nothing moves', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL: baseURL!, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilStep(page, 10);
  const moving = await page.evaluate(
    () => document.getAnimations().filter((a) => Number(a.effect?.getComputedTiming().duration) > 0).length,
  );
  expect(moving).toBe(0);
  await context.close();
});

test('the choice of colours is kept', async ({ page }) => {
  await openLab(page);
  for (const now of ['light', 'dark']) {
    await page.getByRole('button', { name: /^Colours/ }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', now);
  }
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});
