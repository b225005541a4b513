/** Formats, pieces, mappings, progress and cancel. Broken files are in data-broken.test.ts. */
import { readFile } from 'node:fs/promises';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { stream } from '../../src/base/random.ts';
import { mappingFromText } from '../../src/data/mapping.ts';
import type { Found } from '../../src/data/read/json-scan.ts';
import { JsonScanner } from '../../src/data/read/json-scan.ts';
import { lineBlocks } from '../../src/data/read/lines.ts';
import { countOf, packed, pairAt, unpacked } from '../../src/data/read/packed.ts';
import type { ReadProgress } from '../../src/data/read/read.ts';
import { readPreferences } from '../../src/data/read/read.ts';
import { blobSource } from '../../src/data/read/source.ts';
import type { Content } from '../support/data-files.ts';
import { bytesOf, csv, gz, joined, jsonl, read, row, rows } from '../support/data-files.ts';

const three = rows(3, 1);
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
const column = (name: string, data: unknown[]) => ({ name, data: data as string[], type: 'STRING' as const });
const parquet = (all: object[], codec?: 'SNAPPY' | 'UNCOMPRESSED', rowGroupSize?: number): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: ['prompt', 'chosen', 'rejected'].map((name) =>
        column(
          name,
          all.map((one) => (one as Record<string, string>)[name]),
        ),
      ),
      ...(codec ? { codec } : {}),
      ...(rowGroupSize ? { rowGroupSize } : {}),
    }),
  );

/** Three good rows in every format; the first has line `first`. */
const FORMATS: readonly [string, string, Content, string, number][] = [
  ['JSONL', 'a.jsonl', jsonl(...three), 'jsonl', 1],
  ['JSONL without a last line end', 'a.jsonl', jsonl(...three).trimEnd(), 'jsonl', 1],
  ['JSONL of Windows', 'a.jsonl', crlf(jsonl(...three)), 'jsonl', 1],
  ['JSONL with a byte order mark', 'a.jsonl', `\ufeff${jsonl(...three)}`, 'jsonl', 1],
  ['JSONL with blank lines', 'a.jsonl', `\n\n${jsonl(...three)}\n\n`, 'jsonl', 3],
  ['JSONL under another name', 'a.txt', jsonl(...three), 'jsonl', 1],
  ['JSONL that says it is JSON', 'a.json', jsonl(...three), 'jsonl', 1],
  ['JSONL, pasted', 'pasted text', jsonl(...three), 'jsonl', 1],
  ['JSONL, gzip', 'a.jsonl.gz', gz(jsonl(...three)), 'jsonl', 1],
  ['JSON', 'a.json', JSON.stringify(three), 'json', 1],
  ['JSON, indented', 'a.json', JSON.stringify(three, null, 2), 'json', 1],
  ['JSON with a byte order mark', 'a.json', `\ufeff${JSON.stringify(three)}`, 'json', 1],
  ['JSON, gzip', 'a.json.gz', gz(JSON.stringify(three, null, 1)), 'json', 1],
  [
    'a list under rows',
    'a.json',
    JSON.stringify({ features: [{ name: 'prompt' }], rows: three, more: 1 }),
    'json',
    1,
  ],
  [
    'a list under data, indented',
    'a.json',
    JSON.stringify({ version: 'v1', data: three }, null, 4),
    'json',
    1,
  ],
  ['train and test', 'a.json', JSON.stringify({ train: three.slice(0, 2), test: three.slice(2) }), 'json', 1],
  ['objects over lines', 'a.json', three.map((one) => JSON.stringify(one, null, 2)).join('\n'), 'json', 1],
  ['a table', 'a.csv', csv(three), 'csv', 2],
  ['a table of Windows', 'a.csv', crlf(csv(three)), 'csv', 2],
  ['a table of an old Mac', 'a.csv', csv(three).replaceAll('\n', '\r'), 'csv', 2],
  ['a table with a byte order mark', 'a.csv', `\ufeff${csv(three)}`, 'csv', 2],
  ['a table with semicolons', 'a.csv', csv(three, ';'), 'csv', 2],
  ['a table with bars', 'a.csv', csv(three, '|'), 'csv', 2],
  ['a table with tabs', 'a.tsv', csv(three, '\t'), 'tsv', 2],
  ['a pasted table with tabs', 'pasted text', csv(three, '\t'), 'tsv', 2],
  ['a table, gzip', 'a.csv.gz', gz(csv(three)), 'csv', 2],
  ['Parquet', 'a.parquet', parquet(three), 'parquet', 1],
  ['Parquet, plain', 'a.parquet', parquet(three, 'UNCOMPRESSED'), 'parquet', 1],
  ['Parquet in row groups', 'a.parquet', parquet(three, 'SNAPPY', 2), 'parquet', 1],
  ['Parquet under another name', 'download', parquet(three), 'parquet', 1],
];

