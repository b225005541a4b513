/** A file's bytes, read piece by piece; .gz files are unfolded on the way. */
import { MOST_UNFOLDED } from '../limits.ts';
import type { Problem } from '../problems.ts';
import { problem, shown } from '../problems.ts';

/** A file in the browser and a file in Node look the same from here. */
export interface ByteSource {
  name: string;
  /** Bytes. */
  size: number;
  /** Bytes from `start` up to, without, `end`. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** Thrown while bytes are read; what was read before stays. */
export class SourceProblem extends Error {
  override readonly name = 'SourceProblem';

  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** The same source, whose failures are problems of the file. */
export function careful(source: ByteSource): ByteSource {
  const { name, size } = source;
  return {
    name,
    size,
    read: (start, end) =>
      source.read(start, end).catch((error: unknown) => {
        throw new SourceProblem(
          problem('data/unreadable', `byte ${start}`, 'a readable file', reasonOf(error)),
        );
      }),
  };
}

const PIECE = 2 ** 20;

/** Called with the number of the file's own bytes that have been read. */
type Progress = (bytes: number) => void;

export async function* plainPieces(
  source: ByteSource,
  progress: Progress,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < source.size; start += PIECE) {
    const end = Math.min(start + PIECE, source.size);
    const piece = await source.read(start, end);
    progress(end);
    yield piece;
  }
}

/** A piece of a .gz file unfolds a thousandfold at most; small pieces bound what waits. */
const GZIP_PIECE = 64 * 1024;

export async function* unfoldedPieces(
  source: ByteSource,
  progress: Progress,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { writable, readable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  let unfolded = 0;
  // A stream that fails forgets what nobody has fetched yet, so everything is fetched as soon as it is there.
  const fetched = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      waiting.push(value);
    }
  })().catch((error: unknown) => error);
  const damaged = (error: unknown): SourceProblem =>
    new SourceProblem(
      problem('data/gzip', `after ${unfolded} bytes of text`, 'a whole .gz file', reasonOf(error)),
    );
  let failure: unknown = null;
  try {
    for (let start = 0; start < source.size && failure === null; start += GZIP_PIECE) {
      const end = Math.min(start + GZIP_PIECE, source.size);
      const piece = await source.read(start, end);
      await writer.write(piece).catch((error: unknown) => (failure = error));
      for (const one of waiting.splice(0)) {
        unfolded += one.length;
        if (unfolded > MOST_UNFOLDED) {
          throw new SourceProblem(
            problem('data/too-large', 'the file', `at most ${MOST_UNFOLDED} bytes, unfolded`, 'more'),
          );
        }
        yield one;
      }
      progress(end);
    }
    await turn();
    if (failure === null) await writer.close().catch((error: unknown) => (failure = error));
    failure ??= await fetched;
    yield* waiting.splice(0);
    if (failure !== null) throw damaged(failure);
  } finally {
    await Promise.allSettled([writer.abort(), reader.cancel()]);
  }
}

const reasonOf = (error: unknown): string => shown(error instanceof Error ? error.message : String(error));

/** A turn of the event loop, in which what has been unfolded arrives. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
