/** Tables of text, by Papa Parse: a header line, then rows. Line ends become \n, inside of quotes too. */
import Papa from 'papaparse';
import { LONGEST_ROW } from '../limits.ts';
import { problem, shown } from '../problems.ts';
import { notUtf8, tooLong } from './jsonl.ts';
import { lineBlocks } from './lines.ts';
import type { RowSink } from './rows.ts';

/** Papa Parse's parser of pieces of text, which `Papa.parse` itself is made of. */
interface Parsed {
  data: string[][];
  errors: { code: string; row?: number }[];
  meta: { cursor: number };
}

export async function readTable(pieces: AsyncIterable<Uint8Array>, sink: RowSink): Promise<void> {
  let table: Table | null = null;
  let held = '';
  let line = 1;
  const broken = new Set<number>();
  for await (const lines of lineBlocks(pieces)) {
    if ('long' in lines) {
      sink.reject(lines.long, tooLong());
      held = '';
      line = lines.long + 1;
      continue;
    }
    if (held === '') ({ line } = lines.block);
    const { text } = lines.block;
    held += text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    for (const one of lines.block.broken) broken.add(one);
    table ??= new Table(delimiterOf(held), sink, broken);
    ({ held, line } = table.read(held, line, true));
    if (held.length > LONGEST_ROW) {
      sink.fail(
        problem('data/quotes', `line ${line}`, 'a closing quote', `${held.length} characters without one`),
      );
      return;
    }
    if (sink.full) return;
  }
  if (held !== '') table?.read(held, line, false);
}

/** The commonest of four in the header line, outside of quotes. */
function delimiterOf(text: string): string {
  const header = (text.split('\n', 1)[0] as string).replace(/"[^"]*"/g, '');
  const count = (mark: string): number => header.split(mark).length - 1;
  return [',', '\t', ';', '|'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

class Table {
  #columns: string[] | null = null;

  constructor(
    private readonly delimiter: string,
    private readonly sink: RowSink,
    private readonly broken: ReadonlySet<number>,
  ) {}

  /** `partial`: the last record may go on. Returns what was not read, and its line. */
  read(text: string, first: number, partial: boolean): { held: string; line: number } {
    const parser = new Papa.Parser({ delimiter: this.delimiter, newline: '\n' });
    const { data, errors, meta } = parser.parse(text, 0, partial) as Parsed;
    const unclosed = new Set(
      errors.flatMap(({ code, row }) => (code === 'MissingQuotes' && row !== undefined ? [row] : [])),
    );
    let line = first;
    for (const [i, record] of data.entries()) {
      if (this.sink.full) break;
      const lines = 1 + record.reduce((sum, field) => sum + lineEnds(field), 0);
      this.#record(record, line, lines, unclosed.has(i));
      line += lines;
    }
    return { held: text.slice(meta.cursor), line };
  }

  #record(record: readonly string[], line: number, lines: number, unclosed: boolean): void {
    if (record.length === 1 && (record[0] as string).trim() === '') return;
    if (unclosed) {
      return this.sink.reject(line, problem('data/quotes', '', 'a closing quote', 'the end of the file'));
    }
    for (let i = line; i < line + lines; i++) if (this.broken.has(i)) return this.sink.reject(i, notUtf8());
    if (this.#columns === null) return this.#header(record);
    const columns = this.#columns;
    if (record.length !== columns.length) {
      return this.sink.reject(
        line,
        problem('data/fields', '', `${columns.length} fields`, String(record.length)),
      );
    }
    this.sink.row(Object.fromEntries(columns.map((name, i) => [name, cell(record[i] as string)])), line);
  }

  #header(record: readonly string[]): void {
    this.#columns = record.map((name, i) => name.trim() || `column ${i + 1}`);
    const twice = this.#columns.find((name, i) => this.#columns?.indexOf(name) !== i);
    if (twice === undefined) return;
    this.sink.fail(
      problem('data/duplicate-column', 'the header', 'different names', `${shown(twice)} twice`),
    );
  }
}

function lineEnds(field: string): number {
  let ends = 0;
  for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) ends++;
  return ends;
}

/** A list or object that was written into a cell as JSON is read as what it is. */
function cell(text: string): unknown {
  if (!/^(\[\s*[{"\]]|\{\s*")/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
