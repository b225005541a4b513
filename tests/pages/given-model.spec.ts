// A model that was trained here, saved and brought again: a run starts from it, and one whose model is gone says so.
import { expect, test, type Page } from '@playwright/test';
import { button, openLab, stepsDone, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'where a run starts does not depend on the backend');
});

/** Each response of the ranking with its probabilities under policy and reference, as a screen reader hears them. */
async function ranking(page: Page): Promise<{ text: string; policy: string; reference: string }[]> {
  const rows = await page.getByTestId('ranking').getByRole('listitem').allTextContents();
  return rows.map((row) => {
    const [, text = '', policy = '', reference = ''] = /^\s*\d+\s+(.+?)\s+policy ?(\S.*?)\s*, reference (.+)$/.exec(row.replaceAll(/\s+/g, ' ')) ?? [];
    return { text: text.replace(/ [↑↓].*/, ''), policy: policy.trim(), reference: reference.trim() };
  });
} // prettier-ignore

test('a run starts from a model that was brought, with the ranking that it was saved with', async ({
  page,
}, info) => {
  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('10');
  await steps.blur();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  const trained = await ranking(page);
  expect(trained).toHaveLength(12);
  expect(trained.some(({ policy, reference }) => policy !== reference)).toBe(true);

  await button(page, 'Show what there is').click();
  const path = info.outputPath('model.zip');
  const coming = page.waitForEvent('download');
  await button(page, 'Save Model').click();
  await (await coming).saveAs(path);
  const bring = async (): Promise<void> => {
    await page.getByLabel('Model files').setInputFiles(path);
    await expect(page.getByTestId('given-model')).toContainText('digest');
  };
  await bring();
  const [digest = 'no digest'] = /[0-9a-f]{16}/.exec(await page.getByTestId('given-model').innerText()) ?? [];

  await button(page, 'Start from it').click();
  await expect(page.getByText('With this model a new run starts. 10 steps')).toBeVisible();
  await button(page, 'Start a new run').click();
  await untilPhase(page, 'ready');
  expect(await stepsDone(page)).toBe(0);
  await expect(page.getByTestId('start')).toContainText(digest);
  const before = trained.map(({ text, policy }) => ({ text, policy, reference: policy }));
  await expect.poll(() => ranking(page)).toEqual(before);
  await expect(page.getByTestId('given-model')).toContainText('This run starts from it.');

  await button(page, 'Step').click();
  await expect.poll(() => stepsDone(page)).toBe(1);
  await expect(page.getByTestId('saved')).toHaveText('Saved in this browser');
  await page.reload();
  const failure = page.getByTestId('failure');
  await expect(failure).toContainText(`Open the folder with digest ${digest} under “Take it with you” first`);
  await button(page, 'Show what there is').click();
  await bring();
  await button(page, 'Start from it').click();
  await expect(failure).toBeHidden();
  await expect(page.getByTestId('status')).toContainText('Runs on');

  expect(await stepsDone(page)).toBe(1); // the run that waited for its model goes on

  await button(page, 'Start from the base model').click();
  await button(page, 'Start a new run').click();
  await expect(page.getByTestId('start')).toBeHidden();
  await expect.poll(() => ranking(page)).not.toEqual(before);
  await untilPhase(page, 'ready');
});
