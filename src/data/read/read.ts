/** Reads a preference file of any known format and shape. Never throws for what a file holds; every problem is data. */
import type { Issue } from '../../base/errors.ts';
import { HEAD } from '../limits.ts';
import type { ProblemCode } from '../problems.ts';
import { fileIssue } from '../problems.ts';
import type { Mapping } from '../shapes/shape.ts';
import type { Column, Rejected } from './collect.ts';
import { Collector } from './collect.ts';
import { readJson } from './json.ts';
import { readJsonl } from './jsonl.ts';
import type { PackedPairs } from './packed.ts';
import { packed } from './packed.ts';
import type { Format, TextFormat } from './sniff.ts';
import { formatOf, isGzip, isParquet, troubleOf } from './sniff.ts';
import type { ByteSource } from './source.ts';
import { SourceProblem, careful, plainPieces, unfoldedPieces } from './source.ts';
import type { PairSummary } from './summary.ts';
import { summaryOf } from './summary.ts';

export interface ReadProgress {
  /** Of the file's own bytes. */
  read: number;
  size: number;
  rows: number;
  pairs: number;
  rejected: number;
}

export interface ReadOptions {
  /** Columns by hand, in place of a shape that is found. */
  mapping?: Mapping;
  /** Aborted: reading ends with its reason thrown, and nothing is kept. */
  signal?: AbortSignal;
  progress?: (progress: ReadProgress) => void;
}

export interface ReadResult {
  name: string;
  format: Format | null;
  gzip: boolean;
  /** The file's own bytes. */
  bytes: number;
  /** What rows are counted in: lines of JSONL and tables, rows of JSON and Parquet. */
  unit: 'line' | 'row';
  rows: number;
  shape: { name: string; becomes: string } | null;
  /** Which columns were read as what; null where no shape was found. */
  mapping: Mapping | null;
  columns: Column[];
  pairs: PackedPairs;
  summary: PairSummary;
  /** The first rows that were left out, by line; `reasons` counts all of them. */
  rejected: Rejected[];
  reasons: Partial<Record<ProblemCode, number>>;
  /** What is wrong with the file as a whole; what was read before stays. */
  issues: Issue[];
}

export async function readPreferences(file: ByteSource, options: ReadOptions = {}): Promise<ReadResult> {
  const source = careful(file);
  const { signal, progress, mapping = null } = options;
  let collector: Collector | null = null;
  let read = 0;
  const tell = (bytes: number): void => {
    signal?.throwIfAborted();
    read = bytes;
    progress?.({ read, size: source.size, ...countsOf(collector) });
  };
  const ending = { gzip: false, format: null as Format | null, issues: [] as Issue[] };
  try {
    const head = await source.read(0, Math.min(HEAD, source.size));
    signal?.throwIfAborted();
    const gzip = isGzip(head);
    ending.gzip = gzip;
    if (isParquet(head)) {
      ending.format = 'parquet';
      collector = new Collector(source.name, 'row', mapping);
      const { readParquet } = await import('./parquet.ts');
      await readParquet(source, tell, collector);
    } else {
      const pieces = gzip ? unfoldedPieces(source, tell) : plainPieces(source, tell);
      const { start, all } = await withHead(pieces);
      const trouble = troubleOf(source.name, start);
      const format = trouble ? null : formatOf(source.name, start, start.length < HEAD);
      ending.format = format;
      if (trouble) ending.issues.push(trouble);
      else if (format === null) {
        ending.issues.push(
          fileIssue('data/unknown-format', source.name, 'JSON lines, JSON or a table', 'other text'),
        );
      } else {
        collector = new Collector(source.name, format === 'json' ? 'row' : 'line', mapping);
        await readRows(format, all, collector);
      }
    }
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    const { code, field, expected, received } = error.problem;
    ending.issues.push(fileIssue(code, field, expected, received));
  }
  collector?.finish();
  tell(source.size);
  return resultOf(source, collector, ending);
}

async function readRows(
  format: TextFormat,
  pieces: AsyncIterable<Uint8Array>,
  collector: Collector,
): Promise<void> {
  if (format === 'jsonl') return readJsonl(pieces, collector);
  if (format === 'json') return readJson(pieces, collector);
  const { readTable } = await import('./csv.ts');
  return readTable(pieces, collector);
}

/** The first bytes, to look at, and all of them from the start, to read. */
async function withHead(
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ start: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const first: Uint8Array[] = [];
  let failure: SourceProblem | null = null;
  let bytes = 0;
  while (bytes < HEAD) {
    try {
      const { done, value } = await pieces.next();
      if (done) break;
      first.push(value);
      bytes += value.length;
    } catch (error) {
      if (!(error instanceof SourceProblem) || bytes === 0) throw error;
      failure = error; // what came before it is read first
      break;
    }
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* first;
      if (failure !== null) throw failure;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  }
  const start = new Uint8Array(bytes);
  let at = 0;
  for (const piece of first) {
    start.set(piece, at);
    at += piece.length;
  }
  return { start: start.subarray(0, HEAD), all: all() };
}

const countsOf = (collector: Collector | null): Omit<ReadProgress, 'read' | 'size'> => ({
  rows: collector?.rows ?? 0,
  pairs: collector?.packer.count ?? 0,
  rejected: Object.values(collector?.reasons ?? {}).reduce((sum, count) => sum + count, 0),
});

function resultOf(
  source: ByteSource,
  collector: Collector | null,
  ending: { gzip: boolean; format: Format | null; issues: Issue[] },
): ReadResult {
  const pairs = collector?.packer.finish() ?? packed([]);
  return {
    name: source.name,
    format: ending.format,
    gzip: ending.gzip,
    bytes: source.size,
    unit: ending.format === 'json' || ending.format === 'parquet' ? 'row' : 'line',
    rows: collector?.rows ?? 0,
    shape: collector?.shape ? { name: collector.shape.name, becomes: collector.shape.becomes } : null,
    mapping: collector?.mapping ?? null,
    columns: collector?.columns ?? [],
    pairs,
    summary: summaryOf(pairs),
    rejected: collector?.rejected ?? [],
    reasons: collector?.reasons ?? {},
    issues: [...(collector?.issues ?? []), ...ending.issues],
  };
}
