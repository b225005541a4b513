// Training on what labels say about a taste: chosen in the Lab, watched, brought back after a reload, and as a link.
import { expect, test } from '@playwright/test';
import { expectAccessible, expectInWindow } from './axe.ts';
import { answer, button, labels, openLab, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'the rounds are the same on both');
});

test('six answers, rounds until it has come far enough, and the same after a reload', async ({ page }) => {
  await openLab(page);
  // somebody who likes long reviews
  const words = async (name: string): Promise<number> =>
    (await page.getByRole('article', { name }).innerText()).split(' ').length;
  for (let i = 0; i < 6; i++) {
    const longer = (await words('Response A')) > (await words('Response B')) ? '1' : '2';
    await answer(page, longer);
    await labels(page, i + 1);
  }
  await button(page, 'nano').click();
  await button(page, 'what they say about your taste').click();
  await expect(button(page, 'what they say about your taste')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const taste = page.getByTestId('taste');
  await expect(taste).toContainText('standard deviations that way');
  await expect(taste.getByRole('row')).toHaveCount(5);
  await expectInWindow(page);
  await expectAccessible(page);
  const told = await taste.getByRole('table').innerText();

  await page.reload();
  await expect(taste).toBeVisible();
  expect(weights(await taste.getByRole('table').innerText())).toEqual(weights(told));
  await expect(button(page, 'these pairs alone')).toHaveAttribute('aria-pressed', 'false');
  // one more answer, and it goes on
  await answer(page, '1');
  await labels(page, 7);
});

/** Name and weight of each row: what is written anew differs by its dice. */
const weights = (table: string): string[] => table.match(/[+−-]?\d+\.\d+ ± \d+\.\d+/g) ?? [];
