/** Whether what the visitor makes is kept, as data that the page can show. */

/** Why the page goes on in memory: each with what happened, and what the visitor can do about it. */
const REASONS = {
  newer: {
    message: 'A newer version of this site has already written here, and this page is an older one.',
    cure: 'Reload the page to get the newer version; what is on this page meanwhile is not kept: download it first.',
  },
  replaced: {
    message: 'A newer version of this site was opened in another tab, so this page has stopped writing.',
    cure: 'Download what you did since, then reload this page.',
  },
  cleared: {
    message: 'Everything kept by this site was cleared in another tab.',
    cure: 'Reload to begin anew; what is still on this page can be downloaded first.',
  },
  blocked: {
    message: 'Another tab of this site holds an older version of the data open.',
    cure: 'Close the other tabs of this site, then reload this page.',
  },
  wedged: {
    message: 'The browser’s storage did not answer in time.',
    cure: 'Download what you did, then reload. If it stays so, open the reset page of this site.',
  },
  unavailable: {
    message:
      'This browser does not let the site keep anything (a private window, or storage is switched off).',
    cure: 'Download what you make before you close the page, or open the site in an ordinary window.',
  },
  quota: {
    message: 'The storage that the browser allows this site is full.',
    cure: 'Download what you did, then delete old projects and try again.',
  },
  lost: {
    message: 'The browser closed this site’s storage.',
    cure: 'Download what you did, then reload this page.',
  },
  broken: {
    message: 'The browser’s storage failed.',
    cure: 'Download what you did, then reload. If it stays so, open the reset page of this site.',
  },
} as const;

export type MemoryReason = keyof typeof REASONS;

export type Health =
  | { kind: 'kept' }
  /** `detail`: the browser's own words, for a report; may be empty. */
  | { kind: 'memory'; reason: MemoryReason; message: string; cure: string; detail: string };

export const KEPT: Health = { kind: 'kept' };

export function inMemory(reason: MemoryReason, error?: unknown): Health {
  return { kind: 'memory', reason, ...REASONS[reason], detail: error === undefined ? '' : String(error) };
}

/** The browser's names of what a database does wrong by itself. Other errors are mistakes of the program. */
const FAILURES: Readonly<Record<string, MemoryReason>> = {
  QuotaExceededError: 'quota',
  VersionError: 'newer',
  DeadlineError: 'wedged',
  TimeoutError: 'wedged',
  SecurityError: 'unavailable',
  InvalidStateError: 'lost',
  AbortError: 'broken',
  UnknownError: 'broken',
  NotReadableError: 'broken',
};

/** What a failed write means for the page; null where the error is not the storage's fault. */
export function reasonOf(error: unknown): MemoryReason | null {
  return FAILURES[nameOfError(error)] ?? null;
}

function nameOfError(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** Reasons after which the database can still be read. */
export const STILL_READABLE: ReadonlySet<MemoryReason> = new Set(['quota', 'broken']);