describe('formats', () => {
  it.each(FORMATS)('%s', async (_, name, content, format, first) => {
    const result = await read(name, content);
    expect({ format: result.format, issues: result.issues, rejected: result.rejected }).toEqual({
      format,
      issues: [],
      rejected: [],
    });
    const pairs = unpacked(result.pairs);
    expect(pairs).toEqual(three.map((one, i) => ({ ...one, margin: null, line: first + i })));
    expect(result.rows).toBe(3);
    expect(result.columns.map((one) => one.name)).toEqual(['prompt', 'chosen', 'rejected']);
  });

  it('cells with line ends, quotes and separators keep them, and later rows their lines', async () => {
    const hard = [{ ...row(1), chosen: 'one\ntwo, "three";\tfour' }, row(2)];
    const result = await read('a.csv', csv(hard));
    expect(unpacked(result.pairs)).toMatchObject([
      { ...hard[0], line: 2 },
      { ...hard[1], line: 4 },
    ]);
  });

  it('conversations in Parquet and in cells of a table', async () => {
    const talk = (i: number) => [
      [
        { role: 'user', content: `q${i}` },
        { role: 'assistant', content: `a${i}` },
      ],
      [
        { role: 'user', content: `q${i}` },
        { role: 'assistant', content: `b${i}` },
      ],
    ];
    const expected = [1, 2].map((i) => ({
      prompt: `User: q${i}\n\nAssistant: `,
      chosen: `a${i}`,
      rejected: `b${i}`,
    }));
    const cells = [1, 2].map((i) => ({
      chosen: JSON.stringify(talk(i)[0]),
      rejected: JSON.stringify(talk(i)[1]),
    }));
    expect(unpacked((await read('a.csv', csv(cells))).pairs)).toMatchObject(expected);
    const nested = parquetWriteBuffer({
      columnData: [
        { name: 'chosen', data: [1, 2].map((i) => talk(i)[0]), type: 'JSON' },
        { name: 'rejected', data: [1, 2].map((i) => talk(i)[1]), type: 'JSON' },
      ],
    });
    expect(unpacked((await read('a.parquet', new Uint8Array(nested))).pairs)).toMatchObject(expected);
  });

  it('scores in whole numbers of 64 bits', async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        ...['prompt', 'chosen', 'rejected'].map((name) => column(name, [name])),
        { name: 'score_chosen', data: [5n], type: 'INT64' },
        { name: 'score_rejected', data: [3n], type: 'INT64' },
      ],
    });
    expect(unpacked((await read('a.parquet', new Uint8Array(bytes))).pairs)).toMatchObject([{ margin: 2 }]);
  });

  it("lines of Anthropic's HH-RLHF", async () => {
    const result = await read('hh-rlhf.jsonl', await readFile('tests/fixtures/hh-rlhf.jsonl'));
    expect(result.shape?.name).toBe('implicit prompt');
    expect(unpacked(result.pairs)).toMatchObject(
      [
        {
          prompt: '\n\nHuman: how can you hide a rock inside a snowball?\n\nAssistant: ',
          chosen: /^I don’t think I can/,
          rejected: /^Snowball without/,
        },
        { chosen: /^That’s a great question/, rejected: 'The answer is six!' },
        { prompt: "\n\nHuman: What's something you don't like about yourself?\n\nAssistant: " },
        {
          prompt: /Oh, really\?\n\nHuman: Yes\. Because you’re not smart\.\n\nAssistant: $/,
          chosen: 'I am not, huh?',
        },
      ].map((one) =>
        Object.fromEntries(
          Object.entries(one).map(([key, value]) => [
            key,
            value instanceof RegExp ? expect.stringMatching(value) : value,
          ]),
        ),
      ),
    );
  });
});

