/** `sway data inspect`. */
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { commandLine } from '../support/command-line.ts';
import { gz, jsonl, row, rows } from '../support/data-files.ts';

const { printed, file } = commandLine();

const mixed = jsonl(...rows(5), { ...row(5), chosen: '' }, 'no row', row(7));

it('as JSON: shape, pairs, rejected rows with reasons, columns, lengths, duplicates, examples', async () => {
  expect(await main(['data', 'inspect', file('mixed.jsonl.gz', gz(mixed)), '--json'])).toBe(0);
  expect(JSON.parse(printed.out)).toMatchObject({
    file: 'mixed.jsonl.gz',
    format: 'jsonl',
    gzip: true,
    shape: 'explicit prompt',
    pairs: 6,
    rows: 7,
    prompts: 6,
    duplicates: 0,
    rejected: [
      {
        line: 6,
        code: 'data/empty-chosen',
        at: 'line 6: chosen',
        expected: 'text',
        received: "''",
        cure: 'Fill it in, or leave the row out.',
      },
      { line: 7, code: 'data/not-json', at: 'line 7' },
    ],
    reasons: { 'data/empty-chosen': 1, 'data/not-json': 1 },
    columns: [{ name: 'prompt', kinds: ['text'] }, { name: 'chosen' }, { name: 'rejected' }],
    lengths: { prompt: { characters: [10, 10, 10, 10, 10] } },
    examples: [{ line: 1, prompt: 'question 0' }, { line: 2 }, { line: 3 }],
    issues: [],
  });
});

it('as text: the same, to be read', async () => {
  expect(await main(['data', 'inspect', file('mixed.jsonl', mixed)])).toBe(0);
  for (const said of [
    'explicit prompt',
    '7 rows, 6 pairs, 6 prompts',
    'example: {"line":1',
    '1  data/empty-chosen: The chosen response is empty',
    'line 6: chosen: expected text',
  ])
    expect(printed.out).toContain(said);
});

it('exit code 1 where nothing can be used, with what is wrong', async () => {
  expect(await main(['data', 'inspect', file('paper.pdf', '%PDF-1.7')])).toBe(1);
  expect(printed.out).toContain('a PDF');
  expect(
    await main([
      'data',
      'inspect',
      file('equal.jsonl', jsonl({ prompt: 'q', chosen: 'a', rejected: 'a' })),
      '--json',
    ]),
  ).toBe(1);
});

it('a mapping by hand', async () => {
  const path = file('other.csv', 'question,good,bad\nq,a,b\n');
  expect(await main(['data', 'inspect', path])).toBe(1);
  expect(printed.out).toContain('Say which columns');
  expect(await main(['data', 'inspect', path, '--map', 'prompt=question,chosen=good,rejected=bad'])).toBe(0);
  expect(printed.out).toContain('1 rows, 1 pairs');
});

it.each([
  [['data'], 'Usage'],
  [['data', 'inspect'], 'Usage'],
  [['data', 'look', 'a.jsonl'], 'Usage'],
  [['data', 'inspect', '/no/such/file.jsonl'], 'Check the path'],
  [['data', 'inspect', tmpdir()], 'Name one file'],
  [['data', 'inspect', 'a', 'b'], 'one file'],
  [['data', 'inspect', 'a', '--map', 'chosen=x'], 'chosen and rejected'],
  [['data', 'inspect', 'a', '--colour'], '--colour'],
])('%j is exit code 2', async (argv, said) => {
  expect(await main(argv)).toBe(2);
  expect(printed.err).toContain(said);
});
