// The loss editor over a run on WebGPU: another loss, a formula of one's own and an option go live while it trains.
import { expect, test } from '@playwright/test';
import { button, manySteps, openLabOnWebgpu, stepsDone, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name !== 'with-webgpu', 'needs WebGPU');
});

test('a run on WebGPU goes on with each change of its loss', async ({ page }) => {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await openLabOnWebgpu(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await manySteps(page);
  await page.getByRole('heading', { name: 'The loss' }).scrollIntoViewIfNeeded();
  const editor = page.getByRole('textbox', { name: 'Formula of the loss' });
  await expect(editor).toBeVisible();
  const live = page.getByTestId('loss-live');
  await button(page, 'Train').click();
  await untilStep(page, 2);

  /** Makes a change, and waits until the run has made steps under it. */
  const trainsOn = async (whose: string, change: () => Promise<unknown>): Promise<void> => {
    const before = await stepsDone(page);
    await change();
    await expect(live).toHaveText(new RegExp(`^${whose}, live from step \\d+\\.$`));
    await expect
      .poll(async () => Number(/step (\d+)/.exec(await live.innerText())?.[1]))
      .toBeGreaterThan(before);
    await untilStep(page, Number(/step (\d+)/.exec(await live.innerText())?.[1]) + 1);
    await expect(page.getByTestId('progress')).toContainText('training');
  };
  await trainsOn('DPO with a hinge as published', () =>
    page.getByLabel('open the loss').selectOption('hinge'),
  );
  await trainsOn('Your formula', () =>
    editor.fill('h_w = logp_w - ref_w\nh_l = logp_l - ref_l\nloss = relu(1 - beta * (h_w - h_l))'),
  );
  await trainsOn('Your formula under TRL’s options', () =>
    page.getByLabel('divergence').selectOption('js_divergence'),
  );
  await expect(page.getByTestId('status')).toContainText('Runs on WebGPU');
  await expect(page.getByTestId('failure')).toHaveCount(0);
  expect(complaints).toEqual([]);
});
