/** Folders as zip archives. Reading trusts nothing: an archive may come from a stranger. */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { mistake, quoted } from '../models/checkpoint/mistake.ts';

export type Files = Readonly<Record<string, Uint8Array | string>>;

/** The earliest that a zip can say, so that the same files give the same bytes. */
const EPOCH = new Date(1980, 0, 1, 0, 0, 0);

/** Names are paths with `/`; the same files give the same bytes. */
export function zipOf(files: Files): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(files).map(
    ([name, file]) => [name, typeof file === 'string' ? strToU8(file) : file] as const,
  );
  return new Uint8Array(zipSync(Object.fromEntries(entries), { level: 6, mtime: EPOCH }));
}

/** Most of what an archive may hold: a page must not run out of memory by a small file. */
const MOST_BYTES = 256_000_000;
const MOST_FILES = 200;
const CURE = 'Export the model again, or choose its files one by one.';

/**
 * The files of an archive that `wanted` says yes to, by their path. Refuses names that lead out of the folder, names that
 * occur twice, encrypted entries, and more than it says of itself. Throws CheckpointError.
 */
export function filesOfZip(bytes: Uint8Array, wanted: (path: string) => boolean): Record<string, Uint8Array> {
  const entries = directoryOf(bytes);
  const names = new Set<string>();
  let total = 0;
  for (const { name, size } of entries) {
    checkName(name);
    if (names.has(name)) throw mistake(`zip, file ${quoted(name)}`, 'one entry', 'two of that name', CURE);
    names.add(name);
    if (wanted(name)) total += size;
  }
  if (total > MOST_BYTES)
    throw mistake('zip', `at most ${MOST_BYTES} bytes in all`, `${total} as it says of itself`, CURE);
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, { filter: ({ name }) => wanted(name) });
  } catch (error) {
    throw mistake('zip', 'a whole archive', error instanceof Error ? error.message : String(error), CURE);
  }
  for (const { name, size, checksum } of entries) {
    const file = Object.hasOwn(files, name) ? files[name] : undefined;
    if (file === undefined) {
      if (!wanted(name)) continue;
      throw mistake(`zip, file ${quoted(name)}`, 'its bytes', 'none', CURE);
    }
    if (file.length !== size)
      throw mistake(
        `zip, file ${quoted(name)}`,
        `${size} bytes, as the archive says`,
        `${file.length}`,
        CURE,
      );
    if (crc32(file) !== checksum)
      throw mistake(`zip, file ${quoted(name)}`, 'the bytes that were packed', 'others: the checksum differs', CURE); // prettier-ignore
  }
  return files;
}

interface Entry {
  name: string;
  /** Unpacked, as the archive says. */
  size: number;
  checksum: number;
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;

/** The central directory, read by hand before anything is unpacked. */
function directoryOf(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const [count, start] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
  const here = view.getUint16(end + 8, true);
  if (here !== count)
    throw mistake('zip', 'an archive in one part', `${here} of ${count} entries in this one`, CURE);
  if (count > MOST_FILES) throw mistake('zip', `at most ${MOST_FILES} files`, `${count}`, CURE);
  const entries: Entry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY)
      throw mistake('zip', `${count} entries in its directory`, `${i}`, CURE);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [packed, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw mistake('zip', 'a directory that ends before the archive', 'a longer one', CURE);
    const name = strFromU8(bytes.subarray(at + 46, at + 46 + nameLength));
    const what = `zip, file ${quoted(name)}`;
    if ((flags & 1) !== 0) throw mistake(what, 'no password', 'an encrypted entry', CURE);
    if (method !== 0 && method !== 8)
      throw mistake(what, 'stored or deflated bytes', `compression method ${method}`, CURE);
    const offset = view.getUint32(at + 42, true);
    if (offset + 30 > start || view.getUint32(offset, true) !== LOCAL || offset + 30 + packed > start)
      throw mistake(what, 'its bytes inside the archive', `an offset of ${offset}`, CURE);
    // deflate packs 1032 bytes into one at most: more is a lie that would take memory first
    if (size > 1032 * packed + 1032)
      throw mistake(
        what,
        `at most ${1032 * packed + 1032} bytes from ${packed} packed ones`,
        `${size}`,
        CURE,
      );
    entries.push({ name, size, checksum: view.getUint32(at + 16, true) });
    at = next;
  }
  return entries;
}

/** Where the record lies that ends an archive; a comment of up to 65,535 bytes may follow it. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 65535); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw mistake('zip', 'a zip archive', `${view.byteLength} bytes without its end`, CURE);
}

function checkName(name: string): void {
  const parts = name.split('/');
  const leads = name.startsWith('/') || name.includes('\\') || name.includes('\0') || /^[A-Za-z]:/.test(name);
  if (name !== '' && !leads && parts.every((part, i) => part !== '..' && part !== '.' && (part !== '' || i === parts.length - 1))) return; // prettier-ignore
  throw mistake(`zip, file ${quoted(name)}`, 'a path inside the folder', 'one that leads elsewhere', CURE);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = (TABLE[(c ^ byte) & 0xff] as number) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
