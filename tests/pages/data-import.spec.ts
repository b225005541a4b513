// A visitor's own file: dropped, pasted, broken, mapped, stopped.
import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { expectAccessible, findings } from './axe.ts';

test.beforeEach(async ({ page }, { project }) => {
  test.skip(project.name === 'with-webgpu', 'reading files does not depend on the backend');
  await page.goto('data/');
  await expect(page.getByTestId('import')).toBeVisible();
});

const rows = (count: number): string =>
  Array.from(
    { length: count },
    (_, i) =>
      `${JSON.stringify({ prompt: `question ${i}`, chosen: `good answer ${i}`, rejected: `bad answer ${i}` })}\n`,
  ).join('');
const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
const choose = (page: Page, name: string, text: string) =>
  page.locator('input[type=file]').setInputFiles(file(name, text));
const paste = async (page: Page, text: string): Promise<void> => {
  await page.getByText('Paste rows instead').click();
  await page.getByLabel('Rows: one JSON object').fill(text);
  await page.getByRole('button', { name: 'Read what is pasted' }).click();
};

test('a dropped file of 2,000 pairs is read and shown', async ({ page }) => {
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'pairs.jsonl'));
    return transfer;
  }, rows(2000));
  await page.getByTestId('drop').dispatchEvent('drop', { dataTransfer: transfer });
  await expect(page.getByTestId('import-status')).toHaveText('Read pairs.jsonl: 2,000 pairs, 0 rejected.');
  await expect(page.getByTestId('shape')).toContainText('explicit prompt');
  await expect(page.getByTestId('pairs')).toHaveText('2,000');
  const preview = page.getByTestId('preview');
  await expect(preview).toContainText('good answer 2');
  await preview.getByRole('button', { name: 'Later' }).click();
  await expect(preview).toContainText('good answer 5');
  await expect(preview).not.toContainText('good answer 2');
  expect(await findings(page)).toEqual([]);
});

test('pasted rows, of which some are rejected, with their lines and a table to take away', async ({
  page,
}) => {
  await paste(page, `${rows(2)}{"prompt": "q", "chosen": "", "rejected": "b"}\nno row\n=SUM(A1)\n`);
  await expect(page.getByTestId('import-status')).toHaveText('Read pasted text: 2 pairs, 3 rejected.');
  const rejected = page.getByTestId('rejected');
  await expect(rejected).toContainText('The chosen response is empty');
  await expect(rejected.getByRole('row', { name: /line 3: chosen/ })).toContainText('Fill it in');
  const coming = page.waitForEvent('download');
  await rejected.getByRole('button', { name: 'Download all as CSV' }).click();
  const table = await readFile(await (await coming).path(), 'utf8');
  expect(table.split('\n').slice(0, 3)).toEqual([
    '"line","code","at","expected","received","cure"',
    `"3","data/empty-chosen","line 3: chosen","text","''","Fill it in, or leave the row out."`,
    expect.stringContaining('"4","data/not-json"'),
  ]);
});

test('a broken file says what is wrong with it, and the next one is read', async ({ page }) => {
  await choose(page, 'paper.pdf', '%PDF-1.7 and more');
  await expect(page.getByTestId('issues')).toContainText('received a PDF');
  await choose(page, 'pairs.jsonl', rows(3));
  await expect(page.getByTestId('import-status')).toHaveText('Read pairs.jsonl: 3 pairs, 0 rejected.');
  await expect(page.getByTestId('issues')).toHaveCount(0);
});

test('columns of other names are read by a mapping', async ({ page }) => {
  await choose(page, 'other.csv', 'question,good,bad\nWhy?,Because.,No.\n');
  await expect(page.getByTestId('issues')).toContainText("'question', 'good', 'bad'");
  const mapping = page.getByTestId('mapping');
  await expect(mapping.getByRole('button', { name: 'Read it so' })).toBeDisabled();
  await mapping.getByLabel('prompt', { exact: true }).selectOption('question');
  await mapping.getByLabel('chosen', { exact: true }).selectOption('good');
  await mapping.getByLabel('rejected', { exact: true }).selectOption('bad');
  await mapping.getByRole('button', { name: 'Read it so' }).click();
  await expect(page.getByTestId('import-status')).toHaveText('Read other.csv: 1 pairs, 0 rejected.');
  await expect(page.getByTestId('preview')).toContainText('Because.');
});

test('reading is stopped at a press, and nothing is kept', async ({ page }) => {
  // made in the page: too large to hand over
  await page.evaluate(() => {
    const block = Array.from(
      { length: 20_000 },
      (_, i) =>
        `${JSON.stringify({ prompt: `question ${i}`, chosen: `good ${i} `.repeat(9), rejected: `bad ${i} `.repeat(9) })}\n`,
    ).join('');
    const transfer = new DataTransfer();
    transfer.items.add(
      new File(
        Array.from({ length: 60 }, () => block),
        'large.jsonl',
      ),
    );
    document
      .querySelector('[data-testid=drop]')
      ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer }));
  });
  await expect(page.getByTestId('reading')).toContainText(/[1-9][\d,]* pairs/);
  await page.getByRole('button', { name: 'Stop reading' }).click();
  await expect(page.getByTestId('import-status')).toHaveText(
    'Reading was stopped; nothing of large.jsonl is kept.',
  );
  await expect(page.getByTestId('report')).toHaveCount(0);
  await choose(page, 'pairs.jsonl', rows(3));
  await expect(page.getByTestId('import-status')).toHaveText('Read pairs.jsonl: 3 pairs, 0 rejected.');
});

test('Parquet and gzip are read in the browser too', async ({ page }) => {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const columnData = ['prompt', 'chosen', 'rejected'].map((name) => ({
    name,
    data: [`${name} 1`, `${name} 2`],
    type: 'STRING' as const,
  }));
  const { gzipSync } = await import('node:zlib');
  const read = async (name: string, buffer: Buffer): Promise<void> => {
    await page
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
    await expect(page.getByTestId('import-status')).toHaveText(`Read ${name}: 2 pairs, 0 rejected.`);
  };
  await read('pairs.parquet', Buffer.from(parquetWriteBuffer({ columnData })));
  await read('pairs.jsonl.gz', gzipSync(rows(2)));
  await read('pairs.csv', Buffer.from('prompt,chosen,rejected\nq,a,b\nr,c,d\n'));
});

test('with rejected rows axe finds nothing, and nothing is wider than the window', async ({ page }) => {
  await paste(page, `${rows(5)}{"prompt": "${'long'.repeat(100)}", "chosen": "a", "rejected": "a"}\n`);
  await expect(page.getByTestId('import-status')).toContainText('5 pairs, 1 rejected');
  await expectAccessible(page);
});
