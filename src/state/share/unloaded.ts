/** What is said of a link or file where the page could not load what reads it, or the world that it is about. */
import type { Issue } from '../../base/errors.ts';

const issue: Issue = {
  code: 'link/unloaded',
  at: 'the page',
  expected: 'the part that reads links',
  received: 'nothing',
  cure: 'Check the connection, then open it again.',
};

export const UNLOADED: { ok: false; issues: Issue[] } = { ok: false, issues: [issue] };
