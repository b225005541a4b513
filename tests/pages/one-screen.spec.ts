// The Lab on one screen: panes and what divides them, a presentation, charts that open large, and how much is drawn.
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { button, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

test.beforeEach(({ page: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'does not depend on the backend');
});

const divider = (page: Page, name: string) => page.getByRole('separator', { name });
const widthOf = async (page: Page, panel: string): Promise<number> =>
  (await page.locator(`[data-panel="${panel}"]`).boundingBox())?.width ?? NaN;

for (const [width, height] of [
  [1100, 700],
  [1280, 800],
  [2560, 1440],
] as const)
  test(`at ${width} x ${height} what belongs together is seen together`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await openLab(page);
    for (const seen of [
      page.getByRole('article', { name: 'Response A' }),
      page.getByTestId('ranking').getByRole('listitem').first(),
      page.getByTestId('samples').getByRole('listitem').first(),
      page.getByRole('heading', { name: 'The loss', exact: true }),
      page.getByRole('img', { name: /^Held-out accuracy: / }),
      page.getByRole('img', { name: /^Loss: / }),
    ])
      await expect(seen).toBeInViewport();
    const { left, right } = await page.evaluate(() => ({
      left: document.querySelector('.pane.left')?.getBoundingClientRect().left ?? NaN,
      right: document.querySelector('.pane.right')?.getBoundingClientRect().right ?? NaN,
    }));
    expect((right - left) / width).toBeGreaterThan(0.94);
  });

test('dividers move with the arrow keys, and stay where they were put', async ({ page }) => {
  await openLab(page);
  const left = divider(page, 'Width of the left column');
  const before = await widthOf(page, 'label');
  const value = Number(await left.getAttribute('aria-valuenow'));
  await left.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(left).toHaveAttribute('aria-valuenow', String(value + 4));
  const wider = await widthOf(page, 'label');
  expect(wider).toBeGreaterThan(before);
  await divider(page, 'Height of the upper panes').press('End');
  await expect(divider(page, 'Height of the upper panes')).toHaveAttribute('aria-valuenow', '80');
  await page.reload();
  await expect(left).toHaveAttribute('aria-valuenow', String(value + 4));
  expect(await widthOf(page, 'label')).toBeCloseTo(wider, 0);
  await expect(divider(page, 'Height of the upper panes')).toHaveAttribute('aria-valuenow', '80');
  await left.press('Enter'); // as it was at first
  await expect(left).toHaveAttribute('aria-valuenow', String(value));
});

test('a divider is dragged', async ({ page }) => {
  await openLab(page);
  const right = divider(page, 'Width of the middle column');
  const before = await widthOf(page, 'curves');
  const box = await right.boundingBox();
  if (!box) throw new Error('no divider');
  await page.mouse.move(box.x + box.width / 2, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x - 60, box.y + 30, { steps: 4 });
  await page.mouse.up();
  expect(await widthOf(page, 'curves')).toBeGreaterThan(before + 40);
});

test('a presentation shows only what is watched; Escape leaves it', async ({ page }) => {
  await openLab(page);
  await button(page, 'Present').click();
  await expect(page.getByRole('region', { name: 'Label' })).toBeHidden();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeHidden();
  await expect(page.getByTestId('ranking')).toBeInViewport();
  await expect(page.getByRole('img', { name: /^Held-out accuracy: / })).toBeInViewport();
  await expect(button(page, 'Train')).toBeInViewport();
  await expect(button(page, 'Leave the presentation')).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: 'Label' })).toBeVisible();
  await expect(button(page, 'Present')).toBeFocused();
});

test('a chart opens large, and goes back to its place', async ({ page }) => {
  await openLab(page);
  const chart = page.getByRole('img', { name: /^Loss: / });
  const small = await chart.boundingBox();
  const open = page.getByRole('button', { name: 'Enlarge the chart Loss', exact: true });
  await open.click();
  const dialog = page.getByRole('dialog', { name: 'Loss', exact: true });
  await expect(dialog.getByRole('img', { name: /^Loss: / })).toBeVisible();
  await expect.poll(async () => (await chart.boundingBox())?.width).toBeGreaterThan(2 * (small?.width ?? 0));
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await chart.boundingBox())?.width).toBeCloseTo(small?.width ?? 0, 0);
  await expect(open).toBeFocused();
});

test('the ranking begins at 0, or counts in tens where that is chosen', async ({ page }) => {
  await openLab(page);
  const axis = page.getByRole('combobox', { name: 'Axis of the ranking' });
  const ends = page.locator('.axis span');
  await expect(axis).toHaveValue('linear');
  await expect(ends.first()).toHaveText('0');
  await axis.selectOption('log');
  await expect(ends.first()).not.toHaveText('0');
  await page.reload();
  await expect(axis).toHaveValue('log');
});

test('what is drawn is bounded by frames: while none comes, steps are not drawn', async ({ page }) => {
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await page.evaluate(() => {
    const counts = { draws: 0, steps: new Set<string>() };
    Object.assign(window, { counts });
    const chart = document.querySelector('svg[aria-label^="Loss: "]') as Element;
    new MutationObserver(() => counts.draws++).observe(chart, { attributes: true, subtree: true });
    // no frame from now on: what wants one is held
    const held: FrameRequestCallback[] = [];
    window.requestAnimationFrame = (then) => held.push(then);
    Object.assign(window, { goOn: () => held.splice(0).forEach((then) => then(performance.now())) });
  });
  const draws = () => page.evaluate(() => (window as never as { counts: { draws: number } }).counts.draws);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished'); // an end is told at once
  expect(await stepsDone(page)).toBe(100);
  expect(await draws()).toBeLessThanOrEqual(8);
});

test('evaluations come at the steps that the recipe says, and the model is shown as it is at rest', async ({
  page,
}) => {
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const figure = page
    .locator('figure')
    .filter({ has: page.getByRole('img', { name: /^Held-out accuracy: / }) });
  await figure.locator('summary', { hasText: 'What it is' }).click();
  const steps = await figure.locator('tbody th').allInnerTexts();
  expect(steps.map(Number)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  await expect(page.getByText('Measured here, after step 100.')).toBeVisible();
});

test('on a phone what is watched stays in view while it trains', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  const strip = page.getByTestId('watch-strip');
  await expect(strip).toBeHidden();
  await button(page, 'Train').click();
  await untilStep(page, 5);
  await expect(strip).toBeInViewport();
  await untilPhase(page, 'finished');
  await expect(strip).toBeHidden();
});
