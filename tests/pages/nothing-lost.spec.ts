// Going to another page of the site and coming back loses nothing that was made: neither labels nor a run, a race or a reward model.
import { expect, test, type Page } from '@playwright/test';
import {
  answer,
  button,
  labels,
  manySteps,
  openLab,
  removeThirdArm,
  stepsDone,
  untilPhase,
  untilStep,
} from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'what is kept does not depend on the backend');
});

const number = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const title = (page: Page) => page.getByRole('heading', { level: 1 });

async function goTo(page: Page, name: string): Promise<void> {
  const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
  await link.click();
  await expect(link).toHaveAttribute('aria-current', 'page');
}

test('the Lab: labels and steps are there again, by Back and by the head of the page', async ({ page }) => {
  await openLab(page);
  for (const key of ['1', '2', '1']) await answer(page, key);
  await labels(page, 3);
  await manySteps(page);
  await button(page, 'Train').click();
  await untilStep(page, 12);
  // in the midst of the run a word is looked up
  await page.getByRole('main').getByRole('link', { name: 'reference', exact: true }).first().click();
  await expect(title(page)).toHaveText('Glossary');
  await page.goBack();
  await labels(page, 3);
  await untilPhase(page, 'paused'); // where it was left
  await untilStep(page, 12);
  const step = await stepsDone(page);
  await goTo(page, 'Race');
  await goTo(page, 'Lab');
  await labels(page, 3);
  await expect.poll(() => stepsDone(page)).toBe(step);
});

test('a race goes on while the glossary is read', async ({ page }) => {
  await page.goto('race/');
  await removeThirdArm(page);
  const set = { 'labelled by the oracle': 24, steps: 40, batch: 4, seeds: 2 };
  for (const [name, value] of Object.entries(set)) await number(page, name).fill(String(value));
  await button(page, 'Race').click();
  await expect(page.getByTestId('race-progress')).toContainText('of 4 runs');
  await goTo(page, 'Glossary');
  await expect(title(page)).toHaveText('Glossary');
  await goTo(page, 'Race');
  await expect(page.getByTestId('race-progress')).toContainText('4 of 4 runs');
  await expect(page.getByTestId('race-table')).toBeVisible();
  await goTo(page, 'Papers');
  await page.goBack();
  await expect(page.getByTestId('race-table')).toBeVisible();
  await expect(number(page, 'steps')).toHaveValue('40');
  // only closing the tab would lose it, and the browser asks
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.accept();
});

test('a reward model is there again, measures and all', async ({ page }) => {
  await page.goto('reward/');
  await expect(async () => {
    await number(page, 'steps').fill('20', { timeout: 1000 });
    await expect(page.getByTestId('progress')).toContainText('of 20', { timeout: 500 });
  }).toPass();
  await button(page, 'Train').click();
  await untilStep(page, 1);
  await goTo(page, 'Papers');
  await goTo(page, 'Reward');
  await untilPhase(page, 'finished');
  expect(await stepsDone(page)).toBe(20);
  const accuracy = await page.getByTestId('accuracy').innerText();
  await goTo(page, 'Glossary');
  await page.goBack();
  await expect(page.getByTestId('accuracy')).toHaveText(accuracy, { useInnerText: true });
  await number(page, 'seed').fill('1');
  await expect(page.getByText('has changed since this model began')).toBeVisible();
  await button(page, 'Reset').click(); // it is alive
  await untilPhase(page, 'ready');
});
