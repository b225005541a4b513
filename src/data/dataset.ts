/**
 * A visitor's own preference data, as text: what every file format is read into, and what vocabularies and worlds are made of.
 * Types only.
 */

/** One comparison. Conversations are written out as text before they get here. */
export interface PreferenceText {
  /** May be empty: then the responses stand alone. */
  prompt: string;
  chosen: string;
  rejected: string;
  /** How much better the chosen response is, in the unit of the file; null where the file does not say. */
  margin: number | null;
  /** Where it began in its file, from 1: line of JSONL and CSV, row of JSON and Parquet. */
  line: number;
}

/** What a file had to give. */
export interface Dataset {
  /** The file's name, for people. */
  name: string;
  pairs: readonly PreferenceText[];
}
