/** Preference files made in tests. */
import { gzipSync } from 'node:zlib';
import type { ReadOptions, ReadResult } from '../../src/data/read/read.ts';
import { readPreferences } from '../../src/data/read/read.ts';
import { blobSource } from '../../src/data/read/source.ts';

export type Content = string | Uint8Array;

export const bytesOf = (content: Content): Uint8Array<ArrayBuffer> =>
  new Uint8Array(typeof content === 'string' ? new TextEncoder().encode(content) : content);

export const joined = (...parts: Content[]): Uint8Array => Buffer.concat(parts.map(bytesOf));

export const read = (name: string, content: Content, options?: ReadOptions): Promise<ReadResult> =>
  readPreferences(blobSource(name, new Blob([bytesOf(content)])), options);

export const gz = (content: Content): Uint8Array => gzipSync(bytesOf(content));

/** A row as it should be; `i` tells rows apart. */
export const row = (i: number, more: object = {}): object => ({
  prompt: `question ${i}`,
  chosen: `good answer ${i}`,
  rejected: `bad answer ${i}`,
  ...more,
});

export const rows = (count: number, from = 0): object[] =>
  Array.from({ length: count }, (_, i) => row(from + i));

export const jsonl = (...all: (object | string)[]): string =>
  all.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');

const quoted = (value: unknown): string => `"${String(value).replaceAll('"', '""')}"`;

/** A table with the first row's keys as its header. */
export const csv = (all: readonly object[], mark = ','): string =>
  [Object.keys(all[0] as object), ...all.map((one) => Object.values(one))]
    .map((cells) => `${cells.map(quoted).join(mark)}\n`)
    .join('');
