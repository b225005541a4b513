// Sharing: a link that another browser opens, runs and verifies; what a class sees; links that are damaged or heavy.
import { deflateRawSync } from 'node:zlib';
import { expect, test, type Page } from '@playwright/test';
import { answer, button, labels, openLab, stepsDone, untilPhase, untilStep } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'links do not depend on the backend');
});

const visit = (page: Page) => page.getByTestId('visit');
const verdict = (page: Page) => page.getByTestId('verdict');

async function shareLink(page: Page): Promise<string> {
  await button(page, 'Share').click();
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/\/lab\/#1\./);
  return field.inputValue();
}

/** What a link of version 1 is: the JSON that stands behind it, as it is written down. */
function linkTo(recipe: object, more: object = {}): string {
  const json = JSON.stringify({ kind: 'lab', recipe: { world: 'reviews', labels: {}, ...recipe }, ...more });
  return `#1.${deflateRawSync(json).toString('base64url')}`;
}

const follow = (page: Page, hash: string) => page.evaluate((to) => void (location.hash = to), hash);

async function setSteps(page: Page, steps: number): Promise<void> {
  const field = page.getByRole('textbox', { name: 'steps', exact: true });
  await field.fill(String(steps));
  await field.blur();
}

test('a run that is shared is reproduced bit for bit in another browser', async ({ page, browser }) => {
  await openLab(page);
  for (let i = 1; i <= 6; i++) {
    await answer(page, i % 3 === 0 ? '2' : '1');
    await labels(page, i);
  }
  await setSteps(page, 8);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const link = await shareLink(page);
  await expect(page.getByTestId('share-holds')).toContainText('8 steps made');
  await expect(page.getByTestId('share-holds')).toContainText('bit for bit on WASM');
  await button(page, 'Close').click();
  expect(await shareLink(page), 'pressed twice').toBe(link);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await button(page, 'Copy link').click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);

  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto(link);
  await expect(visit(other)).toContainText('6 labels');
  await expect(other.getByTestId('progress')).toContainText('not loaded yet'); // nothing runs by itself
  expect(await shareLink(other), 'passed on as it came').toBe(link);
  await button(other, 'Close').click();
  await button(other, 'Run it yourself').click();
  await expect(verdict(other)).toContainText('Reproduced bit for bit: all 8 steps');
  await context.close();
});

test('a receipt that does not fit says where it first differed', async ({ page }) => {
  const receipt = {
    engine: 1,
    steps: 4,
    digest: '0123456789abcdef',
    marks: 'AAAAAA',
    final: [0.6, 0.1, -98, -101],
  };
  const recipe = { labels: { count: 40 }, loop: { steps: 4 } };
  await page.goto(`lab/${linkTo(recipe, { receipt, title: 'Not my numbers' })}`);
  await expect(visit(page)).toContainText('Not my numbers');
  await button(page, 'Run and verify').click();
  await expect(verdict(page)).toContainText('Not reproduced');
  await expect(verdict(page)).toContainText(/different at step \d/);
});

test('a run that is changed on the way is not verified', async ({ page }) => {
  const receipt = { engine: 1, steps: 600, final: [0.6, 0.1, -98, -101] };
  await page.goto(`lab/${linkTo({ labels: { count: 40 }, loop: { steps: 600 } }, { receipt })}`);
  await expect(page.getByTestId('visit-holds')).toContainText('within a tolerance of 2%');
  await button(page, 'Run and verify').click();
  await expect(verdict(page)).toContainText('Verifying: step');
  await untilStep(page, 2);
  await button(page, 'Reset').click();
  await expect(verdict(page)).toContainText('Changed on the way, so there is nothing to verify');
});

