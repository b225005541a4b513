/** Comma-separated values as RFC 4180 has them, safe to open in a spreadsheet. */

export type Cell = string | number | null;

/** A header line, then one line a row; lines end with CR LF. Null and what is not a number are empty cells. */
export function csv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet takes text that begins with one of these for a formula, which could call out: a quote before it keeps it text. */
const FORMULA = /^[=+\-@\t\r\n]/;

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
