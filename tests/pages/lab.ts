// What the tests of the Lab have in common: how to open it, and how to read it as a visitor would.
import { expect, type Page } from '@playwright/test';

/** As one who asks to save data: the page makes no copy of the site, which takes more than most tests of a Lab. */
async function spareTheCopy(page: Page): Promise<void> {
  await page.addInitScript(() =>
    Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true }),
  );
}

/**
 * Opens the Lab, here or at a whole address, and waits until the live model has taken the place of the shipped numbers.
 * Here no copy of the site is made; at an address of a test's own host, and on the other pages, it is.
 */
export async function openLab(page: Page, behind = ''): Promise<void> {
  const elsewhere = behind.includes('://');
  if (!elsewhere) await spareTheCopy(page);
  await page.goto(elsewhere ? behind : `lab/${behind}`);
  await expect(page.getByTestId('status')).toContainText('Runs on');
}

/** Opens the Lab on WebGPU: by itself it does not take one that is only software, as in these tests. */
export async function openLabOnWebgpu(page: Page, query = ''): Promise<void> {
  await openLab(page, query);
  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('runs on').selectOption('webgpu');
  await expect(page.getByTestId('status')).toContainText('Runs on WebGPU');
  // back to the pair: a list that has the focus keeps its own keys
  await page.getByRole('heading', { level: 1 }).click();
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

export async function labels(page: Page, byVisitor: number): Promise<void> {
  const text = `${byVisitor.toLocaleString('en')} label${byVisitor === 1 ? '' : 's'} by you`;
  await expect(page.getByTestId('label-progress')).toContainText(text);
}

/** Presses a key for the pair that is shown, once the next one is there. Keys mean answers only where the pair can be seen. */
export async function answer(page: Page, key: string): Promise<void> {
  await expect(button(page, 'Prefer A')).toBeEnabled();
  await page.getByRole('article', { name: 'Response A' }).scrollIntoViewIfNeeded();
  await page.keyboard.press(key);
}

export async function stepsDone(page: Page): Promise<number> {
  const text = await page.getByTestId('progress').innerText();
  return Number(/step (\d+)/.exec(text)?.[1]);
}

/** A run trains on until its test has seen where it is; by itself Playwright looks once a second. */
const OFTEN = { intervals: [100] };

export async function untilStep(page: Page, step: number): Promise<void> {
  await expect.poll(() => stepsDone(page), OFTEN).toBeGreaterThanOrEqual(step);
}

/** Lets the run be so long that a slow test still finds it in its midst. */
export async function manySteps(page: Page, steps = 999): Promise<void> {
  const train = page.getByRole('region', { name: 'Train', exact: true });
  const field = train.getByRole('textbox', { name: 'steps', exact: true });
  await field.fill(String(steps));
  await field.blur();
  await expect(page.getByTestId('progress')).toContainText(`of ${steps}`);
  await page.getByRole('heading', { level: 1 }).click(); // away from the field, which takes keys
}

export async function untilPhase(page: Page, phase: string): Promise<void> {
  await expect.poll(() => page.getByTestId('progress').textContent(), OFTEN).toContain(phase);
}

/** Takes the third arm off a race of the defaults; a click before the page has come alive does nothing, so it is made until it does. */
export async function removeThirdArm(page: Page): Promise<void> {
  const remove = button(page, 'Remove arm 3, simpo');
  await expect(async () => {
    if (await remove.isVisible()) await remove.click({ timeout: 1000 });
    await expect(page.getByText('2 arms × 5 seeds')).toBeVisible({ timeout: 1000 });
  }).toPass();
}

/** The newest value of a line of a chart, as a screen reader hears it: `Margin: margin 0.31`. */
export async function chartValue(page: Page, title: string, line: string): Promise<number> {
  const label = await page.getByRole('img', { name: new RegExp(`^${title}: `) }).getAttribute('aria-label');
  const found = new RegExp(`[:,] ${line} ([\u2212\\d.,e+]+)`).exec(label ?? '');
  return Number(found?.[1]?.replaceAll('\u2212', '-').replaceAll(',', ''));
}
