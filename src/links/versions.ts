/**
 * What reads each version of links and files. A version once released is read for ever; tests/fixtures/links-N.json
 * holds links of version N and what they mean. Another shape of the JSON, of the recipe or of its defaults is another version:
 * then its row here turns the older JSON into what today's reader takes.
 */
import type { Checked } from '../base/errors.ts';
import type { Worlds } from '../worlds/index.ts';
import { linkIssue } from './issues.ts';
import { readShared } from './read.ts';
import type { SharedState } from './shared.ts';

export const LINK_VERSION = 1;

/** `worlds`: the one that the JSON names, where there is one. */
export type Reader = (json: unknown, worlds: Worlds) => Checked<SharedState>;

const READERS: ReadonlyMap<number, Reader> = new Map([[1, readShared]]);

/** The reader of a version, or who could read it. */
export function readerOf(version: number): Checked<Reader> {
  const read = READERS.get(version);
  if (read !== undefined) return { ok: true, value: read };
  const cure =
    version > LINK_VERSION
      ? 'It was made by a newer Swayground: reload this page to get the newest, or ask for a file.'
      : 'Ask for the link again.';
  return linkIssue('version', 'version', `a version up to ${LINK_VERSION}`, String(version), cure);
}
