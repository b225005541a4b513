/** What the page and the worker that reads files say to each other. Types only. */
import type { ReadProgress, ReadResult } from '../data/read/read.ts';
import type { Mapping } from '../data/shapes/shape.ts';
import type { Reply } from './protocol.ts';

export interface ReadRequest {
  /** For people; its ending helps where the bytes allow several formats. */
  name: string;
  file: Blob;
  /** Columns by hand, in place of a shape that is found. */
  mapping: Mapping | null;
}

/** `stopped`: the page wished it, and has ended the worker. */
export type ReadReply = Reply<ReadResult> | { ok: false; stopped: true };

export interface DataApi {
  /** Throws StateError where the page is of another build. */
  hello(build: string): void;
  /** The pairs of the result are handed over, not copied. */
  read(request: ReadRequest, progress: (progress: ReadProgress) => void): Promise<Reply<ReadResult>>;
}
