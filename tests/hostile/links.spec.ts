// Links from nowhere and from people who mean harm, opened in the page by its address: nothing runs, nothing breaks.
import { deflateRawSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { removeThirdArm } from '../pages/lab.ts';
import { fuzzed } from '../support/fuzz.ts';
import { HOSTILE_TEXTS, hostileLink } from '../support/hostile-links.ts';

const LINKS = fuzzed(200);
const LAB = [
  { recipe: { world: 'reviews', labels: { count: 20 } } },
  {
    recipe: { world: 'reviews', labels: {}, objective: { name: 'ipo' }, optimiser: { lr: 0.001 } },
    labels: [{ from: 0, choices: 'abtxab' }],
    title: 'A title',
    hide: ['loss'],
    lock: ['optimiser.lr'],
  },
  {
    recipe: { world: 'reviews', labels: { count: 20 }, loop: { steps: 4 } },
    receipt: { engine: 1, steps: 4, final: [0.6, 0.1, -98, -101] },
    prompt: 'phone-1',
    note: 'A note',
    seen: {
      margins: { digits: 2, gaps: [1, 1, 1, 1], values: [0, -3, 12, 40] },
      accuracy: { digits: 3, gaps: [0, 4], values: [500, 625] },
      samples: { before: [[193, 406, 203, 2], [257, 2]], after: [[193, 176, 2], [257, 2]] }, // prettier-ignore
    },
  },
].map((state) => JSON.stringify({ kind: 'lab', ...state }));
const LOOP = { steps: 60, evaluate_every: 6 };
const RACE = [
  {
    recipe: { world: 'reviews', labels: { count: 60 }, loop: LOOP, seed: 3 },
    arms: [{ name: 'DPO' }, { name: 'IPO', objective: { name: 'ipo', parameters: { beta: 0.3 } } }],
    seeds: 4,
  },
  {
    recipe: { world: 'reviews', model: { size: 'nano' }, labels: { count: 24 }, loop: LOOP },
    arms: [
      { name: 'DPO' },
      { name: 'mine', objective: { formula: 'loss = -logp_w' }, optimiser: { lr: 0.001 } },
    ],
    seeds: 2,
    title: 'A title',
    hide: ['details'],
    lock: ['optimiser.lr'],
  },
].map((state) => JSON.stringify({ kind: 'race', ...state }));

const withTitles = (json: string): string[] =>
  HOSTILE_TEXTS.map((title) => JSON.stringify({ ...(JSON.parse(json) as object), title, note: title }));

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'links do not depend on the backend');
});

/** Listens for whatever a hostile link might do on the page; what it gives back says that nothing was done. */
async function watched(page: Page): Promise<() => Promise<void>> {
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
  return async () => {
    const after = await page.evaluate(() => ({
      hacked: 'hacked' in globalThis || 'hacked' in Object.prototype,
      violations: (globalThis as { violations?: string[] }).violations ?? [],
    }));
    expect(after).toEqual({ hacked: false, violations: [] });
    expect(problems).toEqual([]);
  };
}

interface Path {
  seed: number;
  jsons: readonly string[];
  /** Goes to the page as it is without a link; what was shown before is gone then. */
  home: () => Promise<void>;
  /** Whether it must be gone to after this outcome: a visit that stands there would be taken for the next one. */
  leave: (outcome: string) => boolean;
}

/** Follows `LINKS` links one after the other: each is refused with words, or shown. */
async function followAll(page: Page, { seed, jsons, home, leave }: Path): Promise<void> {
  let [opened, refused] = [0, 0];
  await home();
  for (let i = 0; i < LINKS; i++) {
    const { link, kind } = hostileLink(seed, i, jsons);
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
      while (isLink && told() === null && performance.now() - start < 180_000) {
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
    if (leave(outcome)) await home();
  }
  expect(opened).toBeGreaterThan(LINKS / 100);
  expect(refused).toBeGreaterThan(LINKS / 3);
}

test('a note of markup is shown as the text that it is', async ({ page }) => {
  const harmless = await watched(page);
  const [lab, race] = [JSON.parse(LAB[2]!) as object, JSON.parse(RACE[0]!) as object];
  const notes = HOSTILE_TEXTS.filter((text) => /[<{&$:]/.test(text) && text.length <= 280);
  expect(notes.length).toBeGreaterThan(10);
  for (const [where, state] of [
    ['lab/', lab],
    ['race/', race],
  ] as const) {
    await page.goto(where);
    for (const note of notes) {
      const json = JSON.stringify({ ...state, note });
      await page.evaluate(
        (to) => void (location.hash = to),
        `1.${deflateRawSync(json).toString('base64url')}`,
      );
      const shown = page.getByTestId('visit-note');
      await expect(shown).toHaveText(note, { useInnerText: true });
      expect(await shown.locator('*').count(), note).toBe(0);
    }
    await harmless();
  }
});

const isRacePage = (page: Page): boolean => new URL(page.url()).pathname.endsWith('/race/');

test('hostile links to the Lab end in words or in a state that waits', async ({ page }) => {
  const harmless = await watched(page);
  const home = async (): Promise<void> => {
    await harmless();
    await page.goto('lab/');
    await expect(page.getByTestId('progress')).toContainText('ready');
  };
  const jsons = [...LAB, ...withTitles(LAB[0]!), ...RACE];
  await followAll(page, { seed: 1, jsons, home, leave: () => isRacePage(page) });
  await harmless();
  await page.getByRole('button', { name: 'Prefer A', exact: true }).click();
  await expect(page.getByTestId('label-progress')).toContainText('1 label by you');
});

test('hostile links to the page of races end in words or in a race that waits', async ({ page }) => {
  const harmless = await watched(page);
  const home = async (): Promise<void> => {
    await harmless();
    await page.goto('race/');
    await expect(page.getByTestId('visit')).toBeHidden();
  };
  const jsons = [...RACE, ...withTitles(RACE[0]!), ...LAB];
  await followAll(page, { seed: 2, jsons, home, leave: (outcome) => outcome === 'visit' });
  await home();
  await expect(page.getByTestId('race-progress')).toContainText('no run yet');
  await removeThirdArm(page);
});
