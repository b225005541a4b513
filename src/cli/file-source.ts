/** A file on disk as a source of bytes. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { readPreferences, type ReadOptions, type ReadResult } from '../data/read/read.ts';
import type { ByteSource } from '../data/read/source.ts';
import { mistake } from './input.ts';
import { watched } from './watchdog.ts';

/** Without any progress; a row group of Parquet is read in one go. */
const SILENCE_SECONDS = 120;

/** A preference file on disk. Throws InvalidInputError where there is none; ends the program where reading stands still. */
export function readPreferenceFile(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  return withFile(path, (source) =>
    watched(source.name, SILENCE_SECONDS, (alive) =>
      readPreferences(source, { ...options, progress: alive }),
    ),
  );
}

/** Opens a file and closes it when `use` is through with it. Throws InvalidInputError where there is no such file. */
export async function withFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error: unknown) => {
    throw mistake('no-file', path, 'a file that can be read', String(error), 'Check the path.');
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw mistake('no-file', path, 'a file', 'something else', 'Name one file.');
    return await use({
      name: basename(path),
      size: stat.size,
      read: async (start, end) => {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error(`the file ends at byte ${start + bytesRead}`);
        return bytes;
      },
    });
  } finally {
    await file.close();
  }
}
