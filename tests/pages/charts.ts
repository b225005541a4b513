// What every chart must have: a table of its numbers, reached and opened by keyboard, named for screen readers.
import { expect, type Page } from '@playwright/test';

/** Opens the table behind every chart of the page and reads it; `charts` is how many there are at least. */
export async function expectTablesBehindCharts(page: Page, charts: number): Promise<void> {
  const pictures = page.locator('svg[role="img"]');
  expect(await pictures.count()).toBeGreaterThanOrEqual(charts);
  for (const picture of await pictures.all()) {
    const name = (await picture.getAttribute('aria-label')) ?? '';
    expect(name, 'a chart says what it shows').toMatch(/\S{3}/);
    const figure = page.locator('figure').filter({ has: page.getByRole('img', { name, exact: true }) });
    const summary = figure.locator('summary', { hasText: 'What it is, and its numbers' }).first();
    await summary.focus();
    await page.keyboard.press('Enter');
    const table = figure.getByRole('region', { name: /^Table of / }).first();
    await expect(table, name).toBeVisible();
    await page.keyboard.press('Tab');
    await expect(table, 'what scrolls is reached by keyboard').toBeFocused();
    await expect(table.getByRole('columnheader').nth(1)).toHaveText(/\S/);
    await expect(table.getByRole('cell').first()).toHaveText(/\d/);
    await summary.press('Enter');
    await expect(table).toBeHidden();
  }
}
