// The reference set moving on the way, by its switch; and labels that the loss has no use for, said in words.
import { expect, test } from '@playwright/test';
import { answer, button, labels, manySteps, openLab, untilPhase, untilStep } from './lab.ts';

test('the reference follows the policy once it is told to; ties are said to be of no use', async ({ page }, {
  project,
}) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
  const failures: string[] = [];
  page.on('pageerror', (error) => failures.push(String(error)));
  await openLab(page);
  for (const [i, key] of ['1', '0', '2', '0'].entries()) {
    await answer(page, key);
    await labels(page, i + 1);
  }
  const status = page.getByTestId('status');
  await expect(status).toContainText('2 ties are not used by this loss.');

  await page.getByText('More', { exact: true }).click();
  const follows = page.getByRole('checkbox', { name: 'the reference follows the policy' });
  const every = page.getByRole('textbox', { name: 'it moves every' });
  await expect(every).toBeHidden();
  await follows.check();
  await every.fill('2');
  await every.blur();
  await page.getByRole('heading', { level: 1 }).click();
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 5);
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
  await follows.uncheck();
  await expect(every).toBeHidden();
  await button(page, 'Step').click();
  await untilPhase(page, 'paused');
  await expect(status.locator('.notice')).toHaveCount(0);
  expect(failures).toEqual([]);
});
