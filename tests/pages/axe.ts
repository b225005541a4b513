// What axe-core finds on a page as it stands. axe is slow: each state of a page is looked at once, in the looks that matter.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Layout hangs on the width and colours on the theme: each of both, without every pair of them. */
const LOOKS = [
  ['light', 360],
  ['dark', 1280],
] as const;

/** Every finding as `rule: where`; only of what lies in `part`, where that is given. */
export async function findings(page: Page, part?: string): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await (part === undefined ? axe : axe.include(part)).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

export async function expectInWindow(page: Page, what = 'pixels wider than the window'): Promise<void> {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(wide, what).toBeLessThanOrEqual(0);
}

/** In every look axe finds nothing, and nothing is wider than the window. */
export async function expectAccessible(page: Page, part?: string): Promise<void> {
  for (const [colorScheme, width] of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const look = `${colorScheme}, ${width} px`;
    await expectInWindow(page, `pixels wider than the window: ${look}`);
    expect.soft(await findings(page, part), look).toEqual([]);
  }
}
