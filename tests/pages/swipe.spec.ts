// Labelling with a finger: the touches are the browser's own, so that scrolling and cancelling are decided by it.
import { expect, test, type Browser, type CDPSession, type Locator, type Page } from '@playwright/test';
import { button, labels, openLab } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'labelling does not depend on the backend');
});

interface Phone {
  page: Page;
  finger: Finger;
}

async function openPhone(
  browser: Browser,
  baseURL: string | undefined,
  options: { width?: number; reducedMotion?: 'reduce' } = {},
): Promise<Phone> {
  const { width = 360, ...rest } = options;
  const viewport = { width, height: 800 };
  const context = await browser.newContext({
    baseURL: baseURL!,
    viewport,
    hasTouch: true,
    isMobile: true,
    ...rest,
  });
  const page = await context.newPage();
  await openLab(page);
  return { page, finger: new Finger(await context.newCDPSession(page)) };
}

/** Moves by a clock of its own, so that a slow machine's finger is no slower. */
class Finger {
  #at = { x: 0, y: 0 };
  #now = Date.now();
  constructor(private readonly session: CDPSession) {}

  async down(card: Locator): Promise<void> {
    await card.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const box = (await card.boundingBox())!;
    this.#at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    this.#now = Math.max(Date.now(), this.#now + 1000);
    await this.#send('touchStart', [this.#at]);
  }
  /** By so many pixels, in steps of a sixtieth of a second. */
  async move(dx: number, dy = 0, steps = 12): Promise<void> {
    const { x, y } = this.#at;
    for (let i = 1; i <= steps; i++) {
      this.#at = { x: x + (dx * i) / steps, y: y + (dy * i) / steps };
      await this.#send('touchMove', [this.#at]);
    }
  }
  /** Long enough for what follows not to be a flick. */
  async rest(): Promise<void> {
    this.#now += 300;
    await this.#send('touchMove', [{ ...this.#at, x: this.#at.x + 1 }]);
  }
  up = () => this.#send('touchEnd', []);
  cancel = () => this.#send('touchCancel', []);
  /** Comes down beside the cards. */
  second = () => this.#send('touchStart', [this.#at, { x: this.#at.x - 150, y: this.#at.y - 120 }]);

  #send(
    type: 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel',
    touchPoints: { x: number; y: number }[],
  ) {
    this.#now += 16;
    return this.session.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp: this.#now / 1000 });
  }
}

const card = (page: Page, name: 'A' | 'B') => page.getByRole('article', { name: `Response ${name}` });
const verdict = (page: Page) => page.getByText(/^Let go to prefer/);
const shift = (article: Locator) =>
  article.evaluate((element) => parseFloat(getComputedStyle(element).translate) || 0);
/** What the history says that each pair was answered. */
async function answers(page: Page): Promise<string[]> {
  const box = page.getByRole('combobox', { name: 'Answer to pair' });
  return (await box.evaluateAll((all) => all.map((one) => (one as HTMLSelectElement).value))).reverse();
}

test('a card that is swiped to either side is chosen, and Undo takes it back', async ({
  browser,
  baseURL,
}) => {
  const { page, finger } = await openPhone(browser, baseURL);
  await expect(page.getByText('Or swipe the one you like better')).toBeVisible();
  const first = await card(page, 'A').innerText();
  await finger.down(card(page, 'A'));
  await finger.move(60);
  await expect.poll(() => shift(card(page, 'A'))).toBeCloseTo(60, 0);
  await expect(verdict(page)).toBeHidden();
  await finger.move(60);
  await expect(verdict(page)).toHaveText('Let go to prefer A.');
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await labels(page, 0);
  await finger.up();
  await labels(page, 1);
  await expect(page.getByText('Preferred A. Undo takes it back.')).toBeVisible();
  expect(await shift(card(page, 'A'))).toBe(0);
  await button(page, 'Undo').click();
  await labels(page, 0);
  expect(await card(page, 'A').innerText()).toBe(first);
  await finger.down(card(page, 'B'));
  await finger.move(-150);
  await finger.up();
  await labels(page, 1);
  await page.getByText('1 answer so far').click();
  await expect.poll(() => answers(page)).toEqual(['right']);
  await button(page, 'Prefer A').click();
  await labels(page, 2);
  await expect.poll(() => answers(page)).toEqual(['right', 'left']);
  await page.context().close();
});

test('a flick is enough; a short drag, and one taken over, put the card back', async ({
  browser,
  baseURL,
}) => {
  const { page, finger } = await openPhone(browser, baseURL);
  await finger.down(card(page, 'A'));
  await finger.move(50);
  await finger.rest();
  await finger.up();
  await expect.poll(() => shift(card(page, 'A'))).toBe(0);
  await finger.down(card(page, 'A'));
  await finger.move(150);
  await expect(verdict(page)).toBeVisible();
  await finger.cancel();
  await expect(verdict(page)).toBeHidden();
  await finger.down(card(page, 'A'));
  await finger.move(150);
  await finger.second();
  await expect(verdict(page)).toBeHidden();
  await finger.up();
  await finger.down(card(page, 'A'));
  await finger.move(150);
  await finger.move(-140);
  await finger.rest();
  await finger.up();
  await labels(page, 0);
  await finger.down(card(page, 'B'));
  await finger.move(80, 0, 3);
  await finger.up();
  await labels(page, 1);
  await page.context().close();
});

test('a vertical drag over the cards scrolls and labels nothing', async ({ browser, baseURL }) => {
  const { page, finger } = await openPhone(browser, baseURL);
  await finger.down(card(page, 'B'));
  const before = await page.evaluate(() => scrollY);
  await finger.move(8, -150);
  await finger.move(150, 0); // once it scrolls, sideways means nothing any more
  await finger.up();
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(before + 80);
  await labels(page, 0);
  expect(await shift(card(page, 'B'))).toBe(0);
  await page.context().close();
});

test('side by side on a tablet, with reduced motion: the same gesture, and nothing glides', async ({
  browser,
  baseURL,
}) => {
  const { page, finger } = await openPhone(browser, baseURL, { width: 820, reducedMotion: 'reduce' });
  const [a, b] = await Promise.all([card(page, 'A').boundingBox(), card(page, 'B').boundingBox()]);
  expect(a!.y).toBe(b!.y);
  await finger.down(card(page, 'B'));
  await finger.move(60);
  await finger.rest();
  await finger.up();
  const moving = () =>
    document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().duration) > 0).length;
  expect(await page.evaluate(moving)).toBe(0);
  expect(await shift(card(page, 'B'))).toBe(0);
  await labels(page, 0);
  await finger.down(card(page, 'B'));
  await finger.move(-140);
  await expect(verdict(page)).toHaveText('Let go to prefer B.');
  await finger.up();
  await labels(page, 1);
  await page.context().close();
});

test('a mouse drag over a card selects its text', async ({ page }) => {
  await openLab(page);
  const box = (await card(page, 'A').getByRole('paragraph').boundingBox())!;
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 200, box.y + 12, { steps: 8 });
  await expect(verdict(page)).toBeHidden();
  await page.mouse.up();
  await labels(page, 0);
  expect((await page.evaluate(() => String(getSelection()))).length).toBeGreaterThan(3);
});
