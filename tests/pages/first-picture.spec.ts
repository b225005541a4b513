// Before any script has run, the page already shows a real pair, a real ranking and real samples.
import { expect, test } from '@playwright/test';

test.use({ javaScriptEnabled: false });

test('the first picture needs no script', async ({ page }) => {
  await page.goto('lab/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  for (const name of ['Response A', 'Response B']) {
    await expect(page.getByRole('article', { name })).toContainText(/\w{3}/);
  }
  await expect(page.getByTestId('ranking').getByRole('listitem')).toHaveCount(12);
  await expect(page.getByTestId('ranking')).toContainText('%');
  await expect(page.getByTestId('samples').getByRole('listitem').first()).toContainText(/\w{3}/);
  await expect(page.getByTestId('held-out').getByRole('row')).toHaveCount(11);
  await expect(page.getByTestId('status')).toContainText('came with it');
});
