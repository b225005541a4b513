// The race: two arms over two seeds give a table with intervals and the sentence about seeds; an arm opens; axe finds nothing.
// On WebGPU the same, side by side.
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { expectTablesBehindCharts } from './charts.ts';
import { button, removeThirdArm } from './lab.ts';

// its tests need nothing of each other, and would be the tail of a run
test.describe.configure({ mode: 'parallel' });

const ON_WEBGPU = 'on WebGPU';
test.beforeEach(({ browserName: _ }, { project, title }) => {
  const fits = title.includes(ON_WEBGPU) === (project.name === 'with-webgpu');
  test.skip(!fits, 'all but one of these tests are about the page, whatever it runs on');
});

/** Everything that a page prints or throws. */
function listen(page: Page): string[] {
  const said: string[] = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`thrown: ${error.message}`));
  return said;
}

const number = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });

/** Sets up a race of two arms that is over soon. */
async function openShortRace(page: Page, steps: number): Promise<void> {
  await page.goto('race/');
  // until the page has come alive, a field would fall back to what was prerendered
  await removeThirdArm(page);
  for (const [name, value] of Object.entries({ 'labelled by the oracle': 24, steps, batch: 4, seeds: 2 })) {
    await number(page, name).fill(String(value));
  }
  await expect(page.getByText('2 arms × 2 seeds = 4 runs')).toBeVisible();
}

const progress = (page: Page) => page.getByTestId('race-progress');

test('two arms, two seeds: curves, a table with intervals, and what it rests on', async ({ page }) => {
  const said = listen(page);
  let workers = 0;
  page.on('worker', () => workers++);
  await openShortRace(page, 6);
  expect(workers, 'no worker before Race is pressed').toBe(0);
  await button(page, 'Race').click();
  await expect(progress(page)).toContainText('4 of 4 runs');
  await expect(progress(page)).toContainText('finished');
  await expect(page.getByTestId('race-notice')).toContainText('Why not WebGPU: ');
  await expect(page.getByText('Trained on WASM, so the numbers are the same, bit for bit')).toBeVisible();
  await expect(page.getByTestId('rests-on')).toContainText('2 seeds (0 and 1)');
  await expect(page.getByTestId('rests-on')).toContainText('paired t-test');
  const table = page.getByTestId('race-table');
  const heldOut = table.getByRole('row', { name: /^heldout\/accuracy/ });
  await expect(heldOut.getByRole('cell')).toHaveText([/^\d+\.\d\s% ± \d/, /^\d+\.\d\s% ± \d/]);
  await expect(table.getByText(/no difference shown|differ, p/)).toHaveCount(7);
  await expect(
    page.getByRole('img', { name: /^Held-out accuracy: sigmoid \d+\s%, ipo \d+\s%$/ }),
  ).toBeVisible();

  await expectTablesBehindCharts(page, 4);
  await table.getByRole('button', { name: 'ipo' }).click();
  await expect(page.getByRole('heading', { name: 'One arm closely' })).toBeFocused();
  const details = page.getByTestId('arm-details');
  await expect(details.getByRole('group', { name: 'The formula as text' })).toContainText('loss =');
  await expect(details.locator('.katex').first()).toBeVisible();
  await expect(details.getByText('seed 0, step 6')).toBeVisible();
  for (const summary of await page.getByText('What it is, and its numbers').all()) await summary.click();
  await expectAccessible(page);
  expect(said).toEqual([]);
});

test('a race stops and goes on, and says when what is chosen has changed', async ({ page }) => {
  await openShortRace(page, 60);
  await button(page, 'Race').click();
  await button(page, 'Stop').click();
  await expect(progress(page)).toContainText('stopped');
  const done = async () => Number(await page.getByLabel('Runs done').getAttribute('value'));
  // what was on its way when Stop was pressed may still come, and then no more
  await expect(async () => {
    const stopped = await done();
    await page.waitForTimeout(1500);
    expect(await done()).toBe(stopped);
  }).toPass();
  expect(await done()).toBeLessThan(4);
  await button(page, 'Go on').click();
  await expect(progress(page)).toContainText('finished');
  await expect(page.getByTestId('changed')).toHaveCount(0);
  await number(page, 'steps').fill('7');
  await expect(page.getByTestId('changed')).toBeVisible();
});

test(`${ON_WEBGPU} all runs train side by side, an arm under TRL’s options among them`, async ({ page }) => {
  const said = listen(page);
  await openShortRace(page, 1);
  await page.getByLabel('runs on').selectOption('webgpu');
  await page.getByText('Options of arm 2').click();
  await page.getByLabel('divergence of arm 2').selectOption('js_divergence');
  await page.getByLabel('weigh the pairs of arm 2').check();
  await button(page, 'Race').click();
  await expect(progress(page)).toContainText('WebGPU, side by side');
  await expect(progress(page)).toContainText('4 of 4 runs', { timeout: 800_000 });
  await expect(page.getByTestId('race-notice')).toHaveCount(0);
  await expect(page.getByText('Trained on WebGPU, whose last digits')).toBeVisible();
  await expect(page.getByTestId('rests-on')).toContainText('2 seeds (0 and 1)');
  await page
    .getByTestId('race-table')
    .getByRole('button', { name: 'ipo (js_divergence, use_weighting)' })
    .click();
  const details = page.getByTestId('arm-details');
  await expect(details.getByRole('group', { name: 'The formula as text' })).toContainText('wpo_w');
  await expect(details.getByText('seed 0, step 1')).toBeVisible();
  expect(said).toEqual([]);
});

test('mistakes are named before anything runs', async ({ page }) => {
  await openShortRace(page, 6);
  const objective = page.getByLabel('loss of arm 2');
  await objective.selectOption('sigmoid');
  await button(page, 'Race').click();
  await expect(page.getByTestId('issues')).toContainText('expected a new name');
  await page.getByText('Formula of arm 2').click();
  await page.getByLabel('formula of arm 2').fill('loss = -log_sigmoid(beta * logp_ww)');
  await button(page, 'Race').click();
  await expect(page.getByTestId('issues')).toContainText('logp_ww');
  await expect(progress(page)).toContainText('no run yet');
});

test('the Lab links to the race and back', async ({ page }) => {
  await page.goto('lab/');
  await page.getByRole('link', { name: 'Race', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Race losses against each other');
  await page.getByRole('link', { name: 'Lab', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('The Lab');
});