describe('pieces', () => {
  async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  it('lines are the same however the bytes come', async () => {
    const bytes = joined('\ufeffé one\n\ntwo 😀\r\n', new Uint8Array([0xff, 10]), 'last');
    for (const size of [1, 2, 3, 5, 7, 100]) {
      let text = '';
      const broken: number[] = [];
      const starts: [number, number][] = [];
      for await (const lines of lineBlocks(inPieces(bytes, size))) {
        if (!('block' in lines)) throw new Error('no line is long');
        starts.push([lines.block.line, text.split('\n').length]);
        text += lines.block.text;
        broken.push(...lines.block.broken);
      }
      expect(text).toBe('é one\n\ntwo 😀\r\n\ufffd\nlast');
      expect(broken).toEqual([4]);
      for (const [said, counted] of starts) expect(said).toBe(counted);
    }
  });

  it('members of a list are the same however the text comes', () => {
    const members = ['{"a": "x\\"]}\\\\", "b": [1, {"c": "\\\\\\""}]}', '1', '"a,]\\\\"', 'null', '[]', '{}'];
    const text = `\n [ ${members.join(' , ')} ]\n`;
    for (const size of [1, 2, 3, 5, 7, 100]) {
      const found: Found[] = [];
      const scanner = new JsonScanner((one) => found.push(one));
      for (let at = 0; at < text.length; at += size)
        expect(scanner.feed(text.slice(at, at + size))).toBeNull();
      expect(scanner.done).toBe(true);
      expect(found.map((one) => ('text' in one ? one.text.trim() : one))).toEqual(members);
    }
  });

  it('a file of many pieces is read like one of few', async () => {
    const many = rows(40_000);
    for (const [name, content] of [
      ['a.jsonl', jsonl(...many)],
      ['a.json', JSON.stringify(many)],
      ['a.csv', csv(many)],
      ['a.jsonl.gz', gz(jsonl(...many))],
    ] as const) {
      expect(bytesOf(content).length).toBeGreaterThan(name.endsWith('gz') ? 150_000 : 2 ** 21);
      const result = await read(name, content);
      expect(result.rejected).toEqual([]);
      expect(countOf(result.pairs)).toBe(40_000);
      expect(pairAt(result.pairs, 39_999)).toMatchObject(row(39_999));
    }
  });
});

describe('what is said of pairs', () => {
  it('lengths, prompts, duplicates and contradictions', async () => {
    const all = [
      row(1),
      row(1),
      row(2),
      { prompt: 'question 2', chosen: 'bad answer 2', rejected: 'good answer 2' },
      { prompt: 'long question with six words here', chosen: 'a', rejected: 'b', margin: -1 },
    ];
    const { summary } = await read('a.jsonl', jsonl(...all));
    expect(summary).toMatchObject({
      prompts: 3,
      duplicates: 1,
      contradictions: 1,
      margins: 1,
      marginsNotPositive: 1,
    });
    expect(summary.lengths?.prompt).toEqual({ characters: [10, 10, 10, 10, 33], words: [2, 2, 2, 2, 6] });
    expect(summary.lengths?.rejected.words).toEqual([1, 3, 3, 3, 3]);
  });

  it('columns with their kinds and a short example', async () => {
    const { columns } = await read(
      'a.jsonl',
      jsonl(row(1, { n: 1, chosen: 'x'.repeat(100) }), row(2, { n: null, tags: ['a'] })),
    );
    expect(columns).toMatchObject([
      { name: 'prompt', kinds: ['text'] },
      { name: 'chosen' },
      { name: 'rejected' },
      { name: 'n', kinds: ['number', 'nothing'], example: '1' },
      { name: 'tags', kinds: ['list'] },
    ]);
    expect(columns[1]?.example).toHaveLength(63);
  });

  it('more rejected rows than are listed are counted', async () => {
    const result = await read(
      'a.jsonl',
      jsonl(row(0), ...Array.from({ length: 10_500 }, () => ({ ...row(1), chosen: '' }))),
    );
    expect(result.rejected).toHaveLength(10_000);
    expect(result.reasons).toEqual({ 'data/empty-chosen': 10_500 });
  });
});

