// Lessons: read without scripts, walked through by keyboard on a phone, with progress that stays and panels that a teacher hides.
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible, expectInWindow } from './axe.ts';
import { untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'lessons are the same on every backend');
});

const LESSON = 'learn/chosen-falls/';
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 2, name });
const ready = (page: Page) => untilPhase(page, 'ready');

test('every lesson can be read without scripts, formulas and all', async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL: baseURL!, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('learn/');
  const links = await page.getByRole('main').getByRole('heading', { level: 2 }).getByRole('link').all();
  expect(links).toHaveLength(4);
  for (const address of await Promise.all(links.map((link) => link.getAttribute('href')))) {
    await page.goto(new URL(address!, new URL('learn/', baseURL)).href);
    const steps = await page.locator('article > section').all();
    expect(steps.length).toBeGreaterThanOrEqual(8);
    for (const step of steps) await expect(step).toBeVisible();
    expect(await page.locator('math').count()).toBeGreaterThan(0);
  }
  await context.close();
});

test('a student goes through the second lesson on a phone, by keyboard alone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(LESSON);
  await expect(heading(page, 'A worrying curve')).toBeVisible();
  await ready(page);
  await page.keyboard.press('Space');
  await expect(heading(page, 'Before you train, guess')).toBeVisible();
  // the Lab waits for the prediction
  await page.keyboard.press('Space');
  await expect(heading(page, 'Before you train, guess')).toBeVisible();
  await page.getByRole('radio', { name: 'likelier than before', exact: true }).focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Train', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('it was “less likely than before”')).toBeVisible();
  await expect(page.getByText(/chosen −\d+\.\d nats, rejected −\d+\.\d nats/)).toBeVisible();
  await page.getByRole('link', { name: 'Go on' }).focus();
  for (const name of [
    'Both fell',
    'The loss asks for a difference',
    'Where did it go?',
    'Why these pairs',
    'Pairs that share little',
  ]) {
    await page.getByRole('link', { name: 'Go on' }).press('Enter');
    await expect(heading(page, name)).toBeVisible();
  }
  await page.getByRole('radio', { name: 'less, or not at all' }).press('Space');
  await ready(page);
  await page.getByRole('button', { name: 'Train', exact: true }).press('Enter');
  await expect(page.getByText('As you said: less, or not at all.')).toBeVisible();

  await page.getByRole('link', { name: 'Go on' }).press('Enter');
  await page.getByRole('radio', { name: 'hardly changed' }).press('Space');
  await ready(page);
  const formula = page.getByRole('textbox', { name: 'Formula' });
  await formula.focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' - 0.05 * logp_w');
  await page.getByRole('button', { name: 'Train', exact: true }).press('Enter');
  await expect(page.getByText('it was “likelier than before”')).toBeVisible();

  // what was done is there after a reload, and Back goes back
  await page.reload();
  await expect(heading(page, 'An anchor')).toBeVisible();
  await expect(page.getByText('it was “likelier than before”')).toBeVisible();
  await page.goBack();
  await expect(heading(page, 'Pairs that share little')).toBeVisible();
  await page.goForward();
  await page.getByRole('link', { name: 'Go on' }).press('Enter');
  await page.getByRole('link', { name: 'Go on' }).press('Enter');
  await expect(heading(page, 'What to remember')).toBeVisible();
  await expectInWindow(page);
});

test('on a phone the first press of a label key shows the pair, the second one labels it', async ({
  page,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto('learn/your-preferences/#pair');
  await ready(page);
  const prefer = page.getByRole('button', { name: 'Prefer A', exact: true });
  await expect(prefer).toBeEnabled();
  await expect(prefer).not.toBeInViewport();
  await page.keyboard.press('1');
  await expect(prefer).toBeInViewport({ ratio: 1 });
  await expect(page.getByTestId('label-progress')).toContainText('0 labels by you');
  await page.keyboard.press('1');
  await expect(page.getByTestId('label-progress')).toContainText('1 label by you');
  await page.keyboard.press('Space');
  await expect(heading(page, 'A taste')).toBeVisible();
});

test('a teacher hides panels, and a student does not see them', async ({ page }) => {
  await page.goto('learn/teach/');
  const lesson = page.getByRole('region', { name: 'Why do the chosen log-probs fall too?' });
  await lesson.getByRole('checkbox', { name: 'The loss' }).check();
  // the one task that is done in the editor can then only be read, and the teacher is told
  await expect(lesson.getByRole('status')).toHaveText(/^Step 8 can then only be read/);
  const link = await lesson.getByRole('textbox').inputValue();
  expect(link).toMatch(/^http.*\/learn\/chosen-falls\/\?hide=loss$/);
  await page.goto(`${link}#difference`);
  await expect(heading(page, 'The loss asks for a difference')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'The loss', exact: true })).toBeHidden();
  await page.getByRole('link', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { name: 'Watch' })).toBeVisible();
  await page.goto(`${link}#anchor`);
  await expect(page.getByText('is hidden in your link')).toBeVisible();
  await page.keyboard.press('Space');
  await expect(heading(page, 'Does it matter?')).toBeVisible();
  expect(new URL(page.url()).search).toBe('?hide=loss');
});

test('a lesson that is opened in its middle has the labels that its beginning set', async ({ page }) => {
  await page.goto('learn/one-formula/#ipo');
  await page.getByRole('radio', { name: 'settle near 0.5' }).check();
  await ready(page);
  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await expect(page.getByTestId('progress')).toContainText('step 1 of 150');
});

test('a reward model is trained in the fourth lesson, and the truth is lost under its reward', async ({
  page,
}) => {
  await page.goto('learn/wrong-labels/#proxy');
  await expect(heading(page, 'A judge that is wrong in a pattern')).toBeVisible();
  await expect(page.getByText('This is over-optimisation')).toBeHidden();
  const stage = page.getByTestId('reward-stage');
  await expect(stage.getByText('Press Train.')).toBeVisible();
  await page.getByRole('radio', { name: 'rise with the reward' }).check();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await expect(page.getByText('it was “rise at first, and be lost again”')).toBeVisible();
  // the figures of the command line, bit for bit
  await expect(page.getByText(/of 128: reward \+1\.36, truth −0\.30 ± 0\.28/)).toBeVisible();
  await expect(stage.getByTestId('best-of-n').getByRole('img', { name: /over-optimised/ })).toBeVisible();
  await expect(page.getByText('This is over-optimisation')).toBeVisible();
  await page.getByRole('link', { name: 'Back' }).click();
  await expect(heading(page, 'A judge made of labels')).toBeVisible();
  await expect(stage.getByText('Press Train.')).toBeVisible();
});

test('axe finds nothing on a step of a lesson that asks for a prediction', async ({ page }) => {
  await page.goto(`${LESSON}#guess`);
  await ready(page);
  await expectAccessible(page);
});