test('one’s own labels and run outlive a visit', async ({ page }) => {
  await openLab(page);
  for (let i = 1; i <= 2; i++) {
    await answer(page, '1');
    await labels(page, i);
  }
  await button(page, 'Step').click();
  await untilStep(page, 1);
  await follow(
    page,
    linkTo({ labels: { rule: 'formal', count: 40 } }, { labels: [{ from: 0, choices: 'abtab' }] }),
  );
  await expect(visit(page)).toBeVisible();
  await labels(page, 5);
  await button(page, 'Prefer A').click();
  await labels(page, 6);
  await expect(page.getByTestId('visit-changed')).toContainText('kept nowhere yet');
  await button(page, 'Back to mine').click();
  await button(page, 'Throw it away').click();
  await expect(visit(page)).toBeHidden();
  await labels(page, 2);
  await expect(page.getByTestId('progress')).toContainText('step 1 of');
  expect(new URL(page.url()).hash).toBe('');
});

test('what was brought can be kept, beside one’s own', async ({ page }) => {
  await openLab(page);
  await answer(page, '1');
  await labels(page, 1);
  await follow(page, linkTo({ seed: 7 }, { title: 'Seven' }));
  await expect(visit(page)).toContainText('Seven');
  await button(page, 'Keep as mine').click();
  await expect(visit(page)).toBeHidden();
  await expect(page.getByText('Saved in this browser: Seven')).toBeVisible();
  await labels(page, 0);
  await expect(page.getByRole('textbox', { name: 'seed', exact: true })).toHaveValue('7');
  await page.reload();
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await expect(page.getByRole('textbox', { name: 'seed', exact: true })).toHaveValue('7');
});

test('what was trained on a visit is asked about before anything replaces it, and goes on as mine', async ({
  page,
}) => {
  const link = (seed: number, title: string) =>
    linkTo({ seed, model: { size: 'nano' }, labels: { count: 40 }, loop: { steps: 2000 } }, { title });
  await page.goto(`lab/?debug${link(3, 'Three')}`);
  await button(page, 'Run').click();
  await untilStep(page, 2);
  await button(page, 'Pause').click();
  await untilPhase(page, 'paused');
  const step = await stepsDone(page);
  await follow(page, link(4, 'Four'));
  await expect(page.getByTestId('visit-question')).toContainText('kept nowhere yet');
  await button(page, 'Stay').click();
  await expect(page.getByTestId('visit-question')).toBeHidden();
  await expect(visit(page)).toContainText('Three');
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByTestId('visit-question')).toContainText('before you leave this page');
  await button(page, 'Stay').click();
  await follow(page, link(4, 'Four'));
  await button(page, 'Keep it as mine').click();
  await expect(visit(page)).toContainText('Four');
  await button(page, 'Back to mine').click();
  await expect(page.getByText('Saved in this browser: Three')).toBeVisible();
  await page.reload();
  await expect(page.getByText(`Your run is here as you left it: step ${step} of 2000`)).toBeVisible();
  await setSteps(page, step + 20); // what is left to be trained says as much as thousands of steps
  const digests: string[] = [];
  for (const again of [false, true]) {
    if (again) {
      await button(page, 'Reset').click();
      await untilPhase(page, 'ready');
    }
    await button(page, 'Train').click();
    await untilPhase(page, 'finished');
    await button(page, 'Tell the receipt').click();
    await expect(page.getByTestId('digest')).toHaveText(/^[\w-]{8,}$/);
    digests.push(await page.getByTestId('digest').innerText());
  }
  expect(digests[0]).toBe(digests[1]);
});

test('a teacher’s link hides panels and locks numbers, and everything can be shown again', async ({
  page,
}) => {
  const view = { hide: ['loss', 'samples'], lock: ['optimiser.lr', 'labels.recorded'] };
  await page.goto(`lab/${linkTo({ labels: { count: 40 } }, view)}`);
  await expect(visit(page)).toBeVisible();
  const rate = page.getByRole('textbox', { name: 'learning rate' });
  await expect(rate).toBeDisabled();
  await expect(page.getByRole('textbox', { name: 'beta', exact: true })).toBeEnabled();
  await expect(button(page, 'Prefer A')).toBeDisabled();
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('1');
  await labels(page, 0);
  await expect(page.getByRole('heading', { name: 'The loss' })).toBeHidden();
  await expect(page.getByRole('heading', { name: 'The same dice' })).toBeHidden();
  await button(page, 'Show everything').click();
  await expect(rate).toBeEnabled();
  await expect(page.getByRole('heading', { name: 'The loss' })).toBeVisible();

  await follow(page, linkTo({ labels: { count: 40 } }, { lock: 'all' }));
  await expect(rate).toBeDisabled();
  await expect(visit(page)).toBeVisible();
  const train = page.getByRole('region', { name: 'Train', exact: true });
  for (const field of await train.getByRole('textbox').all()) await expect(field).toBeDisabled();
  await button(page, 'Share').click();
  await page.getByText('For a class').click();
  await expect(page.getByRole('checkbox', { name: 'everything' })).toBeChecked();
});

