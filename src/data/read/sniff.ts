/** What a file is, by its first bytes; its name only decides where they allow both. */
import type { Issue } from '../../base/errors.ts';
import type { ProblemCode } from '../problems.ts';
import { fileIssue } from '../problems.ts';
import { ROW_KEYS } from './json-scan.ts';

export type TextFormat = 'jsonl' | 'json' | 'csv' | 'tsv';
export type Format = TextFormat | 'parquet';

/** `bytes` as text of Latin-1, at `at` (0 where left out). */
interface Magic {
  bytes: string;
  at?: number;
  is: string;
  code?: ProblemCode;
}

/** Files that people drop by mistake. */
const OTHERS: readonly Magic[] = [
  { bytes: 'PK\x03\x04', is: 'a ZIP archive (also .xlsx, .npz, .pt)', code: 'data/archive' },
  { bytes: 'PK\x05\x06', is: 'an empty ZIP archive', code: 'data/archive' },
  { bytes: '7z\xbc\xaf\x27\x1c', is: 'a 7z archive', code: 'data/archive' },
  { bytes: 'Rar!', is: 'a RAR archive', code: 'data/archive' },
  { bytes: '\xfd7zXZ\x00', is: 'an .xz file', code: 'data/archive' },
  { bytes: 'BZh', is: 'a .bz2 file', code: 'data/archive' },
  { bytes: '\x28\xb5\x2f\xfd', is: 'a Zstandard file', code: 'data/archive' },
  { bytes: '\x1f\x8b', is: 'a .gz file inside a .gz file', code: 'data/archive' },
  { bytes: 'ustar', at: 257, is: 'a tar archive', code: 'data/archive' },
  { bytes: '%PDF', is: 'a PDF' },
  { bytes: '\x89PNG', is: 'a picture (PNG)' },
  { bytes: '\xff\xd8\xff', is: 'a picture (JPEG)' },
  { bytes: 'GIF8', is: 'a picture (GIF)' },
  { bytes: 'RIFF', is: 'sound or a picture (RIFF)' },
  { bytes: 'ID3', is: 'sound (MP3)' },
  { bytes: 'OggS', is: 'sound (Ogg)' },
  { bytes: 'GGUF', is: 'a model (GGUF)' },
  { bytes: '\x89HDF', is: 'an HDF5 file' },
  { bytes: '\x93NUMPY', is: 'a NumPy array' },
  { bytes: 'ARROW1', is: 'an Arrow or Feather file; Parquet is read' },
  { bytes: '\xff\xff\xff\xff', is: "an Arrow stream (a Hugging Face data set's cache); Parquet is read" },
  { bytes: 'Obj\x01', is: 'an Avro file' },
  { bytes: 'ORC', is: 'an ORC file' },
  { bytes: 'SQLite format 3', is: 'an SQLite database' },
  { bytes: '\xd0\xcf\x11\xe0', is: 'an old Office document' },
  { bytes: '{\\rtf', is: 'a Rich Text document' },
  { bytes: '\x7fELF', is: 'a program' },
  { bytes: 'MZ\x90', is: 'a program' },
  { bytes: '\x00asm', is: 'a WebAssembly module' },
  { bytes: '\x80\x02', is: 'a Python pickle' },
  { bytes: '\x80\x03', is: 'a Python pickle' },
  { bytes: '\x80\x04', is: 'a Python pickle' },
  { bytes: '\x80\x05', is: 'a Python pickle' },
  { bytes: 'version https://git-lfs', is: 'a Git LFS pointer instead of the file (git lfs pull fetches it)' },
];

