/** Mistakes in a link or a shared file, told in words that are safe to show whatever the stranger wrote. */
import * as v from 'valibot';
import type { Issue } from '../base/errors.ts';

/** Most characters of a stranger's text that an issue repeats, and most issues that are told at once. */
const MOST_TOLD = 80;
const MOST_ISSUES = 20;

/** Characters that are not seen, or that turn the text around them; half a pair of UTF-16. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Surrogate}\u2028\u2029]/gu;

/** Shortened, with everything unseen written out. */
export function told(text: string): string {
  const start = text.length > MOST_TOLD ? `${text.slice(0, MOST_TOLD - 3)}...` : text;
  return start.replace(UNSEEN, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function linkIssue(
  code: string,
  at: string,
  expected: string,
  received: string,
  cure: string,
): { ok: false; issues: Issue[] } {
  return { ok: false, issues: tellable([{ code: `link/${code}`, at, expected, received, cure }]) };
}

/** The first issues, with what a stranger wrote made safe; `within` is where in the link they stand. */
export function tellable(issues: readonly Issue[], within = ''): Issue[] {
  return issues.slice(0, MOST_ISSUES).map((issue) => ({
    ...issue,
    at: told(within + issue.at) || 'link',
    expected: issue.expected.replace(UNSEEN, ' '),
    received: told(issue.received) || 'an empty text',
    cure: issue.cure.replace(UNSEEN, ' '),
  }));
}

/** What valibot found, in our words. */
export function shapeIssues(issues: readonly v.BaseIssue<unknown>[], within = ''): Issue[] {
  const found = issues.map((issue): Issue => {
    const unknownKey = issue.type === 'strict_object' && issue.expected === 'never';
    return {
      code: unknownKey ? 'link/unknown-key' : `link/${issue.type.replaceAll('_', '-')}`,
      at: v.getDotPath(issue) ?? 'link',
      expected: unknownKey ? 'no such key' : (issue.expected ?? issue.message),
      received: issue.received,
      cure: unknownKey ? 'Remove it, or check its spelling.' : 'Change it to what is expected.',
    };
  });
  return tellable(found, within);
}
