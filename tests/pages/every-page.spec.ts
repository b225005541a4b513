// Every page that was built, whichever they are: clean for axe in both themes and on phone and desk, inside its window, with one
// heading, a title and a preview of its own, a way home and a way past the navigation.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible, expectInWindow } from './axe.ts';
import { builtPages } from './built.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'looks do not depend on the backend');
});

const meta = (page: Page, name: string): Promise<string | null> =>
  page.locator(`meta[name="${name}"], meta[property="${name}"]`).getAttribute('content');

async function saysWhatItIs(page: Page, site: string): Promise<void> {
  await expect.soft(page.locator('h1'), 'headings of the first level').toHaveCount(1);
  await expect.soft(page.locator('main')).toHaveCount(1);
  await expect.soft(page.locator('html')).toHaveAttribute('lang', 'en');

  expect.soft(await meta(page, 'og:title')).toBe(await page.title());
  const description = await meta(page, 'description');
  expect.soft(description?.length, description ?? 'no description').toBeGreaterThan(40);
  expect.soft(await meta(page, 'og:description')).toBe(description);
  expect.soft(await meta(page, 'og:type')).toBe('website');
  expect.soft(await meta(page, 'twitter:card')).toBe('summary_large_image');
  expect.soft((await meta(page, 'og:image:alt'))?.length).toBeGreaterThan(20);
  const image = new URL((await meta(page, 'og:image')) ?? 'none', page.url()).href;
  expect.soft(image.startsWith(site), image).toBe(true);
  const file = `build/${image.slice(site.length)}`;
  expect.soft(existsSync(file), `${file} exists`).toBe(true);

  const home = page.locator(`body > * > header a`).filter({ hasText: /\S/ });
  const targets = await home.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  expect.soft(targets, 'a link home').toContain(site);
}

/** The first key press leads past the navigation. */
async function skipsNavigation(page: Page): Promise<void> {
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
}

for (const path of builtPages) {
  test(`/${path} says what it is, to people and to link previews, leads home and past the navigation; axe finds nothing`, async ({
    page,
    baseURL,
  }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await skipsNavigation(page);
    await saysWhatItIs(page, baseURL!);
    await page.waitForLoadState('networkidle');
    await expectAccessible(page);
    await page.setViewportSize({ width: 2560, height: 900 });
    await expectInWindow(page, 'pixels wider than 2560 px');
  });
}

test('no two pages have one title', () => {
  const titles = builtPages.map(
    (path) => /<title>(.+?)<\/title>/s.exec(readFileSync(`build/${path}index.html`, 'utf8'))?.[1],
  );
  expect(titles).not.toContain(undefined);
  expect([...new Set(titles)]).toEqual(titles);
});
