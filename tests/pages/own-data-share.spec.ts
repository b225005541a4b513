// A run on a visitor's own data, shared: another browser is asked for the file, told when it is another, and verifies the run.
import { expect, test, type Page } from '@playwright/test';
import { smallDataset } from '../support/small-data.ts';
import { expectInWindow, findings } from './axe.ts';
import { button, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'models are taught on WASM, on every machine');
});

const rows = (pairs: number): string =>
  smallDataset(pairs)
    .pairs.map(({ prompt, chosen, rejected }) => `${JSON.stringify({ prompt, chosen, rejected })}\n`)
    .join('');

async function choose(page: Page, name: string, text: string): Promise<void> {
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
}

const needed = (page: Page) => page.getByTestId('needed-data');

test('a shared run asks for its file, refuses another, and is reproduced bit for bit', async ({
  page,
  browser,
}) => {
  await page.goto('data/');
  await choose(page, 'manners.jsonl', rows(120));
  await expect(page.getByTestId('encoding')).toBeVisible();
  await button(page, 'whole words').click();
  await button(page, '32').click();
  await expect(page.getByTestId('encoding')).toBeVisible();
  await button(page, 'nano').click();
  await page.getByRole('textbox', { name: 'steps' }).first().fill('20');
  await button(page, 'Teach it').click();
  await expect(page.getByTestId('taught')).toContainText('Step 20 of 20');
  await button(page, 'Use it in the Lab').click();
  await untilPhase(page, 'ready');
  await page.getByRole('button', { name: /^Learn from \d+ more pairs$/ }).click();
  const steps = page.getByRole('textbox', { name: 'steps', exact: true }).last();
  await steps.fill('6');
  await steps.blur();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');

  await button(page, 'Share').click();
  await expect(page.getByTestId('share-no-data')).toContainText('The data itself is not in this link');
  await expect(page.getByTestId('share-holds')).toContainText('6 steps made');
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/\/data\/#1\./);
  const unnamed = await field.inputValue();
  await page.getByTestId('share-file-name').fill('manners, <i>second</i> part');
  await expect(field).not.toHaveValue(unnamed); // the name that was typed is written into the link
  const link = await field.inputValue();
  const share = await page.getByTestId('held-out').locator('.share').textContent();
  expect(await findings(page, 'dialog')).toEqual([]);

  // links to it that are opened elsewhere come here
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link.replace('/data/#', '/lab/#'));
  await expect(other).toHaveURL(/\/data\/#1\./);
  await expect(needed(other)).toContainText('The data itself is not in this link');
  await expect(needed(other)).toContainText('manners, <i>second</i> part');
  await expect(needed(other)).toContainText('taught 20 steps');

  await choose(other, 'other.jsonl', rows(119));
  const mistakes = other.getByTestId('needed-mistakes');
  await expect(mistakes).toContainText(/expected the data with digest data-[0-9a-f]{16}, received data-[0-9a-f]{16}/);
  await expect(mistakes).toContainText('manners, <i>second</i> part');
  await expect(button(other, 'Teach it as the link says')).toHaveCount(0);
  expect(await findings(other)).toEqual([]);

  await choose(other, 'renamed.jsonl', rows(120));
  await expect(needed(other)).toContainText('This is the data.');
  await expect(mistakes).toHaveCount(0);
  await button(other, 'Teach it as the link says').click();
  const visit = other.getByTestId('visit');
  await expect(visit).toContainText('6 steps made');
  await button(other, 'Run it yourself').click();
  await expect(other.getByTestId('verdict')).toContainText('Reproduced bit for bit: all 6 steps');
  await expect(other.getByTestId('held-out').locator('.share')).toHaveText(share ?? 'none');

  await other.setViewportSize({ width: 360, height: 740 });
  await expectInWindow(other);
  await button(other, 'Go on without the link').click();
  await expect(visit).toHaveCount(0);
  await expect(other).toHaveURL(/\/data\/$/);
  await context.close();
}); // prettier-ignore