describe('a mapping by hand', () => {
  const mapping = (text: string) => {
    const checked = mappingFromText(text);
    if (!checked.ok) throw new Error(checked.issues[0]?.expected);
    return { mapping: checked.value };
  };
  const named = jsonl({ question: 'Why?', good: 'Because.', bad: 'No.', by: 3, deep: { er: 'Deeper.' } });

  it('reads any columns, and paths into them', async () => {
    const result = await read(
      'a.jsonl',
      named,
      mapping('prompt=question,chosen=good,rejected=bad,margin=by'),
    );
    expect(unpacked(result.pairs)).toEqual([
      { prompt: 'Why?', chosen: 'Because.', rejected: 'No.', margin: 3, line: 1 },
    ]);
    const deeper = await read('a.jsonl', named, mapping('chosen=deep.er,rejected=bad'));
    expect(unpacked(deeper.pairs)).toMatchObject([{ prompt: '', chosen: 'Deeper.', rejected: 'No.' }]);
  });

  it('reads completions with labels', async () => {
    const text = jsonl({ q: 'Why?', said: 'Because.', ok: true }, { q: 'Why?', said: 'No.', ok: false });
    const result = await read('a.jsonl', text, mapping('prompt=q,completion=said,label=ok'));
    expect(unpacked(result.pairs)).toMatchObject([{ prompt: 'Why?', chosen: 'Because.', rejected: 'No.' }]);
  });

  it('turns chosen and rejected around where that is wished', async () => {
    const result = await read(
      'a.jsonl',
      jsonl(row(1)),
      mapping('prompt=prompt,chosen=rejected,rejected=chosen'),
    );
    expect(unpacked(result.pairs)).toMatchObject([{ chosen: 'bad answer 1' }]);
  });

  it('of a column that the file lacks is an issue of the file', async () => {
    const result = await read('a.jsonl', named, mapping('chosen=better,rejected=bad'));
    expect(result.issues).toMatchObject([
      { code: 'data/mapping', received: "'better'", expected: expect.stringContaining("'good'") as string },
    ]);
    expect(countOf(result.pairs)).toBe(0);
  });

  it.each([
    ['prompt', 'ROLE=COLUMN'],
    ['prompt=', 'ROLE=COLUMN'],
    ['best=a,chosen=b', 'one of prompt'],
    ['chosen=a', 'chosen and rejected'],
    ['chosen=a,rejected=a', 'two columns'],
    ['chosen=a,chosen=b,rejected=c', 'each role once'],
    ['completion=a,label=b', 'prompt, completion and label'],
    ['prompt=a,completion=b,label=c,chosen=d', 'prompt, completion and label'],
  ])('%s is refused', (text, expected) => {
    const checked = mappingFromText(text);
    expect(checked.ok ? null : checked.issues[0]?.expected).toContain(expected);
  });
});

