/** How much is read. What is longer is said, never cut. */

/** Bytes of a line, characters of a row of JSON or of a record of CSV. */
export const LONGEST_ROW = 8 * 2 ** 20;
/** Characters of one prompt or response; a model here reads at most a few hundred words. */
export const LONGEST_TEXT = 200_000;
/** Levels of nesting in a row. */
export const DEEPEST = 32;
export const MOST_PAIRS = 1_000_000;
/** Bytes of UTF-8 in all pairs that are kept. */
export const MOST_KEPT = 512 * 2 ** 20;
/** Bytes that a .gz file may unfold to. */
export const MOST_UNFOLDED = 4 * 2 ** 30;
/** Rejected rows that are listed one by one; the others are counted. */
export const MOST_LISTED = 10_000;
/** Rows that are looked at to find the shape. */
export const SAMPLE_ROWS = 200;
/** Bytes that are looked at to find the format. */
export const HEAD = 256 * 1024;
/** Responses of one ranked row; all pairs of them are made. */
export const MOST_RANKED = 32;
