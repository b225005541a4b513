/** Broken files, made here: each names the message that it must give, and what was read before stays. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { DEEPEST, LONGEST_ROW, LONGEST_TEXT } from '../../src/data/limits.ts';
import { PROBLEMS } from '../../src/data/problems.ts';
import { countOf } from '../../src/data/read/packed.ts';
import { bytesOf, csv, gz, joined, jsonl, read, row, rows } from '../support/data-files.ts';
import type { Content } from '../support/data-files.ts';

/** `line`: of the row; null where the whole file is meant. `pairs`: that must be there all the same. */
interface Case {
  what: string;
  name: string;
  content: Content;
  code: keyof typeof PROBLEMS;
  line: number | null;
  pairs: number;
  received?: string;
}

/** A row among good ones: lines 1 and 2 are good, 3 is this, 4 is good. */
const amongLines = (what: string, bad: object | string, code: Case['code'], received?: string): Case[] => [
  { what, name: 'a.jsonl', content: jsonl(row(1), row(2), bad, row(4)), code, line: 3, pairs: 3, received },
];
/** The same row in a list of JSON as well. */
const among = (what: string, bad: object | string, code: Case['code'], received?: string): Case[] => {
  const list = [row(1), row(2), bad, row(4)].map((one) =>
    typeof one === 'string' ? one : JSON.stringify(one),
  );
  return [
    ...amongLines(what, bad, code, received),
    {
      what: `${what}, in a list`,
      name: 'a.json',
      content: `[${list.join(',\n')}]`,
      code,
      line: 3,
      pairs: 3,
      received,
    },
  ];
};
const whole = (
  what: string,
  name: string,
  content: Content,
  code: Case['code'],
  pairs = 0,
  received?: string,
): Case => ({
  what,
  name,
  content,
  code,
  line: null,
  pairs,
  received,
});

const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const talk = (i: number, more: object = {}) => ({
  chosen: [user(`q${i}`), assistant(`good ${i}`)],
  rejected: [user(`q${i}`), assistant(`bad ${i}`)],
  ...more,
});
const amongTalks = (what: string, bad: object, code: Case['code'], received?: string): Case[] => [
  {
    what,
    name: 'talk.jsonl',
    content: jsonl(talk(1), talk(2), bad, talk(4)),
    code,
    line: 3,
    pairs: 3,
    received,
  },
];
const shaped = (
  what: string,
  good: (i: number) => object,
  bad: object,
  code: Case['code'],
  pairs = 3,
  received?: string,
): Case[] => [
  {
    what,
    name: 'rows.jsonl',
    content: jsonl(good(1), good(2), bad, good(4)),
    code,
    line: 3,
    pairs,
    received,
  },
];

const battle = (i: number, more: object = {}) => ({
  conversation_a: [user(`q${i}`), assistant(`a ${i}`)],
  conversation_b: [user(`q${i}`), assistant(`b ${i}`)],
  winner: 'model_a',
  ...more,
});
const answers = (i: number, more: object = {}) => ({
  prompt: `q${i}`,
  answers: [
    { answer: 'one', rank: 1 },
    { answer: 'two', rank: 2 },
  ],
  ...more,
});
/** Two rows that pair up, so that each call gives two lines. */
const judged = (i: number): object[] => [
  { prompt: `q${i}`, completion: `good ${i}`, label: true },
  { prompt: `q${i}`, completion: `bad ${i}`, label: false },
];
const amongJudged = (what: string, bad: object, code: Case['code']): Case[] => [
  { what, name: 'kto.jsonl', content: jsonl(...judged(1), bad, ...judged(4)), code, line: 3, pairs: 2 },
];
const task = (i: number, selected: unknown = 'left', more: object = {}) => ({
  id: i,
  data: { prompt: `q${i}`, text1: `one ${i}`, text2: `two ${i}` },
  annotations: [{ result: [{ type: 'pairwise', value: { selected } }] }],
  ...more,
});
const record = (i: number, more: object = {}) => ({
  fields: { prompt: `q${i}`, response1: `one ${i}`, response2: `two ${i}` },
  responses: { preference: [{ value: ['response1', 'response2'], status: 'submitted' }] },
  ...more,
});
const solution = (i: number, good: boolean): object => ({
  prompt: `q${i}`,
  completions: ['a step', good ? 'a right step' : 'a wrong step'],
  labels: [true, good],
});

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const bad = { prompt: 'q', chosen: 'a', rejected: 'b' };
const withText = (text: string): string => JSON.stringify({ ...bad, chosen: 'MARK' }).replace('MARK', text);

