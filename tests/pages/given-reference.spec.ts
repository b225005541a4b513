// A model from outside as what a run is measured by: chosen, trained against, shared with the bits of Node, missed after a reload.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { readCheckpoint } from '../../src/models/checkpoint/index.ts';
import { writePolicyOnnx } from '../../src/models/onnx/write.ts';
import { bigramOnnx } from '../support/bigram-onnx.ts';
import { expectAccessible } from './axe.ts';
import { button, chartValue, openLab, stepsDone, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'software WebGPU is not taken for these models');
});

/** The base policy, a little duller: another model than the one that the run starts from. */
async function duller(): Promise<Uint8Array> {
  const folder = 'public/models/reviews-micro';
  const { words = [], ...lm } = readCheckpoint({
    'config.json': await readFile(`${folder}/config.json`, 'utf8'),
    'model.safetensors': new Uint8Array(await readFile(`${folder}/model.safetensors`)),
    'tokenizer.json': await readFile(`${folder}/tokenizer.json`, 'utf8'),
  });
  return writePolicyOnnx({ ...lm, words, parameters: lm.parameters.map((x) => 0.9 * x) });
}

async function bring(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const opener = button(page, 'Bring a model');
  if (await opener.isVisible()) await opener.click();
  await page
    .getByLabel('Drop an .onnx file here')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
  await expect(page.getByTestId('frozen-status')).toContainText(`${name} runs on WASM`);
}

test('a run is measured by it, is the same in Node, and waits for it after a reload', async ({
  page,
}, info) => {
  const bytes = await duller();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = info.outputPath('duller.onnx');
  await writeFile(path, bytes);

  await openLab(page);
  await button(page, 'Label 200 pairs with the oracle').click();
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('6');
  await steps.blur();
  await button(page, 'Step').click();
  await expect.poll(() => stepsDone(page)).toBe(1);
  // at the first step the policy is the reference, so that no response has a reward
  expect(await chartValue(page, 'Margin', 'margin')).toBeCloseTo(0, 3);

  await bring(page, 'duller.onnx', bytes);
  await button(page, 'Use it as the reference').click();
  await expect(page.getByText('With a reference from outside a new run starts.').first()).toBeVisible();
  await button(page, 'Start a new run').first().click();
  await expect(page.getByTestId('reference')).toContainText(sha256);
  await untilPhase(page, 'ready');
  await expect(page.getByTestId('frozen-reference')).toContainText('The run is measured by duller.onnx');
  await expectAccessible(page, 'section.frozen');
  await button(page, 'Step').click();
  await expect.poll(() => stepsDone(page)).toBe(1);
  expect(Math.abs(await chartValue(page, 'Margin', 'margin'))).toBeGreaterThan(0.01);
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');

  // what the page has trained, Node trains again bit for bit, with the same file
  await button(page, 'Share').click();
  const field = page.getByTestId('share-link');
  await expect(field).toHaveValue(/\/lab\/#1\./);
  const verify = ['run', '-s', 'sway', '--', 'verify', await field.inputValue(), '--reference', path];
  expect(execFileSync('npm', verify, { encoding: 'utf8' })).toMatch(/^Reproduced bit for bit: all 6 steps/);

  await button(page, 'Close').click();
  await expect(page.getByTestId('saved')).toHaveText('Saved in this browser');
  await page.reload();
  const failure = page.getByTestId('failure');
  await expect(failure).toContainText(`the ONNX model with SHA-256 ${sha256}`);
  await expect(failure).toContainText('Open that file under “Models from outside”');
  await bring(page, 'again.onnx', bytes);
  await expect(failure).toBeHidden();
  await untilPhase(page, 'finished');
  expect(await stepsDone(page)).toBe(6); // the run that waited for its reference is back

  await page
    .getByTestId('reference')
    .locator('..')
    .getByRole('button', { name: 'Measure by the model before training' })
    .click();
  await button(page, 'Start a new run').first().click();
  await expect(page.getByTestId('reference')).toBeHidden();
  await untilPhase(page, 'ready');
});

test('reading can be stopped, and begins again with Reset', async ({ page }) => {
  await openLab(page);
  for (let pairs = 1; pairs <= 5; pairs++) {
    await button(page, 'Label 200 pairs with the oracle').click();
    await expect(page.getByTestId('label-progress')).toContainText(`${200 * pairs} by the oracle`);
  }
  await bring(page, 'duller.onnx', await duller());
  await button(page, 'Use it as the reference').click();
  await button(page, 'Stop reading').click();
  await expect(page.getByTestId('failure')).toContainText('The reference was stopped before it had read all');
  await button(page, 'Reset').last().click();
  await expect(page.getByTestId('frozen-reference')).toContainText('The reference has read');
  await untilPhase(page, 'ready');
});

test('another vocabulary is refused, and a model that is closed is missed', async ({ page }) => {
  await openLab(page);
  await button(page, 'Bring a model').click();
  const choose = page.getByLabel('Drop an .onnx file here');
  await choose.setInputFiles({
    name: 'nine.onnx',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(bigramOnnx(new Float32Array(81), 9)),
  });
  await expect(page.getByTestId('frozen-problem')).toContainText(
    'output "logits": expected float32 [batch, length, 436]',
  );
  await expect(button(page, 'Use it as the reference')).toHaveCount(0);

  await bring(page, 'bigram.onnx', bigramOnnx(new Float32Array(436 * 436), 436));
  await button(page, 'Use it as the reference').click();
  await expect(page.getByTestId('reference')).toContainText('SHA-256');
  await untilPhase(page, 'ready');
  await button(page, 'Close the model').click();
  await button(page, 'Label 200 pairs with the oracle').click();
  await expect(page.locator('p.notice')).toContainText('The model that this run is measured by was closed.');
});
