// Races that are shared: opened in another browser, what a class sees of them, and what is heavy or too long for a link.
import { deflateRawSync } from 'node:zlib';
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { button, removeThirdArm } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'links do not depend on the backend');
});

const number = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const visit = (page: Page) => page.getByTestId('visit');
const progress = (page: Page) => page.getByTestId('race-progress');

const ARMS = [{ name: 'DPO' }, { name: 'IPO', objective: { name: 'ipo', parameters: { beta: 0.3 } } }];
const LIGHT = {
  world: 'reviews',
  model: { size: 'nano' },
  labels: { count: 24 },
  loop: { steps: 10, batch: 4, evaluate_every: 1 },
};

/** The JSON of a race of version 1, as a link. */
function linkTo(recipe: object, more: object = {}): string {
  const json = JSON.stringify({
    kind: 'race',
    recipe: { ...LIGHT, ...recipe },
    arms: ARMS,
    seeds: 2,
    ...more,
  });
  return `race/#1.${deflateRawSync(json).toString('base64url')}`;
}

/** Opens the page and waits until it has come alive. */
async function openRace(page: Page): Promise<void> {
  await page.goto('race/');
  await removeThirdArm(page);
}

test('a race is shared, opened in another browser with a panel hidden and a number locked, and run', async ({
  page,
  browser,
}) => {
  await openRace(page);
  const numbers = { 'labelled by the oracle': 24, steps: 6, batch: 4, seeds: 2, 'first seed': 5 };
  for (const [name, value] of Object.entries(numbers)) await number(page, name).fill(String(value));
  await page.getByRole('checkbox', { name: 'the reference follows the policy' }).check();
  await number(page, 'it moves every').fill('3');
  await button(page, 'Share').click();
  await expect(page.getByTestId('share-holds')).toContainText('2 arms: sigmoid; ipo.');
  await page.getByText('For a class').click();
  await page.getByRole('checkbox', { name: 'One arm closely' }).check();
  await page.getByRole('checkbox', { name: 'which losses race' }).check();
  await page.getByRole('checkbox', { name: 'learning rate' }).check();
  await page.getByRole('textbox', { name: 'title' }).fill('Exercise 4');
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/\/race\/#1\./);
  await expect(page.getByText(/^\d+ characters$/)).toBeVisible();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(page, 'Copy link').click();
  await expect(page.getByText('Copied.')).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(await field.inputValue());

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  await expect(visit(other)).toContainText('Exercise 4');
  await expect(number(other, 'first seed')).toHaveValue('5');
  await expect(number(other, 'it moves every')).toHaveValue('3');
  await expect(other.getByLabel('loss of arm 1')).toBeDisabled();
  await expect(number(other, 'learning rate').first()).toBeDisabled();
  await expect(number(other, 'steps')).toBeEnabled();
  await expect(progress(other)).toContainText('no run yet');
  await button(other, 'Race').click();
  await expect(progress(other)).toContainText('4 of 4 runs');
  await expect(other.getByRole('heading', { name: 'What came out' })).toBeVisible();
  const details = other.getByRole('heading', { name: 'One arm closely' });
  await expect(details).toBeHidden();
  await button(other, 'Show everything').click();
  await expect(details).toBeVisible();
  await expect(other.getByLabel('loss of arm 1')).toBeEnabled();
  await expect(button(other, 'Show everything')).toBeHidden();
  await context.close();
});

test('a heavy race asks before it starts; one that is too heavy says why and does not', async ({ page }) => {
  const heavy = { loop: { steps: 1000, batch: 64, evaluate_every: 100 } };
  await page.goto(linkTo(heavy));
  await expect(visit(page)).toContainText('4 runs with 4,000 steps');
  await button(page, 'Race').click();
  await expect(visit(page)).toContainText('This is heavy');
  await expect(progress(page)).toContainText('no run yet');
  await button(page, 'Leave it').click();
  await expect(visit(page)).not.toContainText('This is heavy');
  await button(page, 'Race').click();
  await button(page, 'Run it all the same').click();
  await expect(progress(page)).toContainText('racing');
  await button(page, 'Stop').click();

  const moving = { sync_ref_model: true, ref_model_sync_steps: 1 };
  const loop = { steps: 5000, batch: 64, evaluate_every: 500, ...moving };
  const weeks = { model: { size: 'micro' }, labels: { count: 2000 }, loop };
  await page.goto('race/');
  await page.goto(linkTo(weeks, { seeds: 10 }));
  await expect(page.getByTestId('too-heavy')).toContainText('Take fewer steps, seeds or arms');
  await button(page, 'Race').click();
  await expect(progress(page)).toContainText('ready');
  await expect(progress(page)).toContainText('no run yet');
});

test('a race that is too long for a link is a file, which is dropped on the page to be opened', async ({
  page,
}) => {
  await openRace(page);
  for (const arm of [1, 2]) {
    await page.getByText(`Formula of arm ${arm}`).click();
    // sums of numbers that deflate can't shorten
    const sum = Array.from({ length: 300 }, (_, i) => `${((i * 7919 + arm * 104_729) % 999_983) / 1e6}`).join(
      ' + ',
    );
    await page
      .getByLabel(`formula of arm ${arm}`)
      .fill(`loss = -log_sigmoid(beta * (logp_w - logp_l)) * (${sum})`);
    await page.getByLabel(`formula of arm ${arm}`).blur();
  }
  await button(page, 'Share').click();
  await expect(page.getByTestId('share-too-long')).toContainText('Too long for a link');
  await expect(button(page, 'Copy link')).toBeHidden();
  const downloading = page.waitForEvent('download');
  await button(page, 'Save as file').click();
  const text = await readFile(await (await downloading).path(), 'utf8');
  expect(text).toContain('"kind": "race"');

  await page.goto('race/#');
  await page.reload();
  await expect(page.getByRole('listitem', { name: 'Arm 3: simpo' })).toBeVisible();
  const dropped = (name: string, inside: string) =>
    page.evaluate(
      ([called, content]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([content!], called!));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      },
      [name, inside],
    );
  await expect(async () => {
    await dropped('race.sway.json', text);
    await expect(visit(page)).toBeVisible({ timeout: 3000 });
  }).toPass();
  await expect(page.getByText('2 arms × 5 seeds')).toBeVisible();
  await dropped('notes.txt', 'no JSON at all');
  await expect(page.getByTestId('link-problem')).toContainText('notes.txt');
  await expect(page.getByText('2 arms × 5 seeds')).toBeVisible();
});