const badUtf8 = (at: number): Uint8Array => {
  const bytes = bytesOf(jsonl(row(1), row(2), row(3), row(4)));
  const lines = bytesOf(jsonl(...rows(at - 1, 1)));
  bytes[lines.length + 14] = 0xff;
  return bytes;
};

const utf16 = (text: string, mark: boolean): Uint8Array => {
  const bytes = Buffer.from(text, 'utf16le');
  return mark ? joined(new Uint8Array([0xff, 0xfe]), bytes) : bytes;
};
const swapped = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes).swap16();

const texts = (...all: string[]) => ({ data: all, type: 'STRING' as const });
const parquet = (...all: object[]): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.keys(all[0] as object).map((name) => ({
        name,
        ...texts(...all.map((one) => String((one as Record<string, unknown>)[name]))),
      })),
    }),
  );
const goodParquet = parquet(...rows(5));
/** The footer's length stands before the last four bytes. */
const withFooterLength = (length: number): Uint8Array => {
  const bytes = goodParquet.slice();
  new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true);
  return bytes;
};

const MAGICS: readonly [string, string, Content][] = [
  ['a ZIP', 'pairs.zip', 'PK\x03\x04 and more'],
  ['a spreadsheet', 'pairs.xlsx', 'PK\x03\x04 and more'],
  ['a 7z', 'pairs.7z', new Uint8Array([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4])],
  ['a RAR', 'pairs.rar', 'Rar!\x1a\x07'],
  ['an .xz', 'pairs.jsonl.xz', new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0])],
  ['a .bz2', 'pairs.jsonl.bz2', 'BZh91AY'],
  ['a .zst', 'pairs.jsonl.zst', new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3])],
  ['a tar', 'pairs.tar', joined(new Uint8Array(257), 'ustar', new Uint8Array(20))],
  ['gzip twice', 'pairs.jsonl.gz.gz', gz(gz(jsonl(row(1))))],
  ['a tar in gzip', 'pairs.tar.gz', gz(joined(new Uint8Array(257), 'ustar', new Uint8Array(20)))],
  ['Parquet in gzip', 'pairs.parquet.gz', gz(goodParquet)],
];
const STRANGERS: readonly [string, string, Content, string][] = [
  ['a PDF', 'paper.pdf', '%PDF-1.7\n%', 'PDF'],
  ['a PNG', 'plot.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10]), 'picture'],
  ['a JPEG', 'photo.jpg', new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), 'picture'],
  ['a GIF', 'anim.gif', 'GIF89a', 'picture'],
  ['sound', 'sound.wav', 'RIFF\x10\x00\x00\x00WAVE', 'sound'],
  ['an MP3', 'sound.mp3', 'ID3\x03', 'sound'],
  ['GGUF', 'model.gguf', 'GGUF\x03\x00\x00\x00', 'GGUF'],
  [
    'safetensors',
    'model.safetensors',
    joined(new Uint8Array([40, 1, 0, 0, 0, 0, 0, 0]), '{"w":{"dtype":"F32"'),
    'safetensors',
  ],
  ['ONNX', 'model.onnx', new Uint8Array([8, 7, 0x12, 4, 116, 111, 114, 99, 0, 0, 1, 2, 3]), 'ONNX'],
  ['HDF5', 'weights.h5', new Uint8Array([0x89, 0x48, 0x44, 0x46, 13]), 'HDF5'],
  ['NumPy', 'a.npy', joined(new Uint8Array([0x93]), 'NUMPY'), 'NumPy'],
  ['Arrow', 'data.arrow', 'ARROW1\x00\x00', 'Arrow'],
  ["a data set's cache", 'data-00000.arrow', new Uint8Array([255, 255, 255, 255, 1, 2, 3]), 'Arrow'],
  ['Avro', 'data.avro', 'Obj\x01', 'Avro'],
  ['ORC', 'data.orc', 'ORC\x00', 'ORC'],
  ['SQLite', 'data.db', 'SQLite format 3\x00', 'SQLite'],
  ['an old spreadsheet', 'data.xls', new Uint8Array([0xd0, 0xcf, 0x11, 0xe0]), 'Office'],
  ['Rich Text', 'data.rtf', '{\\rtf1 text}', 'Rich'],
  ['a program', 'a.out', new Uint8Array([0x7f, 0x45, 0x4c, 0x46]), 'program'],
  ['WebAssembly', 'a.wasm', new Uint8Array([0, 0x61, 0x73, 0x6d]), 'WebAssembly'],
  ['a pickle', 'data.pkl', new Uint8Array([0x80, 4, 0x95, 0, 0]), 'pickle'],
  [
    'an LFS pointer',
    'train.jsonl',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    'LFS',
  ],
  ['a web page', 'train.jsonl', '<!DOCTYPE html><html><body>Sign in</body></html>', 'web page'],
  ['a web page, plainly', 'train.csv', '  <html lang="en">', 'web page'],
  ['XML', 'data.xml', '<?xml version="1.0"?><rows/>', 'XML'],
  ['a picture of text', 'data.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'XML'],
  ['a data card', 'README.md', '---\nlicense: mit\n---\n# Data', 'README'],
  ['a script', 'load.py', 'import json\nprint(1)', 'program'],
  ['zeros', 'zeros.bin', new Uint8Array(64), 'no text'],
];

const CASES: readonly Case[] = [
  // no rows at all
  whole('nothing', 'a.jsonl', '', 'data/empty-file'),
  whole('blanks', 'a.jsonl', ' \n\n\t\n', 'data/empty-file', 0, 'only blanks'),
  whole('an empty .gz', 'a.jsonl.gz', gz(''), 'data/empty-file'),
  whole('a byte order mark alone', 'a.jsonl', '\ufeff', 'data/empty-file'),
  whole('an empty list', 'a.json', '[]', 'data/no-rows'),
  whole('an empty list under a key', 'a.json', '{"rows": []}', 'data/no-rows'),
  whole('a header alone', 'a.csv', 'prompt,chosen,rejected\n', 'data/no-rows'),
  // other kinds of files
  ...MAGICS.map(([what, name, content]) => whole(what, name, content, 'data/archive')),
  ...STRANGERS.map(([what, name, content, received]) =>
    whole(what, name, content, 'data/wrong-kind', 0, received),
  ),
  whole('plain text', 'notes.txt', 'Dear diary\nnothing here', 'data/unknown-format'),
  // encodings
  whole('UTF-16 with a mark', 'a.jsonl', utf16(jsonl(row(1)), true), 'data/not-utf8-file', 0, 'UTF-16'),
  whole(
    'UTF-16, the other order',
    'a.csv',
    swapped(utf16(csv(rows(2)), true)),
    'data/not-utf8-file',
    0,
    'UTF-16',
  ),
  whole(
    'UTF-16 without a mark',
    'a.json',
    utf16(JSON.stringify(rows(2)), false),
    'data/not-utf8-file',
    0,
    'UTF-16',
  ),
  whole(
    'UTF-32',
    'a.jsonl',
    new Uint8Array([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]),
    'data/not-utf8-file',
    0,
    'UTF-32',
  ),
  ...[1, 2, 3, 4].map((line): Case => ({
    what: `a broken byte in line ${line}`,
    name: 'a.jsonl',
    content: badUtf8(line),
    code: 'data/not-utf8',
    line,
    pairs: 3,
  })),
  {
    what: 'Latin-1 in a table',
    name: 'a.csv',
    content: Buffer.from(csv([...rows(2), { prompt: 'q', chosen: 'caf\u00e9', rejected: 'tea' }]), 'latin1'),
    code: 'data/not-utf8',
    line: 4,
    pairs: 2,
  },
  whole(
    'Latin-1 in a list',
    'a.json',
    Buffer.from(JSON.stringify([{ ...bad, chosen: 'caf\u00e9' }]), 'latin1'),
    'data/not-utf8-file',
  ),
  // gzip
  whole('a .gz cut in its head', 'a.jsonl.gz', gz(jsonl(...rows(9))).slice(0, 6), 'data/gzip'),
  whole(
    'a .gz with wrong bytes',
    'a.jsonl.gz',
    joined(gz(jsonl(row(1))).slice(0, 10), 'no deflate here'),
    'data/gzip',
  ),
  whole('a .gz without its end', 'a.jsonl.gz', gz(jsonl(...rows(9))).slice(0, -8), 'data/gzip', 9),
  // lines that are no rows
  ...amongLines('no JSON', 'this is no row', 'data/not-json', 'this is no row'),
  ...amongLines('a cut line', '{"prompt": "q", "chosen": "a", "rej', 'data/not-json'),
  ...amongLines('a comma too many', '{"prompt": "q", "chosen": "a", "rejected": "b",}', 'data/not-json'),
  ...amongLines('a missing comma', '{"prompt": "q" "chosen": "a", "rejected": "b"}', 'data/not-json'),
  ...amongLines('two rows in a line', JSON.stringify(bad) + JSON.stringify(bad), 'data/not-json'),
  ...amongLines('a comment', '// not a row', 'data/not-json'),
  ...amongLines('a tab in a text', withText('a\tb'), 'data/not-json'),
  ...amongLines('an unknown escape', withText('\\x41'), 'data/not-json'),
  ...amongLines('an unquoted key', '{prompt: "q", chosen: "a", rejected: "b"}', 'data/not-json'),
  ...amongLines("Python's quotes", "{'prompt': 'q', 'chosen': 'a', 'rejected': 'b'}", 'data/single-quotes'),
  ...among(
    'NaN',
    '{"prompt": "q", "chosen": "a", "rejected": "b", "margin": NaN}',
    'data/not-a-number',
    'NaN',
  ),
  ...among(
    'Infinity',
    '{"margin": -Infinity, "prompt": "q", "chosen": "a", "rejected": "b"}',
    'data/not-a-number',
    '-Infinity',
  ),
  ...among('a number', '7', 'data/not-an-object', '7'),
  ...among('a text', '"text"', 'data/not-an-object', "'text'"),
  ...among('null', 'null', 'data/not-an-object', 'null'),
  ...among('a list', '["q", "a", "b"]', 'data/not-an-object', 'a list of 3'),
  ...among('an empty object', '{}', 'data/missing', 'nothing'),
  // depth and length
  ...amongLines('a bomb of lists', deep(100_000), 'data/not-an-object'),
  ...among(
    'a deep value',
    `{"prompt": "q", "chosen": "a", "rejected": "b", "more": ${deep(DEEPEST + 1)}}`,
    'data/too-deep',
  ),
  ...among(
    'a very deep value',
    `{"prompt": "q", "chosen": "a", "rejected": "b", "more": ${deep(50_000)}}`,
    'data/too-deep',
  ),
  whole('an endless bomb', 'a.json', '['.repeat(200_000), 'data/truncated'),
  whole('an endless bomb of objects', 'a.json', '{"a":'.repeat(100_000), 'data/truncated'),
  {
    what: 'a line of 50 MB',
    name: 'a.jsonl',
    content: jsonl(row(1), withText('x'.repeat(50_000_000)), row(3)),
    code: 'data/row-too-long',
    line: 2,
    pairs: 2,
  },
  {
    what: 'a last line of 20 MB',
    name: 'a.jsonl',
    content: jsonl(row(1), row(2), withText('x'.repeat(20_000_000))),
    code: 'data/row-too-long',
    line: 3,
    pairs: 2,
  },
  {
    what: 'a first line of 20 MB',
    name: 'a.jsonl',
    content: joined(withText('x'.repeat(20_000_000)), '\n', jsonl(row(2))),
    code: 'data/row-too-long',
    line: 1,
    pairs: 1,
  },
  {
    what: 'a member of 20 MB',
    name: 'a.json',
    content: JSON.stringify([row(1), { ...bad, chosen: 'x'.repeat(20_000_000) }, row(3)]),
    code: 'data/row-too-long',
    line: 2,
    pairs: 2,
  },
  {
    what: 'a line of 20 MB in a table',
    name: 'a.csv',
    content: joined(csv(rows(2)), 'x'.repeat(20_000_000), '\n', '"q","a","b"\n'),
    code: 'data/row-too-long',
    line: 4,
    pairs: 3,
  },
  whole(
    'a quote that swallows a table',
    'a.csv',
    joined(csv(rows(2)), '"q,a,b\n', 'q,a,b\n'.repeat((LONGEST_ROW * 1.2) / 6)),
    'data/quotes',
    2,
  ),
  // values
  ...among('no chosen', { prompt: 'q', rejected: 'b' }, 'data/missing', 'nothing'),
  ...among('no rejected', { prompt: 'q', chosen: 'a' }, 'data/missing'),
  ...among('no prompt', { chosen: 'a', rejected: 'b' }, 'data/other-shape', 'implicit prompt'),
  ...among('null for chosen', { ...bad, chosen: null }, 'data/missing', 'null'),
  ...among('null for the prompt', { ...bad, prompt: null }, 'data/other-shape'),
  ...among('a number for chosen', { ...bad, chosen: 5 }, 'data/wrong-type', '5'),
  ...among(
    'an object for rejected',
    { ...bad, rejected: { text: 'b' } },
    'data/wrong-type',
    'an object with text',
  ),
  ...among('a list of texts for chosen', { ...bad, chosen: ['a'] }, 'data/wrong-type', 'a list of 1'),
  ...among('true for the prompt', { ...bad, prompt: true }, 'data/wrong-type', 'true'),
  ...among('an empty chosen', { ...bad, chosen: '' }, 'data/empty-chosen'),
  ...among('a blank chosen', { ...bad, chosen: ' \n ' }, 'data/empty-chosen'),
  ...among('an empty rejected', { ...bad, rejected: '' }, 'data/empty-rejected'),
  ...among('equal responses', { ...bad, rejected: 'a' }, 'data/equal'),
  ...among(
    'a long chosen',
    { ...bad, chosen: 'x'.repeat(LONGEST_TEXT + 1) },
    'data/too-long',
    String(LONGEST_TEXT + 1),
  ),
  ...among('a long prompt', { ...bad, prompt: 'x'.repeat(LONGEST_TEXT + 1) }, 'data/too-long'),
  ...among('half a character', withText('\\ud83d'), 'data/broken-character'),
  ...among('the other half', withText('abc\\ude00'), 'data/broken-character', 'half a one at 4'),
  ...shaped(
    'a margin that is text',
    (i) => row(i, { margin: 1 }),
    row(3, { margin: 'much' }),
    'data/margin',
    3,
    "'much'",
  ),
  ...shaped('a margin that is a list', (i) => row(i, { margin: 1 }), row(3, { margin: [1] }), 'data/margin'),
  ...shaped(
    'a score that is text',
    (i) => row(i, { score_chosen: 2, score_rejected: 1 }),
    row(3, { score_chosen: 'high', score_rejected: 1 }),
    'data/margin',
  ),
  ...shaped(
    'an input that is a number',
    (i) => ({ instruction: `i${i}`, input: 'x', chosen: 'a', rejected: 'b' }),
    { instruction: 'i', input: 3, chosen: 'a', rejected: 'b' },
    'data/wrong-type',
  ),
  ...shaped(
    'a system message that is a number',
    (i) => row(i, { system: 'Be kind.' }),
    row(3, { system: 3 }),
    'data/wrong-type',
  ),
  // keys
  ...among(
    'chosen twice',
    '{"prompt": "q", "chosen": "a", "rejected": "b", "chosen": "c"}',
    'data/duplicate-key',
    'two',
  ),
  ...among(
    'the prompt twice',
    '{"prompt": "q", "prompt": "q", "chosen": "a", "rejected": "b"}',
    'data/duplicate-key',
  ),
  ...among('another shape', { prompt: 'q', completion: 'c', label: true }, 'data/other-shape', 'unpaired'),
  ...amongLines('a battle among pairs', battle(3), 'data/other-shape', 'two responses'),
  ...amongLines('a conversation among pairs', talk(3), 'data/other-shape', 'conversational'),
  ...amongLines('a task among pairs', task(3), 'data/other-shape', 'Label Studio'),
  // documents
  whole('a cut list', 'a.json', JSON.stringify(rows(3)).slice(0, -1), 'data/truncated', 3),
  whole('a list cut in a row', 'a.json', JSON.stringify(rows(3)).slice(0, -20), 'data/truncated', 2),
  whole('a list cut in a text', 'a.json', '[{"prompt": "q', 'data/truncated'),
  whole('a cut document', 'a.json', `{"rows": ${JSON.stringify(rows(3))}`, 'data/truncated', 3),
  whole('a list closed wrongly', 'a.json', `[${JSON.stringify(row(1))}}`, 'data/not-json-file', 1, "'}'"),
  whole('words after the list', 'a.json', `${JSON.stringify(rows(2))} end`, 'data/not-json-file', 2, "'e'"),
  whole('words instead of JSON', 'a.json', 'prompt, chosen', 'data/not-json-file', 0, "'p'"),
  whole('a lone text', 'a.json', '"text"', 'data/not-json-file'),
  whole(
    'a document without rows',
    'a.json',
    '{"name": "set", "version": 2}',
    'data/no-shape',
    0,
    "'name', 'version'",
  ),
  whole(
    'columns',
    'a.json',
    JSON.stringify({ prompt: ['q', 'r'], chosen: ['a', 'b'], rejected: ['c', 'd'] }),
    'data/columns-not-rows',
  ),
  whole(
    "pandas' columns",
    'a.json',
    JSON.stringify({ prompt: { 0: 'q' }, chosen: { 0: 'a' }, rejected: { 0: 'b' } }),
    'data/columns-not-rows',
  ),
  {
    what: 'a broken row in a list',
    name: 'a.json',
    content: `[${JSON.stringify(row(1))}, {"prompt": q}, ${JSON.stringify(row(3))}]`,
    code: 'data/not-json',
    line: 2,
    pairs: 2,
  },
  {
    what: 'a broken row under a key',
    name: 'a.json',
    content: `{"data": [${JSON.stringify(row(1))}, {"a" 1}, ${JSON.stringify(row(3))}]}`,
    code: 'data/not-json',
    line: 2,
    pairs: 2,
  },
  // tables
  {
    what: 'too many fields',
    name: 'a.csv',
    content: 'prompt,chosen,rejected\nq,a,b\nq,a, and more,b\nq,c,d\n',
    code: 'data/fields',
    line: 3,
    pairs: 2,
    received: '4',
  },
  {
    what: 'too few fields',
    name: 'a.csv',
    content: 'prompt,chosen,rejected\nq,a,b\nq,a\nq,c,d\n',
    code: 'data/fields',
    line: 3,
    pairs: 2,
    received: '2',
  },
  {
    what: 'too few fields after a long record',
    name: 'a.csv',
    content: 'prompt,chosen,rejected\n"q\n\nq",a,b\nq,a\nq,c,d\n',
    code: 'data/fields',
    line: 5,
    pairs: 2,
  },
  {
    what: 'an open quote',
    name: 'a.csv',
    content: 'prompt,chosen,rejected\nq,a,b\nq,c,"d\nq,e,f\n',
    code: 'data/quotes',
    line: 3,
    pairs: 1,
  },
  {
    what: 'an empty cell',
    name: 'a.csv',
    content: 'prompt,chosen,rejected\nq,a,b\nq,,b\nq,c,d\n',
    code: 'data/empty-chosen',
    line: 3,
    pairs: 2,
  },
  {
    what: 'an empty cell between tabs',
    name: 'a.tsv',
    content: 'prompt\tchosen\trejected\nq\ta\tb\nq\ta\t\nq\tc\td\n',
    code: 'data/empty-rejected',
    line: 3,
    pairs: 2,
  },
  {
    what: 'equal cells',
    name: 'a.csv',
    content: csv([row(1), { ...bad, rejected: 'a' }, row(3)]),
    code: 'data/equal',
    line: 3,
    pairs: 2,
  },
  whole(
    'a column twice',
    'a.csv',
    'prompt,chosen,chosen\nq,a,b\n',
    'data/duplicate-column',
    0,
    "'chosen' twice",
  ),
  whole(
    'no header',
    'a.csv',
    'question one,good answer,bad answer\nquestion two,better,worse\n',
    'data/no-shape',
  ),
  whole('one column', 'a.csv', 'prompt\nq\nr\n', 'data/no-shape'),
  whole(
    'other columns',
    'a.csv',
    'question,good,bad\nq,a,b\n',
    'data/no-shape',
    0,
    "'question', 'good', 'bad'",
  ),
  whole('other keys', 'a.jsonl', jsonl({ question: 'q', good: 'a', bad: 'b' }), 'data/no-shape', 0, "'good'"),
  // Parquet
  whole('Parquet cut at its end', 'a.parquet', goodParquet.slice(0, -40), 'data/parquet'),
  whole('Parquet of a few bytes', 'a.parquet', 'PAR1', 'data/parquet'),
  whole('Parquet without a footer', 'a.parquet', joined('PAR1', 'x'.repeat(100), 'PAR1'), 'data/parquet'),
  whole('a footer longer than the file', 'a.parquet', withFooterLength(4_000_000_000), 'data/parquet'),
  whole('a footer without length', 'a.parquet', withFooterLength(0), 'data/parquet'),
  whole('a footer that is too short', 'a.parquet', withFooterLength(20), 'data/parquet'),
  whole(
    'a footer of other bytes',
    'a.parquet',
    joined(goodParquet.slice(0, -60), new Uint8Array(52).fill(0x5a), goodParquet.slice(-8)),
    'data/parquet',
    0,
    'damaged bytes',
  ),
  whole(
    'columns outside of the file',
    'a.parquet',
    joined('PAR1', goodParquet.slice(-(goodParquet.length - 140))),
    'data/parquet',
  ),
  whole('encrypted Parquet', 'a.parquet', 'PARE and more', 'data/archive'),
  {
    what: 'an empty cell of Parquet',
    name: 'a.parquet',
    content: parquet(row(1), row(2), { ...bad, chosen: '' }, row(4)),
    code: 'data/empty-chosen',
    line: 3,
    pairs: 3,
  },
  whole('other columns of Parquet', 'a.parquet', parquet({ a: 'x', b: 'y' }), 'data/no-shape', 0, "'a', 'b'"),
  // conversations
  ...amongTalks(
    'an unknown role',
    talk(3, { chosen: [{ role: 'wizard', content: 'q' }, assistant('a')] }),
    'data/role',
    "'wizard'",
  ),
  ...amongTalks('no role', talk(3, { chosen: [user('q3'), { content: 'a' }] }), 'data/role', 'nothing'),
  ...amongTalks('a message that is text', talk(3, { rejected: [user('q3'), 'b'] }), 'data/message'),
  ...amongTalks(
    'content that is a number',
    talk(3, { chosen: [user('q3'), assistant(3)] }),
    'data/message',
    '3',
  ),
  ...amongTalks(
    'no content',
    talk(3, { chosen: [user('q3'), { role: 'assistant' }] }),
    'data/message',
    'nothing',
  ),
  ...amongTalks(
    'a picture',
    talk(3, { chosen: [user([{ type: 'image' }]), assistant('a')] }),
    'data/not-text',
    "'image'",
  ),
  ...amongTalks(
    'no answer',
    talk(3, { chosen: [user('q3')], rejected: [user('other')] }),
    'data/no-answer',
    'User',
  ),
  ...amongTalks('an empty conversation', talk(3, { rejected: [] }), 'data/no-answer'),
  ...amongTalks('text against a conversation', talk(3, { rejected: 'b' }), 'data/wrong-type', 'text'),
  ...amongTalks('equal conversations', talk(3, { rejected: talk(3).chosen }), 'data/equal'),
  ...amongTalks('an empty answer', talk(3, { chosen: [user('q3'), assistant('')] }), 'data/empty-chosen'),
  ...shaped(
    'a prompt that the conversation lacks',
    (i) => talk(i, { prompt: `q${i}` }),
    talk(3, { prompt: 'other' }),
    'data/prompt-mismatch',
  ),
  // unpaired
  ...amongJudged('a lone good one', { prompt: 'alone', completion: 'c', label: true }, 'data/unpaired'),
  ...amongJudged('a lone bad one', { prompt: 'alone', completion: 'c', label: 0 }, 'data/unpaired'),
  ...amongJudged('an unknown label', { prompt: 'q', completion: 'c', label: 'so so' }, 'data/label'),
  ...amongJudged('no label', { prompt: 'q', completion: 'c' }, 'data/label'),
  ...amongJudged('no completion', { prompt: 'q', label: true }, 'data/missing'),
  ...amongJudged('a blank completion', { prompt: 'q', completion: ' ', label: true }, 'data/missing'),
  // battles
  ...shaped('a tie', battle, battle(3, { winner: 'tie' }), 'data/tie'),
  ...shaped('both bad', battle, battle(3, { winner: 'tie (bothbad)' }), 'data/both-bad'),
  ...shaped('an unknown winner', battle, battle(3, { winner: 'model_c' }), 'data/winner', 3, "'model_c'"),
  ...shaped('a winner by number', battle, battle(3, { winner: 7 }), 'data/winner', 3, '7'),
  ...shaped('no winner', battle, battle(3, { winner: null }), 'data/not-annotated'),
  ...shaped('one conversation', battle, battle(3, { conversation_b: null }), 'data/missing'),
  ...shaped(
    'equal scores',
    (i) => ({ prompt: `q${i}`, response_0: 'a', response_1: 'b', score_0: 2, score_1: 1 }),
    { prompt: 'q', response_0: 'a', response_1: 'b', score_0: 1, score_1: 1 },
    'data/tie',
  ),
  // ranked
  ...shaped(
    'equal ranks',
    answers,
    answers(3, {
      answers: [
        { answer: 'a', rank: 1 },
        { answer: 'b', rank: 1 },
      ],
    }),
    'data/tie',
    3,
    '1 tie',
  ),
  ...shaped('one answer', answers, answers(3, { answers: [{ answer: 'a', rank: 1 }] }), 'data/too-few'),
  ...shaped('no answers', answers, answers(3, { answers: [] }), 'data/too-few', 3, '0'),
  ...shaped(
    '40 answers',
    answers,
    answers(3, { answers: Array.from({ length: 40 }, (_, rank) => ({ answer: `a${rank}`, rank })) }),
    'data/too-many',
    3,
    '40',
  ),
  ...shaped(
    'a rank that is text',
    answers,
    answers(3, {
      answers: [
        { answer: 'a', rank: 'best' },
        { answer: 'b', rank: 2 },
      ],
    }),
    'data/rank',
    3,
    "'best'",
  ),
  ...shaped(
    'an answer without a rank',
    answers,
    answers(3, { answers: [{ answer: 'a', rank: 1 }, { answer: 'b' }] }),
    'data/rank',
  ),
  ...shaped(
    'fewer scores than responses',
    (i) => ({ prompt: `q${i}`, responses: ['a', 'b'], scores: [2, 1] }),
    { prompt: 'q', responses: ['a', 'b'], scores: [1] },
    'data/rank',
  ),
  // stepwise
  {
    what: 'a solution without another',
    name: 's.jsonl',
    content: jsonl(solution(1, true), solution(1, false), solution(2, true)),
    code: 'data/no-alternative',
    line: 3,
    pairs: 1,
  },
  {
    what: 'fewer labels than steps',
    name: 's.jsonl',
    content: jsonl(solution(1, true), solution(1, false), {
      prompt: 'q',
      completions: ['a', 'b'],
      labels: [true],
    }),
    code: 'data/steps',
    line: 3,
    pairs: 1,
  },
  {
    what: 'a step that is a number',
    name: 's.jsonl',
    content: jsonl(solution(1, true), solution(1, false), {
      prompt: 'q',
      completions: ['a', 2],
      labels: [true, true],
    }),
    code: 'data/wrong-type',
    line: 3,
    pairs: 1,
  },
  {
    what: 'a label of a step that says nothing',
    name: 's.jsonl',
    content: jsonl(solution(1, true), solution(1, false), { prompt: 'q', completions: ['a'], labels: ['?'] }),
    code: 'data/label',
    line: 3,
    pairs: 1,
  },
  // tools
  ...shaped('an unjudged task', task, task(3, 'left', { annotations: [] }), 'data/not-annotated'),
  ...shaped(
    'a cancelled annotation',
    task,
    task(3, 'left', {
      annotations: [{ was_cancelled: true, result: [{ type: 'pairwise', value: { selected: 'left' } }] }],
    }),
    'data/not-annotated',
  ),
  ...shaped('a side that is neither', task, task(3, 'middle'), 'data/winner', 3, "'middle'"),
  ...shaped('data without two texts', task, task(3, 'left', { data: { prompt: 'q' } }), 'data/missing'),
  ...shaped('an unjudged record', record, record(3, { responses: {} }), 'data/not-annotated'),
  ...shaped(
    'a discarded answer',
    record,
    record(3, { responses: { preference: [{ value: ['response1', 'response2'], status: 'discarded' }] } }),
    'data/not-annotated',
  ),
  ...shaped(
    'a record without texts',
    record,
    record(3, { fields: { prompt: 'q', response1: 5, response2: 'b' } }),
    'data/wrong-type',
  ),
];

describe(`${CASES.length} broken files`, () => {
  it('are at least 150, and no two are alike', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(150);
    expect(new Set(CASES.map(({ what }) => what)).size).toBe(CASES.length);
  });

  it.each(CASES)('$what: $code', async ({ name, content, code, line, pairs, received }) => {
    const result = await read(name, content);
    const said = line === null ? result.issues : result.rejected.filter((one) => one.line === line);
    expect({ said: said.map((one) => one.code), pairs: countOf(result.pairs) }).toEqual({
      said: [code],
      pairs,
    });
    const [issue] = said;
    expect(issue).toMatchObject({ cure: PROBLEMS[code].cure });
    expect(issue?.received).toContain(received ?? '');
    expect(issue?.received.length).toBeLessThan(200);
    if (line !== null) {
      expect(issue?.at).toMatch(new RegExp(`^${result.unit} ${line}\\b`));
      expect(result.reasons[code]).toBeGreaterThan(0);
      expect(result.issues).toEqual([]);
    }
  });

  it('every problem that there is, is shown by one of them', () => {
    const shown = new Set(CASES.map(({ code }) => code));
    // what needs a gigabyte, a file that vanishes, or a mapping is shown in data-read.test.ts
    const elsewhere = ['data/too-large', 'data/unreadable', 'data/mapping'];
    expect(Object.keys(PROBLEMS).filter((code) => !shown.has(code as Case['code']))).toEqual(
      expect.arrayContaining(elsewhere),
    );
    expect(
      Object.keys(PROBLEMS)
        .filter((code) => !shown.has(code as Case['code']))
        .sort(),
    ).toEqual(elsewhere.sort());
  });
});
