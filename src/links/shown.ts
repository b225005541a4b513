/** Text of a stranger that a page shows: nothing in it that is unseen or turns the text around it. */
import * as v from 'valibot';

const LONGEST = 80;
/** Of a note: a sentence or two. */
export const LONGEST_NOTE = 280;

export const shownText = (longest = LONGEST) =>
  v.pipe(v.string(), v.maxLength(longest), v.regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'plain text'));