/** In text, after blanks, whatever the case. */
const OTHER_TEXTS: readonly [RegExp, string][] = [
  [/^<(!doctype html|html|head|body)/i, 'a web page (was the download a login page?)'],
  [/^<\?xml|^<svg/i, 'XML'],
  [/^---\r?\n[a-z_]+:/i, 'YAML or a data card (README.md)'],
  [/^#!|^import |^from \w+ import /, 'a program'],
];

export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;
export const isParquet = (head: Uint8Array): boolean => startsWith(head, 'PAR1');

function startsWith(head: Uint8Array, bytes: string, at = 0): boolean {
  for (let i = 0; i < bytes.length; i++) if (head[at + i] !== bytes.charCodeAt(i)) return false;
  return true;
}

/** What is wrong with a file as a whole, or null: then it is text of UTF-8 as far as the head goes. */
export function troubleOf(name: string, head: Uint8Array): Issue | null {
  if (head.length === 0) return fileIssue('data/empty-file', name, 'at least one row', 'no bytes');
  const other = OTHERS.find(({ bytes, at }) => startsWith(head, bytes, at));
  if (other) return fileIssue(other.code ?? 'data/wrong-kind', name, 'rows of text', other.is);
  if (startsWith(head, 'PAR1') || startsWith(head, 'PARE')) {
    return fileIssue('data/archive', name, 'rows of text', 'Parquet in a .gz file, or encrypted');
  }
  const utf16 = utf16Of(head);
  if (utf16) return fileIssue('data/not-utf8-file', name, 'UTF-8', utf16);
  // the length of a header in 8 bytes, then that header as JSON
  if (head[8] === 0x7b && head[7] === 0 && head[6] === 0) {
    return fileIssue('data/wrong-kind', name, 'rows of text', 'a model (safetensors)');
  }
  if (head.subarray(0, 4096).includes(0)) {
    const is = /\.onnx(\.gz)?$/i.test(name) ? 'a model (ONNX)' : 'bytes that are no text';
    return fileIssue('data/wrong-kind', name, 'rows of text', is);
  }
  if (/\.onnx(\.gz)?$/i.test(name))
    return fileIssue('data/wrong-kind', name, 'rows of text', 'a model (ONNX)');
  const text = headText(head).trimStart();
  if (text === '') return fileIssue('data/empty-file', name, 'at least one row', 'only blanks');
  const [, is] = OTHER_TEXTS.find(([pattern]) => pattern.test(text)) ?? [];
  return is === undefined ? null : fileIssue('data/wrong-kind', name, 'rows of text', is);
}

function utf16Of(head: Uint8Array): string | null {
  if (head[0] === 0xff && head[1] === 0xfe) return head[2] === 0 && head[3] === 0 ? 'UTF-32' : 'UTF-16';
  if (head[0] === 0xfe && head[1] === 0xff) return 'UTF-16';
  if (head.length < 8) return null;
  const zero = [0, 0];
  const even = Math.min(head.length, 512) & ~1;
  for (let i = 0; i < even; i++) if (head[i] === 0) zero[i & 1]!++;
  const [first, second] = zero as [number, number];
  // one byte of every two, as in UTF-16 of European text
  const most = Math.max(first, second);
  return most >= even / 4 && Math.min(first, second) === 0 ? 'UTF-16' : null;
}

export const headText = (head: Uint8Array): string => new TextDecoder('utf-8').decode(head); // drops a byte order mark; a cut last character is no matter

/** `whole`: the head is the whole file. Null: neither JSON nor a table. */
export function formatOf(name: string, head: Uint8Array, whole: boolean): TextFormat | null {
  const text = headText(head);
  const start = text.search(/\S/);
  const first = text[start];
  const ending = /\.(jsonl|ndjson|json|csv|tsv|tab)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  if (ending !== 'csv' && ending !== 'tsv' && ending !== 'tab') {
    if (first === '[') return ending === 'jsonl' && !startsArrayOfRows(text, start) ? 'jsonl' : 'json';
    if (first === '{') return linesOrDocument(text.slice(start), whole);
    if (ending === 'jsonl' || ending === 'ndjson') return 'jsonl';
    if (ending === 'json') return 'json';
  }
  return tableFormat(text, ending);
}

const startsArrayOfRows = (text: string, start: number): boolean => /^\[\s*(\{|\]|$)/.test(text.slice(start));

/** Text that begins with `{`: an object a line, or a document over lines (or one line with all rows in a list). */
function linesOrDocument(text: string, whole: boolean): TextFormat {
  const [, key] = /^\{\s*"([^"\\]*)"\s*:\s*\[/.exec(text) ?? [];
  if (key !== undefined && ROW_KEYS.has(key)) return 'json';
  const end = text.indexOf('\n');
  if (end < 0 && !whole) return 'json';
  const line = end < 0 ? text : text.slice(0, end);
  const rest = end < 0 ? '' : text.slice(end).trimStart();
  try {
    JSON.parse(line);
    return rest === '' && whole ? 'json' : 'jsonl';
  } catch {
    // a broken first line of JSONL is followed by whole ones; a document goes on with a key or a list
    return rest.startsWith('{') && /^\{.*\}\s*$/.test(rest.split('\n', 1)[0] as string)
      ? 'jsonl'
      : /\}\s*$/.test(line)
        ? 'jsonl'
        : 'json';
  }
}

function tableFormat(text: string, ending: string | undefined): TextFormat | null {
  const header = text.split(/\r\n|\r|\n/, 1)[0] as string;
  const count = (mark: string): number => header.split(mark).length - 1;
  if (ending === 'tsv' || ending === 'tab') return 'tsv';
  if (count('\t') > Math.max(count(','), count(';'))) return 'tsv';
  if (ending === 'csv' || count(',') > 0 || count(';') > 0) return 'csv';
  return null;
}