test('a damaged link is told in words, and the page goes on', async ({ page }) => {
  await page.goto('lab/#1.abcdef!');
  await expect(page.getByTestId('link-problem')).toContainText('link: expected letters');
  await expect(page.getByTestId('status')).toContainText('Runs on');
  await answer(page, '1');
  await labels(page, 1);
  await follow(page, linkTo({}, { labels: [{ from: 0, choices: 'abtabbabab' }] }).slice(0, 30));
  await expect(page.getByTestId('link-problem')).toContainText('copy the whole link again');
  await labels(page, 1);
  await page.getByTestId('link-problem').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByTestId('link-problem')).toBeHidden();
});

test('what is heavy asks twice, whichever button is pressed', async ({ page }) => {
  await page.goto(`lab/${linkTo({ labels: { count: 400 }, loop: { steps: 2000, batch: 64 } })}`);
  await expect(visit(page)).toContainText('2,000 steps');
  await button(page, 'Run').click();
  await expect(visit(page)).toContainText('This is heavy');
  await button(page, 'Train').click();
  await expect(page.getByTestId('progress')).toContainText('not loaded yet');
  await button(page, 'Leave it').click();
  await expect(visit(page)).not.toContainText('This is heavy');
});

test('a file is saved and opened again', async ({ page }) => {
  await page.goto(`lab/${linkTo({ seed: 11 }, { title: 'Eleven' })}`);
  await expect(visit(page)).toContainText('Eleven');
  await button(page, 'Share').click();
  const downloading = page.waitForEvent('download');
  await button(page, 'Save as file').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('eleven.sway.json');
  const file = await download.path();
  await button(page, 'Close').click();
  await button(page, 'Back to mine').click();
  await button(page, 'Share').click();
  await page.getByLabel('Open a shared file').setInputFiles(file);
  await expect(visit(page)).toContainText('Eleven');
  await expect(page.getByRole('textbox', { name: 'seed', exact: true })).toHaveValue('11');
  await button(page, 'Share').click();
  await page.getByLabel('Open a shared file').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('no JSON at all'),
  });
  await expect(page.getByTestId('link-problem')).toContainText('notes.txt');
});

test('a race that is shared opens on its own page and waits', async ({ page }) => {
  const recipe = { world: 'reviews', labels: { count: 60 }, loop: { steps: 60, evaluate_every: 6 }, seed: 3 };
  const arms = [{ name: 'DPO' }, { name: 'IPO', objective: { name: 'ipo', parameters: { beta: 0.3 } } }];
  const linkOf = (more: object) => {
    const json = JSON.stringify({ kind: 'race', recipe: { ...recipe, ...more }, arms, seeds: 4 });
    return `#1.${deflateRawSync(json).toString('base64url')}`;
  };
  await page.goto(`lab/${linkOf({})}`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Race losses');
  await expect(page.getByRole('textbox', { name: 'seeds', exact: true })).toHaveValue('4');
  await expect(page.getByRole('textbox', { name: 'first seed', exact: true })).toHaveValue('3');
  await expect(page.getByText('2 arms × 4 seeds = 8 runs of 60 steps')).toBeVisible();
  await follow(page, linkOf({ loop: { steps: 60 } }));
  await expect(page.getByTestId('link-problem')).toContainText('numbers that this page sets');
});
