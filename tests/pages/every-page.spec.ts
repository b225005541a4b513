// Every page that was built, whichever they are: clean for axe in both themes and at three widths, inside its window, with one
// heading, a title and a preview of its own, a way home and a way past the navigation.
import { existsSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { builtPages } from './built.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'looks do not depend on the backend');
});

/** Layout hangs on the width and colours on the theme: each of both, without every pair of them, since axe is slow. */
const LOOKS = [
  ['light', 360],
  ['light', 1280],
  ['light', 2560],
  ['dark', 1280],
] as const;

const meta = (page: Page, name: string): Promise<string | null> =>
  page.locator(`meta[name="${name}"], meta[property="${name}"]`).getAttribute('content');

for (const path of builtPages) {
  test(`axe finds nothing, and nothing is wider than the window: /${path}`, async ({ page }) => {
    test.slow(); // the glossary has thousands of elements, and is looked at four times
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.waitForLoadState('networkidle');
    for (const [colorScheme, width] of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page })
        .options({ resultTypes: ['violations'] })
        .analyze();
      const found = violations.flatMap(({ id, nodes }) => nodes.map((n) => `${id}: ${n.target.join(' ')}`));
      expect.soft(found, `${colorScheme}, ${width} px`).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect.soft(wide, `pixels wider than ${width} px, ${colorScheme}`).toBeLessThanOrEqual(0);
    }
  });
}

test('every page says what it is, to people and to link previews, and leads home', async ({
  page,
  baseURL,
}) => {
  const titles = new Map<string, string>();
  for (const path of builtPages)
    await test.step(`/${path}`, async () => {
      await page.goto(path);
      await expect.soft(page.locator('h1'), 'headings of the first level').toHaveCount(1);
      await expect.soft(page.locator('main')).toHaveCount(1);
      await expect.soft(page.locator('html')).toHaveAttribute('lang', 'en');

      const title = await page.title();
      expect.soft(titles.get(title), `another page is called ${title} too`).toBeUndefined();
      titles.set(title, path);
      expect.soft(await meta(page, 'og:title')).toBe(title);
      const description = await meta(page, 'description');
      expect.soft(description?.length, description ?? 'no description').toBeGreaterThan(40);
      expect.soft(await meta(page, 'og:description')).toBe(description);
      expect.soft(await meta(page, 'og:type')).toBe('website');
      expect.soft(await meta(page, 'twitter:card')).toBe('summary_large_image');
      expect.soft((await meta(page, 'og:image:alt'))?.length).toBeGreaterThan(20);
      const image = new URL((await meta(page, 'og:image')) ?? 'none', page.url()).href;
      expect.soft(image.startsWith(baseURL!), image).toBe(true);
      const file = `build/${image.slice(baseURL!.length)}`;
      expect.soft(existsSync(file), `${file} exists`).toBe(true);

      const home = page.locator(`body > * > header a`).filter({ hasText: /\S/ });
      const targets = await home.evaluateAll((links) =>
        links.map((link) => (link as HTMLAnchorElement).href),
      );
      expect.soft(targets, 'a link home').toContain(baseURL);
    });
});

test('the first key press of every page leads past the navigation', async ({ page }) => {
  for (const path of builtPages)
    await test.step(`/${path}`, async () => {
      await page.goto(path);
      await page.keyboard.press('Tab');
      const skip = page.getByRole('link', { name: 'Skip to content' });
      await expect.soft(skip).toBeFocused();
      await expect.soft(skip).toBeInViewport();
      const address = page.url();
      await page.keyboard.press('Enter');
      // after it, the next stop of the keyboard lies in the content
      await page.keyboard.press('Tab');
      expect.soft(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
      expect.soft(page.url().split('#')[0]).toBe(address.split('#')[0]);
    });
});
