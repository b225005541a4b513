// Labelling by keyboard and by pointer: counting, undo, the history, and keys that belong to something else.
import { expect, test, type Page } from '@playwright/test';
import { answer, button, labels, openLab, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'labelling does not depend on the backend');
});

const shownPair = (page: Page) =>
  page.getByRole('article').evaluateAll((cards) => cards.map((card) => card.textContent).join(' | '));

test('every answer has a button and keys', async ({ page }) => {
  await openLab(page);
  const keys = ['1', 'ArrowLeft', '2', 'ArrowRight', '0', 'ArrowDown', 'x', 'X'];
  for (const [i, key] of keys.entries()) {
    await answer(page, key);
    await labels(page, i + 1);
  }
  for (const [i, name] of ['Prefer A', 'Prefer B', 'Tie', 'Both bad'].entries()) {
    await button(page, name).click();
    await labels(page, keys.length + i + 1);
  }
  await page.getByRole('heading', { level: 1 }).click(); // away from the button
  await page.keyboard.press('Space');
  await labels(page, 12); // skipped: no label
  await page.getByText('13 answers so far').click();
  await expect(page.getByRole('combobox', { name: 'Answer to pair 13' })).toHaveValue('skip');
});

test('undo brings the pair back, and the pair after it comes again', async ({ page }) => {
  await openLab(page);
  const first = await shownPair(page);
  await answer(page, '1');
  await labels(page, 1);
  await expect.poll(() => shownPair(page)).not.toBe(first);
  await expect(button(page, 'Prefer A')).toBeEnabled();
  const second = await shownPair(page);
  await page.keyboard.press('Backspace');
  await labels(page, 0);
  expect(await shownPair(page)).toBe(first);
  await answer(page, '2');
  await labels(page, 1);
  expect(await shownPair(page)).toBe(second);
  await button(page, 'Undo').click();
  await labels(page, 0);
  await expect(button(page, 'Undo')).toBeDisabled();
});

test('labels can be changed and removed later', async ({ page }) => {
  await openLab(page);
  for (const [i, key] of ['1', '2', '0'].entries()) {
    await answer(page, key);
    await labels(page, i + 1);
  }
  await page.getByText('3 answers so far').click();
  const third = page.getByRole('combobox', { name: 'Answer to pair 3' });
  await expect(third).toHaveValue('tie');
  await third.selectOption('Prefer B');
  await expect(third).toHaveValue('right');
  await third.selectOption('Skip');
  await labels(page, 2);
  await page.getByRole('button', { name: 'Remove label 1' }).click();
  await labels(page, 1);
});

test('keys that are typed into a field label nothing', async ({ page }) => {
  await openLab(page);
  const field = page.getByRole('textbox', { name: 'learning rate' });
  await field.focus();
  for (const key of ['1', '2', '0', 'x', 'Backspace', 'ArrowLeft', 'Space']) await page.keyboard.press(key);
  // beta has a second control in the loss section, once that has loaded
  const train = page.getByRole('region', { name: 'Train', exact: true });
  const slider = train.getByRole('slider', { name: 'beta, slider' });
  await slider.focus();
  for (const key of ['ArrowLeft', 'ArrowRight', '1']) await page.keyboard.press(key);
  await labels(page, 0);
});

test('space presses the button that has the focus', async ({ page }) => {
  await openLab(page);
  await button(page, 'Tie').focus();
  await page.keyboard.press('Space');
  await labels(page, 1);
  await page.getByText('1 answer so far').click();
  await expect(page.getByRole('combobox', { name: 'Answer to pair 1' })).toHaveValue('tie');
});

test('labels say something about the labeler', async ({ page }) => {
  await openLab(page);
  for (let i = 1; i <= 6; i++) {
    await answer(page, '1');
    await labels(page, i);
  }
  await expect(page.getByText('What your labels say about you')).toBeVisible();
  await expect(page.getByText('6 of 6 (100')).toBeVisible(); // always the left one
});

test('Train without labels explains itself and offers the oracle', async ({ page }) => {
  await openLab(page);
  await button(page, 'Train').click();
  await expect(page.getByText('Label a pair first, or let the oracle label 200')).toBeVisible();
  await button(page, 'Let the oracle label 200').click();
  await expect(page.getByTestId('label-progress')).toContainText('200 by the oracle');
  await expect(page.getByText('Label a pair first')).toBeHidden();
});

test('a number out of range is refused with the range', async ({ page }) => {
  await openLab(page);
  // beta has a second control in the loss section, once that has loaded
  const train = page.getByRole('region', { name: 'Train', exact: true });
  const beta = train.getByRole('textbox', { name: 'beta', exact: true });
  await beta.fill('99');
  await expect(beta).toHaveAttribute('aria-invalid', 'true');
  await expect(train.getByText('From 0.01 to 5.')).toBeVisible();
  await beta.blur();
  await expect(beta).toHaveValue('0.1');
});

test('pairs can come from the model as it is now', async ({ page }) => {
  await openLab(page);
  await page.getByLabel('pairs from').selectOption('policy');
  await answer(page, '1');
  await labels(page, 1);
  await answer(page, '2');
  await labels(page, 2);
  await button(page, 'Train').click();
  await untilStep(page, 2);
});
