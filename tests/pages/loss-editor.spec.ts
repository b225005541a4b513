// The loss editor: open a loss, break it, read what is wrong, mend it, and it trains from the next step on.
import { expect, test, type Page } from '@playwright/test';
import { findings } from './axe.ts';
import { expectTablesBehindCharts } from './charts.ts';
import { button, manySteps, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'the editor does not depend on the backend');
});

const editor = (page: Page) => page.getByRole('textbox', { name: 'Formula of the loss' });
const live = (page: Page) => page.getByTestId('loss-live');

/** Opens the Lab with 200 labels and the editor in view; returns what the console and the page complain about. */
async function openEditor(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await page.getByRole('heading', { name: 'The loss' }).scrollIntoViewIfNeeded();
  await expect(editor(page)).toBeVisible();
  return complaints;
}

/** Types the formula in place of what is there. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).fill(text);
  await page.keyboard.press('Escape');
}

test('SimPO is opened, mistyped, mended, and trains from the next step on', async ({ page }) => {
  const complaints = await openEditor(page);
  await button(page, 'Step').click();
  await untilStep(page, 1);
  await page.getByLabel('open the loss').selectOption('simpo');
  await expect(live(page)).toHaveText('SimPO as published, live from step 2.');
  await expect(editor(page)).toContainText('rewards_chosen = beta * mean_t(logp_w[t])');
  await expect(page.getByTestId('loss-mathematics').locator('.katex').first()).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'gamma' })).toHaveValue('0.5');

  await editor(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' + 0.1 * logp_ww', { delay: 10 });
  await page.keyboard.press('Escape');
  // digits and spaces typed here are no label keys
  await expect(editor(page)).toContainText('+ 0.1 * logp_ww');
  await expect(page.locator('.cm-lintRange-error')).toHaveText('logp_ww');
  await expect(page.getByTestId('loss-issues')).toContainText("received 'logp_ww'. Did you mean logp_w?");
  await expect(live(page)).toContainText('Not live: 1 mistake.');
  await button(page, 'Step').click();
  await untilStep(page, 2); // with the formula before the mistake
  expect(await findings(page)).toEqual([]);

  await button(page, 'Write logp_w').click();
  await expect(live(page)).toHaveText('Your formula, live from step 3.');
  await expect(page.getByTestId('loss-issues')).toBeHidden();
  await button(page, 'Check gradient').click();
  await expect(page.getByTestId('gradient-check')).toContainText(
    'the slopes that training uses are those of the formula',
  );
  await expect(page.getByRole('link', { name: 'Race this loss' })).toHaveAttribute(
    'href',
    /race\/#arm=.*simpo/,
  );
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 5);
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
  await expect(page.getByRole('img', { name: /16 pairs of the batch/ })).toBeVisible();
  await expectTablesBehindCharts(page, 8); // step by step, and three pictures of the loss
  expect(complaints).toEqual([]);
});

test('a number of one’s own has a slider, and goes with its last use', async ({ page }) => {
  const complaints = await openEditor(page);
  await write(page, 'loss = relu(slack - beta * (logp_w - logp_l))');
  await button(page, 'Make slack a number of its own').click();
  await expect(live(page)).toHaveText('Your formula, live from step 1.');
  const slack = page.getByRole('textbox', { name: 'slack' });
  await slack.fill('3');
  await slack.blur();
  await button(page, 'Step').click();
  await untilStep(page, 1);
  expect(await stepsDone(page)).toBe(1);
  await write(page, 'loss = relu(1 - beta * (logp_w - logp_l))');
  await expect(slack).toBeHidden();
  await expect(live(page)).toHaveText('Your formula, live from step 2.');
  await button(page, 'Back to DPO').click();
  await expect(live(page)).toHaveText('DPO as published, live from step 2.');
  expect(complaints).toEqual([]);
});

test('a loss that pairs can’t train says why; copies say what they are', async ({ page }) => {
  await openEditor(page);
  const ppo = page.getByRole('option', { name: /^PPO/ });
  await expect(ppo).toBeDisabled();
  await expect(ppo).toContainText('needs');
  await button(page, 'Copy as TRL config').click();
  await expect(page.getByRole('group', { name: 'TRL config, as text' })).toContainText('loss_type="sigmoid"');
  await button(page, 'Copy as PyTorch').click();
  await expect(page.getByRole('group', { name: 'PyTorch, as text' })).toContainText('def sigmoid_loss(');
  await write(page, 'loss = -log_sigmoid(beta * (logp_w - logp_l))');
  await button(page, 'Copy as TRL config').click();
  await expect(page.getByTestId('copied')).toContainText('The formula is your own');
});

test('names are completed by keyboard, and Tab leaves the editor', async ({ page }) => {
  await openEditor(page);
  await editor(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' + log_si', { delay: 30 });
  await expect(page.getByRole('option', { name: /log_sigmoid/ })).toBeVisible();
  await page.waitForTimeout(150); // CodeMirror takes no Enter right after the list opens
  await page.keyboard.press('Enter');
  await expect(editor(page)).toContainText('+ log_sigmoid');
  await page.keyboard.press('Tab');
  await expect(editor(page)).not.toBeFocused();
});

test('TRL’s options rewrite what is shown and what runs; one that does not fit says why', async ({
  page,
}) => {
  const complaints = await openEditor(page);
  await button(page, 'Step').click();
  await untilStep(page, 1);
  await page.getByLabel('divergence').selectOption('alpha_divergence');
  await expect(live(page)).toHaveText('DPO under TRL’s options, live from step 2.');
  await page.getByRole('textbox', { name: 'alpha of the divergence' }).fill('0.25');
  await page.getByLabel('desensitise length').check();
  await page.getByLabel('weigh the pairs').check();
  const runs = page.getByRole('group', { name: 'The formula under its options' });
  await expect(runs).toContainText('h_w = exp(min(-0.75 * (ld_logp_w - ld_ref_w), 80)) / -0.75');
  await expect(runs).toContainText('loss = -log_sigmoid(beta * (h_w - h_l)) * wpo_w * wpo_l');
  await expect(page.getByTestId('loss-mathematics')).toContainText('wpo');
  await button(page, 'Step').click();
  await untilStep(page, 2);
  await expect(button(page, 'Train')).toBeEnabled();

  await button(page, 'Copy as PyTorch').click();
  await expect(page.getByRole('group', { name: 'PyTorch, as text' })).toContainText('wpo_w');
  await button(page, 'Copy as TRL config').click();
  const config = page.getByRole('group', { name: 'TRL config, as text' });
  for (const line of ['f_alpha_divergence_coef=0.25,', 'ld_alpha=0.5,', 'use_weighting=True,'])
    await expect(config).toContainText(line);
  await expect(page.getByRole('link', { name: 'Race this loss' })).toHaveAttribute('href', /ld_alpha/);
  await button(page, 'Check gradient').click();
  await expect(page.getByTestId('gradient-check')).toContainText('those of the formula');
  expect(await findings(page)).toEqual([]);

  await page.getByLabel('open the loss').selectOption('simpo');
  await expect(live(page)).toHaveText('SimPO as published, live from step 3.');
  await expect(runs).toBeHidden();
  await expect(page.getByLabel('divergence')).toBeDisabled();
  await expect(page.getByLabel('desensitise length')).toBeDisabled();
  await expect(page.getByText('Not here: this formula reads none of logp_w, logp_l')).toBeVisible();
  await expect(page.getByLabel('weigh the pairs')).toBeEnabled();

  // an option that an edited formula can't take any more is a mistake that can be taken back
  await page.getByLabel('open the loss').selectOption('sigmoid');
  await page.getByLabel('divergence').selectOption('js_divergence');
  await write(page, 'loss = -log_sigmoid(beta * (logp_w - logp_l))');
  await expect(live(page)).toContainText('Not live: 1 mistake.');
  await expect(page.getByTestId('loss-issues')).toContainText('f_divergence');
  await page.getByLabel('divergence').selectOption('reverse_kl');
  await expect(live(page)).toHaveText('Your formula, live from step 3.');
  expect(complaints).toEqual([]);
});
