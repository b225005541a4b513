// What the tests of keeping have in common: labels by the dozen, many steps, and what the page says of its storage.
import { expect, type Page } from '@playwright/test';
import { answer, button, labels, untilPhase } from './lab.ts';

export const KEYS = ['1', '2', 'ArrowLeft', 'ArrowRight', '0', 'x'] as const;

/** As many as a run may have: however fast the machine is, one that is under way is found in its midst. */
export const MANY_STEPS = 5000;

export const saved = (page: Page) => page.getByTestId('saved');

export async function untilSaved(page: Page): Promise<void> {
  await expect(saved(page)).toHaveText('Saved in this browser');
}

/** Takes the small model, whose steps, measurements and thousands of labels take little. */
export async function takeNano(page: Page): Promise<void> {
  await button(page, 'nano').click();
  await untilPhase(page, 'ready');
  await page.getByRole('heading', { level: 1 }).click(); // away from the button, which takes keys
}

export async function label(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await answer(page, KEYS[i % KEYS.length] ?? '1');
    await labels(page, i + 1);
  }
}

export async function setSteps(page: Page, steps: number): Promise<void> {
  const train = page.getByRole('region', { name: 'Train', exact: true });
  await train.getByRole('textbox', { name: 'steps', exact: true }).fill(String(steps));
  await train.getByRole('textbox', { name: 'steps', exact: true }).blur();
  await expect(page.getByTestId('progress')).toContainText(`of ${steps}`);
}

/** A file of everything with one project of so many labels of pairs in a row. */
function fileOfLabels(count: number): { name: string; mimeType: string; buffer: Buffer } {
  const project = 'many';
  const events = Array.from({ length: count }, (_, index) => {
    const pair = { kind: 'stock', seed: 0, index, split: 'train' };
    const choice = index % 3 === 0 ? 'b' : 'a';
    const event = {
      id: `w:${index + 1}`,
      clock: index + 1,
      kind: 'judged',
      index,
      pair,
      choice,
      source: 'human',
    };
    return { project, writer: 'w', counter: index + 1, event };
  });
  const row = { project, name: 'Many', created: 1, modified: 1, settings: null };
  const file = { swayground: 'everything', parts: [{ version: 1, stores: { projects: [row], events } }] };
  return { name: 'many.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(file)) };
}

export async function bringBack(page: Page, count: number): Promise<void> {
  await saved(page).click();
  await page.getByLabel('Bring back from a file').setInputFiles(fileOfLabels(count));
  await labels(page, count);
}
