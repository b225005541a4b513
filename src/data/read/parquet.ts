/** Parquet by hyparquet, one row group after the other. What the footer claims is checked before anything is read by it. */
import type { FileMetaData, RowGroup } from 'hyparquet';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { compressors } from 'hyparquet-compressors';
import type { Problem } from '../problems.ts';
import { problem, shown } from '../problems.ts';
import type { RowSink } from './rows.ts';
import { SourceProblem, type ByteSource } from './source.ts';

const MOST_ROWS = 10_000_000;
/** A row group is in memory as a whole. */
const MOST_GROUP_ROWS = 2_000_000;
const MOST_GROUP_BYTES = 2 ** 30;

export async function readParquet(
  source: ByteSource,
  progress: (bytes: number) => void,
  sink: RowSink,
): Promise<void> {
  const file = {
    byteLength: source.size,
    slice: async (start: number, end = source.size) => (await source.read(start, end)).buffer,
  };
  let row = 0;
  /** What is read just now, and what it should be: the library's own words of what it met would help nobody. */
  let at = 'the footer';
  let expected = 'a description of rows and columns';
  try {
    const metadata = await parquetMetadataAsync(file);
    const lie = lieOf(metadata, source.size);
    if (lie) return sink.fail(lie);
    const total = Number(metadata.num_rows);
    for (const group of metadata.row_groups) {
      at = `the rows after row ${row}`;
      expected = 'pages within their column';
      const wrong = await pagesLie(source, group);
      if (wrong !== null) return sink.fail(damaged(row, 'pages within their column', wrong));
      const rowStart = row;
      const rowEnd = row + Number(group.num_rows);
      const rows: Record<string, unknown>[] = Array.from({ length: rowEnd - rowStart }, () => ({}));
      // Column by column: hyparquet reads several at once, and leaves the failures of all but one unheard.
      for (const { element } of parquetSchema(metadata).children) {
        const columns = [element.name];
        at = `column ${shown(element.name)} after row ${row}`;
        expected = `${rows.length} values that can be unpacked`;
        const read = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd, columns });
        if (read.length !== rows.length) {
          return sink.fail(damaged(row, `${rows.length} rows`, `${read.length} in ${element.name}`));
        }
        for (const [i, cells] of read.entries()) Object.assign(rows[i] as object, cells);
      }
      for (const one of rows) {
        if (sink.full) return;
        sink.row(one, ++row);
      }
      progress(Math.round((source.size * row) / Math.max(total, 1)));
    }
  } catch (error) {
    if (error instanceof SourceProblem) throw error;
    const early = error instanceof RangeError;
    sink.fail(problem('data/parquet', at, expected, early ? 'bytes that end too early' : 'damaged bytes'));
  }
}

const damaged = (row: number, expected: string, received: string): Problem =>
  problem('data/parquet', row === 0 ? 'the file' : `after row ${row}`, expected, received);

/** What the footer claims and cannot be; null when it may be true. */
function lieOf(metadata: FileMetaData, size: number): Problem | null {
  const lie = (expected: string, received: string): Problem =>
    problem('data/parquet', 'the footer', expected, received);
  const rows = Number(metadata.num_rows);
  if (!(rows >= 0 && rows <= MOST_ROWS)) return lie(`at most ${MOST_ROWS} rows`, String(rows));
  const sum = metadata.row_groups.reduce((all, group) => all + Number(group.num_rows), 0);
  if (sum !== rows) return lie(`${rows} rows`, `row groups with ${sum}`);
  for (const group of metadata.row_groups) {
    const groupRows = Number(group.num_rows);
    if (!(groupRows >= 0 && groupRows <= MOST_GROUP_ROWS)) {
      return lie(`at most ${MOST_GROUP_ROWS} rows a row group`, String(groupRows));
    }
    let bytes = 0;
    for (const { meta_data: column } of group.columns) {
      if (!column) return lie('columns', 'a column without a description');
      const known = column.codec === 'UNCOMPRESSED' || column.codec in compressors;
      if (!known) return lie(Object.keys(compressors).join(', '), `compression ${shown(column.codec)}`);
      const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
      const end = start + Number(column.total_compressed_size);
      if (!(start >= 4 && end >= start && end <= size)) {
        return lie(`columns within ${size} bytes`, `bytes ${start} to ${end}`);
      }
      const unfolded = Number(column.total_uncompressed_size);
      if (!(unfolded >= 0)) return lie('sizes', String(unfolded));
      bytes += unfolded;
    }
    if (!(bytes >= 0 && bytes <= MOST_GROUP_BYTES)) {
      return problem(
        'data/too-large',
        'the footer',
        `at most ${MOST_GROUP_BYTES} bytes a row group`,
        String(bytes),
      );
    }
  }
  return null;
}

/** Walks over the headers of all pages: a size below zero would be read for ever. Gives what is wrong, or null. */
async function pagesLie(source: ByteSource, group: RowGroup): Promise<string | null> {
  for (const { meta_data: column } of group.columns) {
    if (!column) return 'a column without a description';
    const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
    const bytes = await source.read(start, start + Number(column.total_compressed_size));
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    let values = 0;
    while (reader.offset < bytes.length - 1) {
      const header = parquetHeader(reader);
      const { compressed_page_size: size, uncompressed_page_size: unfolded } = header;
      const data = header.data_page_header ?? header.data_page_header_v2;
      const count = data?.num_values ?? header.dictionary_page_header?.num_values ?? 0;
      values += data ? count : 0;
      if (!(size >= 0 && size <= bytes.length - reader.offset)) return `a page of ${size} bytes`;
      if (!(unfolded >= 0 && unfolded <= MOST_GROUP_BYTES)) return `a page of ${unfolded} bytes, unfolded`;
      if (!(count >= 0 && count <= Number(column.num_values))) return `a page of ${count} values`;
      reader.offset += size;
    }
    if (values !== Number(column.num_values)) return `${values} values instead of ${column.num_values}`;
  }
  return null;
}
