// A visitor's own data becomes a world: vocabulary, a model that is taught the language, and the Lab on it.
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
  await expect(page.getByTestId('encoding')).toBeVisible();
}

test('from a file to a model that sides with it on pairs that it has not seen', async ({ page }) => {
  await page.goto('data/');
  await choose(page, 'manners.jsonl', rows(300));
  const encoding = page.getByTestId('encoding');
  await expect(encoding).toContainText('250');
  await button(page, 'whole words').click();
  await expect(encoding).toContainText('100 %');
  await button(page, '32').click();
  await expect(encoding).toBeVisible();
  const name = await page
    .locator('code', { hasText: /^data-[0-9a-f]{16}$/ })
    .first()
    .textContent();

  await page.getByRole('textbox', { name: 'steps' }).first().fill('60');
  await button(page, 'Teach it').click();
  await expect(page.getByTestId('taught')).toContainText('Step 60 of 60');
  await expect(page.getByTestId('says').locator('li')).toHaveCount(4);
  await button(page, 'Use it in the Lab').click();
  await expect(page.getByRole('heading', { name: 'The Lab, on your data' })).toBeVisible();
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('held-out')).toContainText('The file’s labels');
  await expect(page.getByText('(not grammatical)')).toHaveCount(0);

  await button(page, 'Learn from 200 more pairs').click();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const share = await page.getByTestId('held-out').locator('.share').textContent();
  expect(Number.parseFloat(share ?? '')).toBeGreaterThan(80);

  await page.setViewportSize({ width: 360, height: 740 });
  await expectInWindow(page);
  expect(await findings(page)).toEqual([]);

  // the same file in another visit has the same name
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await choose(page, 'renamed.jsonl', rows(300));
  await button(page, 'whole words').click();
  await expect(encoding).toContainText('100 %');
  await button(page, '32').click();
  await expect(page.locator('code', { hasText: name ?? 'no name' }).first()).toBeVisible();
});

test('teaching pauses and goes on; a file with too little is refused with a cure', async ({ page }) => {
  await page.goto('data/');
  await choose(page, 'manners.jsonl', rows(120));
  await page.getByRole('textbox', { name: 'steps' }).first().fill('400');
  await button(page, 'Teach it').click();
  await expect(page.getByTestId('says')).toBeVisible();
  await button(page, 'Pause').click();
  await button(page, 'Go on').click();
  await expect(page.getByRole('button', { name: 'Pause', exact: true }).first()).toBeVisible();
  await button(page, 'Pause').click();
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'tiny.jsonl', mimeType: 'text/plain', buffer: Buffer.from(rows(2)) });
  // what was taught is kept until the visitor says otherwise
  const question = page.getByTestId('loss-question');
  await expect(question).toContainText(
    /With tiny.jsonl all begins anew: the teaching on manners.jsonl ends at step [1-9]\d* of 400/,
  );
  await button(page, 'Keep going').click();
  await expect(question).toHaveCount(0);
  await expect(page.getByTestId('import-status')).toContainText('Read manners.jsonl: 120 pairs');
  await expect(page.getByTestId('taught')).toContainText(/Step [1-9]/);
  await page.getByText('Paste rows instead').click();
  await page.getByLabel('Rows: one JSON object').fill(rows(2));
  await button(page, 'Read what is pasted').click();
  await button(page, 'Open the other file').click();
  await expect(page.getByTestId('import-status')).toContainText('Read pasted text: 2 pairs');
  await expect(page.getByText('Open a file with more pairs')).toBeVisible();
});

test('what was taught is there in the next visit, goes on in the Lab, asks before it is replaced, and can be deleted', async ({
  page,
}) => {
  await page.goto('data/');
  const kept = page.getByTestId('own-kept');
  await expect(page.getByTestId('drop')).toBeVisible();
  await expect(kept).toHaveCount(0);
  await choose(page, 'manners.jsonl', rows(120));
  await button(page, '32').click();
  await page.getByRole('textbox', { name: 'steps' }).first().fill('40');
  await button(page, 'Teach it').click();
  await expect(page.getByTestId('kept')).toContainText('Kept in this browser, with the data');
  await expect(kept).toContainText('manners.jsonl: 120 pairs, a model of size micro taught 40 steps');
  const name = await kept.locator('code').textContent();

  // nothing is lost, so nothing is asked
  await page.reload();
  await button(page, 'Go on with manners.jsonl').click();
  await expect(page.getByRole('heading', { name: 'The Lab, on your data' })).toBeVisible();
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('encoding')).toContainText('120');
  await expect(page.locator('code', { hasText: name ?? 'no name' }).last()).toBeVisible();
  await expect(button(page, 'pieces of words')).toBeDisabled();
  await button(page, 'Learn from 80 more pairs').click();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');

  // what is made in the Lab is not kept: another file and another model ask first
  const question = page.getByTestId('loss-question');
  await button(page, 'Teach a new one').click();
  await expect(question).toContainText('it takes the place of the one that was taught 40 steps');
  await expect(question).toContainText('what was labelled and trained in its Lab is lost');
  await button(page, 'Keep going').click();
  await expect(question).toHaveCount(0);
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'again.jsonl', mimeType: 'text/plain', buffer: Buffer.from(rows(120)) });
  await expect(question).toContainText('With again.jsonl all begins anew: what was labelled');
  await button(page, 'Open the other file').click();
  await expect(page.getByTestId('encoding')).toBeVisible();

  // other words ask before they throw a model away that could learn on
  await page.getByRole('textbox', { name: 'steps' }).first().fill('4000');
  await button(page, 'Teach it').click();
  await expect(page.getByTestId('taught')).toContainText(/Step [1-9]/);
  await button(page, 'whole words').click();
  await expect(question).toContainText('With other words all begins anew: the teaching on again.jsonl ends');
  await button(page, 'Keep going').click();
  await expect(button(page, 'whole words')).toHaveAttribute('aria-pressed', 'false');
  await button(page, 'whole words').click();
  await button(page, 'Read it so').click();
  await expect(button(page, 'whole words')).toHaveAttribute('aria-pressed', 'true');
  await expect(button(page, 'Teach it')).toBeEnabled();

  await kept.getByRole('button', { name: /^Delete it.*manners/ }).click();
  await button(page, 'Keep it').click();
  await kept.getByRole('button', { name: /^Delete it.*manners/ }).click();
  await button(page, 'Delete it now').click();
  await expect(kept.getByText('manners.jsonl')).toHaveCount(0);
  await page.reload();
  await expect(page.getByTestId('drop')).toBeVisible();
  await expect(page.getByText('Go on with manners.jsonl')).toHaveCount(0);
});
