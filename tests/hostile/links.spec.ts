// Links from nowhere and from people who mean harm, opened in the page by its address: nothing runs, nothing breaks.
import { expect, test } from '@playwright/test';
import { HOSTILE_TEXTS, hostileLink } from '../support/hostile-links.ts';

const SEED = 1;
const LINKS = 300;
const JSONS = [
  { recipe: { world: 'reviews', labels: { count: 20 } } },
  {
    recipe: { world: 'reviews', labels: {}, objective: { name: 'ipo' }, optimiser: { lr: 0.001 } },
    labels: [{ from: 0, choices: 'abtxab' }],
    title: 'A title',
    hide: ['loss'],
    lock: ['optimiser.lr'],
  },
].map((state) => JSON.stringify({ kind: 'lab', ...state }));

test('hostile links end in words or in a state that waits', async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'links do not depend on the backend');
  const problems: string[] = [];
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && hostname !== 'localhost')
      problems.push(request.url());
  });
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { violations: seen });
    addEventListener('securitypolicyviolation', (event) => seen.push(event.violatedDirective));
  });
  await page.goto('');
  await expect(page.getByTestId('progress')).toContainText('ready', { timeout: 120_000 });

  const titles = HOSTILE_TEXTS.map((title) =>
    JSON.stringify({ ...(JSON.parse(JSONS[0]!) as object), title }),
  );
  let [opened, refused] = [0, 0];
  for (let i = 0; i < LINKS; i++) {
    const { link, kind } = hostileLink(SEED, i, [...JSONS, ...titles]);
    const outcome = await page.evaluate(async (hash) => {
      const told = (): string | null => {
        if (document.querySelector('[data-testid=link-problem]')) return 'problem';
        return document.querySelector('[data-testid=visit]') ? 'visit' : null;
      };
      const before = location.hash;
      location.hash = hash;
      if (location.hash === before) return 'same';
      const isLink = /^#\d+\./.test(location.hash);
      // what was told of the link before may still stand; the page is asked until it says something
      const start = performance.now();
      while (isLink && told() === null && performance.now() - start < 20_000) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const outcome = isLink ? (told() ?? 'silent') : 'no link';
      for (const button of document.querySelectorAll('button')) {
        const closes =
          button.closest('[data-testid=link-problem]') !== null && button.textContent === 'Close';
        if (closes || button.textContent === 'Back to mine') button.click();
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
      return outcome;
    }, link);
    expect(outcome, `${kind}, number ${i}`).not.toBe('silent');
    if (outcome === 'visit') opened++;
    if (outcome === 'problem') refused++;
  }
  expect(opened).toBeGreaterThan(LINKS / 100);
  expect(refused).toBeGreaterThan(LINKS / 3);
  const after = await page.evaluate(() => ({
    hacked: 'hacked' in globalThis || 'hacked' in Object.prototype,
    violations: (globalThis as unknown as { violations: string[] }).violations,
  }));
  expect(after).toEqual({ hacked: false, violations: [] });
  expect(problems).toEqual([]);
  await page.getByRole('button', { name: 'Prefer A', exact: true }).click();
  await expect(page.getByTestId('label-progress')).toContainText('1 label by you');
});
