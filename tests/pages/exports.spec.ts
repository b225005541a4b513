// Taking things away: each file opens and is what it says; a model comes back; charts as pictures.
import { readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import { originOf } from '../../src/models/onnx/ours.ts';
import { readOnnx } from '../../src/models/onnx/read.ts';
import { expect, test, type Download, type Page } from '@playwright/test';
import { answer, button, labels, openLab, untilPhase } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'files do not depend on the backend');
});

async function saved(page: Page, press: () => Promise<void>): Promise<Download & { bytes: Uint8Array }> {
  const coming = page.waitForEvent('download');
  await press();
  const file = await coming;
  return Object.assign(file, { bytes: new Uint8Array(readFileSync(await file.path())) });
}

const rows = (bytes: Uint8Array): Record<string, unknown>[] =>
  strFromU8(bytes).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

test('labels, history, metrics, model and cluster folder; the model comes back', async ({ page }, info) => {
  await openLab(page);
  for (const [i, key] of ['1', '2', '0', '1'].entries()) {
    await answer(page, key);
    await labels(page, i + 1);
  }
  const steps = page.getByRole('textbox', { name: 'steps', exact: true });
  await steps.fill('4');
  await steps.blur();
  await button(page, 'Train').click();
  await untilPhase(page, 'finished');
  await button(page, 'Show what there is').click();
  const save = (what: string) => saved(page, () => button(page, `Save ${what}`).click());

  const labelled = await save('Labels');
  expect(labelled.suggestedFilename()).toBe('labels-explicit.jsonl');
  expect(rows(labelled.bytes)).toHaveLength(3);
  expect(Object.keys(rows(labelled.bytes)[0] ?? {})).toEqual(['prompt', 'chosen', 'rejected']);
  await expect(page.getByText('1 tie is left out')).toBeVisible();
  await page.getByRole('combobox', { name: 'shape' }).selectOption('unpaired');
  expect(rows((await save('Labels')).bytes).map((row) => row['label'])).toEqual([true, false, true, false, true, false]);

  const events = rows((await save('Label history')).bytes);
  expect(events.map(({ kind }) => kind)).toEqual(['judged', 'judged', 'judged', 'judged']);

  const metrics = strFromU8((await save('Metrics')).bytes).trimEnd().split('\r\n');
  expect(metrics[0]).toContain('step,epoch,learning_rate,loss,grad_norm,rewards/chosen');
  expect(metrics).toHaveLength(1 + 1 + 4); // the names, the evaluation before training, a row a step

  const model = await save('Model');
  const files = unzipSync(model.bytes);
  expect(Object.keys(files).sort()).toEqual(['README.md', 'check.py', 'config.json', 'expected_logits.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
  expect(JSON.parse(strFromU8(files['config.json'] as Uint8Array))).toMatchObject({ architectures: ['LlamaForCausalLM'] });

  const onnx = await save('Model as ONNX');
  expect(onnx.suggestedFilename()).toBe('swayground-model.onnx');
  const inspected = readOnnx(onnx.bytes);
  expect(inspected.ok && originOf(inspected.value)).toMatchObject({ kind: 'policy' });
  await expect(page.getByText(/^swayground-model\.onnx, [\d.]+\s[kM]B\./)).toBeVisible();

  const cluster = unzipSync((await save('Take it to a cluster')).bytes);
  expect(rows(cluster['data/train.jsonl'] as Uint8Array)).toHaveLength(3);
  expect(rows(cluster['data/eval.jsonl'] as Uint8Array).length).toBeGreaterThan(100);
  expect(strFromU8(cluster['train.py'] as Uint8Array)).toContain('DPOTrainer(');
  expect(strFromU8(cluster['README.md'] as Uint8Array)).toContain('1 tie is not in the data.');

  const path = info.outputPath('model.zip');
  await model.saveAs(path);
  const [digest = 'no digest'] = /`[0-9a-f]{16}`/.exec(strFromU8(files['README.md'] as Uint8Array)) ?? [];
  await page.getByLabel('Model files').setInputFiles(path);
  await expect(page.getByTestId('given-model')).toContainText(digest.replaceAll('`', ''));
  await page.getByLabel('Model files').setInputFiles({ name: 'model.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip') });
  await expect(page.getByText('file config.json: expected to be in the folder')).toBeVisible();
}); // prettier-ignore

test('a chart is saved as SVG and as PNG, light and whole by itself', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await openLab(page);
  await answer(page, '1');
  await labels(page, 1);
  await button(page, 'Step').click();
  await untilPhase(page, 'step 1');
  const figure = page.locator('figure', { has: page.getByRole('img', { name: /^Loss: / }) }).first();
  await figure.getByText('Save', { exact: false }).first().click();

  const svg = await saved(page, () => figure.getByRole('button', { name: 'as SVG' }).click());
  const text = strFromU8(svg.bytes);
  expect(svg.suggestedFilename()).toMatch(/^[a-z-]+\.svg$/);
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  expect(text).toContain('<rect width="100%" height="100%" fill="rgb(251, 250, 246)"/>');
  const [, title = ''] = /<title>(.+)<\/title>/.exec(text) ?? [];
  expect(text).toContain(`>${title}</text>`);
  expect(text).toContain('>step 0</text>');
  expect(text).not.toContain('var(');
  expect(text).not.toMatch(/class=|style=|href=/);

  const png = await saved(page, () => figure.getByRole('button', { name: 'as PNG' }).click());
  const view = new DataView(png.bytes.buffer);
  expect(strFromU8(png.bytes.subarray(1, 4))).toBe('PNG');
  const [width = 0] = /width="([\d.]+)"/.exec(text)?.slice(1).map(Number) ?? [];
  expect(view.getUint32(16)).toBe(Math.ceil(2 * width));
  await expect(figure.getByRole('status')).toContainText('Saved as');
}); // prettier-ignore