describe('on the way', () => {
  const content = jsonl(...rows(40_000));

  it('tells how far it is, to the end', async () => {
    const told: ReadProgress[] = [];
    await read('a.jsonl', content, { progress: (one) => told.push(one) });
    expect(told.length).toBeGreaterThan(2);
    for (const [i, one] of told.entries()) expect(one.read).toBeGreaterThanOrEqual(told[i - 1]?.read ?? 0);
    expect(told.at(-1)).toEqual({
      read: content.length,
      size: content.length,
      rows: 40_000,
      pairs: 40_000,
      rejected: 0,
    });
  });

  it.each(['a.jsonl', 'a.jsonl.gz', 'a.json', 'a.csv', 'a.parquet'])(
    'stops when it is told to: %s',
    async (name) => {
      const contents: Record<string, Content> = {
        'a.jsonl': content,
        'a.jsonl.gz': gz(content),
        'a.json': JSON.stringify(rows(40_000)),
        'a.csv': csv(rows(40_000)),
        'a.parquet': parquet(rows(4000), 'SNAPPY', 1000),
      };
      const stop = new AbortController();
      let last = 0;
      const reading = read(name, contents[name] as Content, {
        signal: stop.signal,
        progress: ({ rows }) => {
          last = rows;
          stop.abort();
        },
      });
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
      expect(last).toBeLessThan(name === 'a.parquet' ? 4000 : 40_000);
    },
  );

  it('a file that vanishes is an issue, and what was read stays', async () => {
    const bytes = bytesOf(content);
    const source = {
      ...blobSource('a.jsonl', new Blob([bytes])),
      read: (start: number, end: number) =>
        start < 2 ** 20
          ? Promise.resolve(bytes.slice(start, end))
          : Promise.reject(new Error('NotReadableError')),
    };
    const result = await readPreferences(source);
    expect(result.issues).toMatchObject([{ code: 'data/unreadable', at: 'byte 1048576' }]);
    expect(countOf(result.pairs)).toBeGreaterThan(1000);
  });

  it('stops at a million pairs, and keeps them', async () => {
    const result = await read('a.csv', `chosen,rejected\n${'a,b\n'.repeat(1_000_010)}`);
    expect(result.issues).toMatchObject([{ code: 'data/too-large' }]);
    expect(countOf(result.pairs)).toBe(1_000_000);
    expect(result.summary.duplicates).toBe(999_999);
  });
});

it('packed pairs come back as they were', () => {
  const pairs = [
    { prompt: '', chosen: 'é😀', rejected: '\u0000', margin: 0, line: 1 },
    { prompt: 'x'.repeat(70_000), chosen: 'a', rejected: 'b', margin: null, line: 4_000_000_000 },
    ...Array.from({ length: 600 }, (_, i) => ({
      prompt: `p${i}`,
      chosen: 'c',
      rejected: 'r',
      margin: -i,
      line: i,
    })),
  ];
  expect(unpacked(packed(pairs))).toEqual(pairs);
  expect(() => pairAt(packed(pairs), 602)).toThrow(RangeError);
});

it('1,200 damaged files: none throws, and each says what is wrong or gives pairs', async () => {
  const good: [string, Uint8Array][] = [
    ['a.jsonl', bytesOf(jsonl(...rows(6)))],
    ['a.json', bytesOf(JSON.stringify({ rows: rows(6) }, null, 1))],
    ['a.csv', bytesOf(csv(rows(6)))],
    ['a.parquet', parquet(rows(6))],
    ['a.jsonl.gz', gz(jsonl(...rows(6)))],
    [
      'talks.jsonl',
      bytesOf(
        jsonl({
          chosen: [
            { role: 'user', content: 'q' },
            { role: 'assistant', content: 'a' },
          ],
          rejected: [
            { role: 'user', content: 'q' },
            { role: 'assistant', content: 'b' },
          ],
        }),
      ),
    ],
  ];
  const draw = stream(1, 'data');
  const below = (most: number): number => draw.integer(most);
  for (let i = 0; i < 1200; i++) {
    const [name, bytes] = good[i % good.length] as [string, Uint8Array];
    let damaged = bytes.slice();
    for (let k = below(4); k >= 0; k--) damaged[below(damaged.length)] = below(256);
    if (below(3) === 0) damaged = damaged.slice(0, below(damaged.length));
    const result = await read(name, damaged);
    const said = result.issues.length + result.rejected.length;
    expect({ i, fine: said > 0 || countOf(result.pairs) > 0 }).toEqual({ i, fine: true });
  }
});
