// A loss that stops being finite, reached as a visitor would: by a formula typed during a run.
import { expect, test, type Page } from '@playwright/test';
import { button, chartValue, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
});

const failure = (page: Page) => page.getByTestId('failure');

/** A run of 2000 steps that is under way, with the editor in view. */
async function trainWithEditor(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('2000');
  await steps.blur();
  await page.getByRole('heading', { name: 'The loss' }).scrollIntoViewIfNeeded();
  await expect(page.getByRole('textbox', { name: 'Formula of the loss' })).toBeVisible();
  await button(page, 'Train').click();
  await untilStep(page, 5);
  return complaints;
}

async function write(page: Page, formula: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Formula of the loss' }).fill(formula);
  await page.keyboard.press('Escape');
}

/** The step that the failure names, and the step that the model is at. */
async function told(page: Page): Promise<{ bad: number; kept: number }> {
  const text = await failure(page).innerText();
  const [bad, kept] = [/at step (\d+)\./, /as it was after step (\d+)\./].map((p) =>
    Number(p.exec(text)?.[1]),
  );
  return { bad: bad!, kept: kept! };
}

const FORMULAS = {
  'the logarithm of 0': ['loss = beta * log(logp_w - logp_w)', 'The loss is not a finite number', 'value'],
  'the root of a negative number': ['loss = sqrt(logp_w + beta)', 'The loss is not a finite number', 'value'],
  '0 / 0': ['h = logp_w - logp_w\nloss = beta * h / h', 'The loss is not a finite number', 'value'],
  'an exponential too large': [
    'loss = exp(-1000 * beta * logp_w)',
    'The loss is not a finite number',
    'value',
  ],
  'a root without a slope at 0': [
    'loss = beta * sqrt(logp_w - logp_w)',
    'The gradient is not a finite number',
    'slope',
  ],
} as const;

for (const [what, [formula, said, lacks]] of Object.entries(FORMULAS)) {
  test(`${what} stops the run, which names it and goes on when mended`, async ({ page }) => {
    const complaints = await trainWithEditor(page);
    await write(page, formula);
    await expect(failure(page)).toContainText(said);
    await expect(failure(page)).toContainText(`the formula has no finite ${lacks} on this batch`);
    await expect(failure(page)).toContainText('as it was after step');
    await expect(page.getByTestId('progress')).toContainText('stopped');
    const { bad, kept } = await told(page);
    expect(bad).toBe(kept + 1); // it was kept when the formula changed
    expect(await stepsDone(page)).toBe(kept);
    expect(await chartValue(page, 'Loss', 'loss')).toBeLessThan(1);
    await expect(page.getByText(`Measured here, after step ${kept}`)).toBeVisible();

    await button(page, 'Train').click(); // nothing is mended yet
    await expect(failure(page)).toContainText(said);
    expect(await stepsDone(page)).toBe(kept);

    await button(page, 'Back to DPO').click();
    await expect(page.getByTestId('loss-live')).toHaveText(`DPO as published, live from step ${kept + 1}.`);
    await button(page, 'Train').click();
    await untilStep(page, kept + 5);
    await expect(failure(page)).toBeHidden();
    await button(page, 'Pause').click();
    await untilPhase(page, 'paused');
    expect(Number.isFinite(await chartValue(page, 'Margin', 'margin'))).toBe(true);
    expect(complaints).toEqual([]);
  });
}

test('Reset after a failure starts from the base model, with the curves empty', async ({ page }) => {
  await trainWithEditor(page);
  await write(page, FORMULAS['0 / 0'][0]);
  await expect(failure(page)).toBeVisible();
  await button(page, 'Back to DPO').click();
  await button(page, 'Reset').click();
  await untilPhase(page, 'ready');
  await expect(failure(page)).toBeHidden();
  expect(await stepsDone(page)).toBe(0);
  await button(page, 'Step').click();
  await untilStep(page, 1);
  expect(await chartValue(page, 'Loss', 'loss')).toBeCloseTo(Math.log(2), 2);
});
