/**
 * Finds the rows of a JSON document while it streams by: the members of a list at the top, of lists under the keys
 * below, or top-level objects one after another. Only finds where they begin and end; JSON.parse reads each.
 */
import { DEEPEST, LONGEST_ROW } from '../limits.ts';

/** Keys of a document under which a list of rows may lie. */
export const ROW_KEYS: ReadonlySet<string> = new Set(
  'rows data train test validation examples records items results tasks instances samples pairs dataset'.split(
    ' ',
  ),
);

export type Found = { text: string } | { problem: 'data/row-too-long' | 'data/too-deep' };

type Place =
  /** Between values at the top. */
  | 'top'
  /** Between the rows of a list. */
  | 'list'
  /** In an object at the top, before a key. */
  | 'object'
  | 'colon'
  /** Before the value of a key of that object. */
  | 'value';

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];

export class JsonScanner {
  #place: Place = 'top';
  #text = '';
  #at = 0;
  /** Where the value in hand began; -1 between values. */
  #start = -1;
  #depth = 0;
  #deepest = 0;
  #inString = false;
  #isLong = false;
  /** The list in hand lies in an object. */
  #inObject = false;
  #key = '';
  /** Where the object at the top began; -1 when it gave a list of rows, or is too long to be a row. */
  #objectStart = -1;
  #objectGave = false;

  constructor(private readonly found: (row: Found) => void) {}

  /** Nothing is open: the document may end here. */
  get done(): boolean {
    return this.#place === 'top' && this.#start < 0;
  }

  /** Returns what stands where a value should, or null. */
  feed(piece: string): string | null {
    this.#forget();
    this.#text += piece;
    while (this.#at < this.#text.length) {
      if (this.#start >= 0) {
        if (!this.#skip()) return null;
        continue;
      }
      const code = this.#text.charCodeAt(this.#at);
      if (code === 32 || code === 10 || code === 13 || code === 9) this.#at++;
      else if (!this.#step(code)) return this.#text[this.#at] as string;
    }
    return null;
  }

  /** Between values. False: this character may not stand here. */
  #step(code: number): boolean {
    const at = this.#at;
    switch (this.#place) {
      case 'top':
        if (code === COMMA) return false;
        if (code === OPEN_LIST) this.#enter('list', false);
        else if (code === OPEN) {
          this.#objectStart = at;
          this.#objectGave = false;
          this.#place = 'object';
        } else return false;
        break;
      case 'list':
        if (code === CLOSE_LIST) this.#place = this.#inObject ? 'object' : 'top';
        else if (code === CLOSE) return false;
        else if (code !== COMMA) return this.#begin();
        break;
      case 'object':
        if (code === CLOSE) this.#endObject();
        else if (code === QUOTE) return this.#begin();
        else if (code !== COMMA) return false;
        break;
      case 'colon':
        if (code !== COLON) return false;
        this.#place = 'value';
        break;
      case 'value':
        if (code !== OPEN_LIST || !ROW_KEYS.has(this.#key)) return this.#begin();
        this.#objectGave = true;
        this.#objectStart = -1;
        this.#enter('list', true);
        break;
    }
    this.#at++;
    return true;
  }

  #enter(place: Place, inObject: boolean): void {
    this.#place = place;
    this.#inObject = inObject;
  }

  #begin(): true {
    this.#start = this.#at;
    this.#depth = 0;
    this.#deepest = 0;
    this.#inString = false;
    this.#isLong = false;
    return true;
  }

  /** On through the value in hand; false when it goes on in the next piece. */
  #skip(): boolean {
    const text = this.#text;
    let at = this.#at;
    while (at < text.length) {
      if (this.#inString) {
        const end = closingQuote(text, at);
        if (end < 0) {
          // a backslash at the very end belongs to what comes next
          at = text.charCodeAt(text.length - 1) === BACKSLASH ? beforeBackslashes(text) : text.length;
          break;
        }
        this.#inString = false;
        at = end + 1;
        if (this.#depth === 0) return this.#end(at);
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) this.#inString = true;
      else if (code === OPEN || code === OPEN_LIST) {
        this.#depth++;
        if (this.#depth > this.#deepest) this.#deepest = this.#depth;
      } else if (code === CLOSE || code === CLOSE_LIST) {
        if (this.#depth === 0) return this.#end(at);
        if (--this.#depth === 0) return this.#end(at + 1);
      } else if (code === COMMA && this.#depth === 0) return this.#end(at);
      at++;
    }
    this.#at = at;
    return false;
  }

  #end(at: number): true {
    const start = this.#start;
    this.#at = at;
    this.#start = -1;
    if (this.#place === 'list') {
      if (this.#isLong || at - start > LONGEST_ROW) this.found({ problem: 'data/row-too-long' });
      else if (this.#deepest > DEEPEST) this.found({ problem: 'data/too-deep' });
      else this.found({ text: this.#text.slice(start, at) });
    } else if (this.#place === 'object') {
      this.#key = this.#text.slice(start + 1, at - 1);
      this.#place = 'colon';
    } else this.#place = 'object';
    return true;
  }

  #endObject(): void {
    this.#place = 'top';
    if (this.#objectGave) return;
    if (this.#objectStart < 0) this.found({ problem: 'data/row-too-long' });
    else this.found({ text: this.#text.slice(this.#objectStart, this.#at + 1) });
    this.#objectStart = -1;
  }

  /** Drops what has been read, and rows that grow too long. */
  #forget(): void {
    if (this.#objectStart >= 0 && this.#at - this.#objectStart > LONGEST_ROW) this.#objectStart = -1;
    if (this.#start >= 0 && this.#at - this.#start > LONGEST_ROW) {
      this.#isLong = true;
      this.#start = this.#at;
    }
    const from = Math.min(...[this.#at, this.#start, this.#objectStart].filter((mark) => mark >= 0));
    this.#text = this.#text.slice(from);
    this.#at -= from;
    if (this.#start >= 0) this.#start -= from;
    if (this.#objectStart >= 0) this.#objectStart -= from;
  }
}

/** The quote that ends a string whose inside `from` lies in; -1 when it is not there. */
function closingQuote(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let back = end - 1;
    while (back >= from && text.charCodeAt(back) === BACKSLASH) back--;
    if ((end - back) % 2 === 1) return end;
  }
  return -1;
}

function beforeBackslashes(text: string): number {
  let at = text.length;
  while (at > 0 && text.charCodeAt(at - 1) === BACKSLASH) at--;
  return at;
}
