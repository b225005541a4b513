// Models from outside: dropped in, looked into, run by onnxruntime-web in their own worker, and put to use.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { readCheckpoint } from '../../src/models/checkpoint/index.ts';
import { writePolicyOnnx, writeRewardOnnx, type LmModel } from '../../src/models/onnx/write.ts';
import { Host } from '../support/deploy.ts';
import { file, graph, node, value } from '../support/onnx-files.ts';
import { expectAccessible, findings } from './axe.ts';
import { button, openLab, untilStep } from './lab.ts';

test.beforeEach(({ browserName: _ }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'software WebGPU is not taken for these models');
});

async function model(): Promise<LmModel> {
  const folder = 'public/models/reviews-micro';
  const { words = [], ...lm } = readCheckpoint({
    'config.json': await readFile(`${folder}/config.json`, 'utf8'),
    'model.safetensors': new Uint8Array(await readFile(`${folder}/model.safetensors`)),
    'tokenizer.json': await readFile(`${folder}/tokenizer.json`, 'utf8'),
  });
  return { ...lm, words };
}

async function bring(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const opener = button(page, 'Bring a model');
  if (await opener.isVisible()) await opener.click();
  await page
    .getByLabel('Drop an .onnx file here')
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
}

/** As a visitor drops a file from a folder. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const data = await page.evaluateHandle(
    ([called, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(content)], called));
      return transfer;
    },
    [name, [...bytes]] as const,
  );
  await page.getByRole('group', { name: 'Choose a model' }).dispatchEvent('drop', { dataTransfer: data });
}

const rows = (page: Page) => page.getByTestId('frozen-ranking').locator('tbody tr');

test('a policy is looked into, ranks beside the policy that trains, judges pairs, and writes responses', async ({
  page,
}) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await openLab(page);
  await bring(page, 'micro.onnx', writePolicyOnnx(await model()));
  const facts = page.getByTestId('frozen-facts');
  await expect(facts).toContainText('A policy of Swayground with 436 words');
  await expect(facts).toContainText('input_ids');
  await expect(facts).toContainText('[batch, length, 436]');
  await expect(page.getByTestId('frozen-status')).toContainText('micro.onnx runs on WASM');
  expect(fetched.filter((url) => /ort-wasm/.test(url)).length).toBeLessThanOrEqual(1);

  // it is the very model that the policy starts from: the same order
  await expect(page.getByTestId('frozen-tau')).toHaveText('1.00');
  await expect(rows(page)).toHaveCount(12);

  await page.getByLabel('How many pairs it labels').selectOption('10');
  await button(page, 'Let it label 10 pairs').click();
  await expect(page.getByTestId('frozen-judged')).toContainText('10 labels by it, with a mean confidence of');
  await expect(page.getByTestId('label-progress')).toContainText(
    '0 labels by you, 10 by a model from outside',
  );
  await page.getByText('10 answers so far').click();
  await expect(page.getByRole('combobox', { name: 'Answer to pair 10' })).toBeVisible();
  await expect(page.getByText(/^by a model from outside, with a confidence of \d+\s%$/)).toHaveCount(10);

  await page.getByText('Where it was least sure').click();
  await expectAccessible(page, 'section.frozen');

  // while the policy moves, the judge stays where it is
  await button(page, 'Train').click();
  await untilStep(page, 20);
  await expect(page.getByTestId('frozen-tau')).not.toHaveText('1.00');
  await button(page, 'Remove its 10 labels').click();
  await expect(page.getByTestId('label-progress')).not.toContainText('by a model from outside');

  const before = await page.getByRole('article').first().innerText();
  await page.getByLabel('Show me pairs of its own responses to label').check();
  await expect(page.getByRole('article').first()).not.toHaveText(before);
  await expect(button(page, 'Prefer A')).toBeEnabled();
  await expect(page.getByLabel('pairs from')).toHaveValue('outside');
  await page.getByLabel('pairs from').selectOption('stock');
  await expect(page.getByLabel('Show me pairs of its own responses to label')).not.toBeChecked();
});

test('a reward model ranks by its score', async ({ page }) => {
  const lm = await model();
  const weight = Float32Array.from({ length: lm.config.width }, (_, i) => Math.sin(i));
  await openLab(page);
  await bring(page, 'reward.onnx', writeRewardOnnx(lm, { weight, bias: 0 }));
  await expect(page.getByTestId('frozen-facts')).toContainText('A reward model of Swayground');
  await expect(rows(page)).toHaveCount(12);
  const scores = (await rows(page).locator('td.said').allInnerTexts()).map((text) =>
    Number(text.replace('−', '-')),
  );
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  await expect(page.getByLabel('Show me pairs of its own responses to label')).toHaveCount(0);

  // a runtime that dies takes its model with it, and says what helps
  const worker = page.workers().find((one) => one.url().includes('frozen'));
  await worker?.evaluate(() => void setTimeout(() => { throw new Error('out of memory'); })); // prettier-ignore
  await expect(page.getByTestId('frozen-problem')).toContainText('The model’s worker stopped');
  await expect(page.getByTestId('frozen-problem')).toContainText('Choose the file again');
  await expect(page.getByTestId('frozen-ranking')).toHaveCount(0);
});

test('once used, the runtime is there without a network; before, the page says that it is not', async ({
  page,
  context,
}) => {
  const host = new Host('/site/');
  await host.start();
  await openLab(page, `${host.site}lab/`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  const bytes = writePolicyOnnx(await model());
  await context.setOffline(true);
  await host.stop();
  await bring(page, 'micro.onnx', bytes);
  await expect(page.getByTestId('frozen-problem')).toContainText(
    'the runtime: expected its files from this site',
  );
  await host.start();
  await context.setOffline(false);
  await bring(page, 'micro.onnx', bytes);
  await expect(page.getByTestId('frozen-status')).toContainText('runs on WASM');
  await context.setOffline(true);
  await host.stop();
  await page.reload();
  await expect(page.getByTestId('status')).toContainText('Runs on WASM');
  await bring(page, 'micro.onnx', bytes);
  await expect(page.getByTestId('frozen-status')).toContainText('runs on WASM');
});

test('broken files and files that do not fit say what is wrong with which tensor', async ({ page }) => {
  await openLab(page);
  const problem = page.getByTestId('frozen-problem');
  const whole = writePolicyOnnx(await model());
  await bring(page, 'half.onnx', whole.subarray(0, whole.length / 2));
  await expect(problem).toContainText('half.onnx is not in use');
  await expect(problem).toContainText('The file is damaged or cut off; download or export it again.');
  await drop(page, 'model.safetensors', await readFile('public/models/reviews-nano/model.safetensors'));
  await expect(problem).toContainText('expected an ONNX model, received a safetensors file');

  // names that say nothing: the visitor maps them
  const inputs = [value('a', 7, ['b', 't']), value('c', 7, ['b', 't'])];
  const nodes = [node('Add', ['a', 'c'], ['s']), node('Cast', ['s'], ['y'], (n) => n.bytes(5, Uint8Array.from([10, 2, 116, 111, 24, 1, 160, 1, 2])))]; // prettier-ignore
  await bring(page, 'odd.onnx', file(graph({ inputs, nodes, outputs: [value('y', 1, ['b', 't'])] })));
  await expect(page.getByText('Which tensor is which?')).toBeVisible();
  expect(await findings(page, 'section.frozen')).toEqual([]);
  await page.getByLabel('the mask').selectOption('c');
  await button(page, 'Open it').click();
  await expect(problem).toContainText('output "y": expected shape [2], received [2, 3]');
  await expect(button(page, 'Open it')).toBeVisible();
});
