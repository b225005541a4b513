// What a command tells `npm test` of its tests while they run: lines of its output that the stage runner reads and does not show.

const PREFIX = '@@test ';

/**
 * `{ begin }` when a test or a file of tests begins; `{ end, outcome, seconds }` when it has ended, without an outcome for a file.
 * Outcomes are `passed`, `failed`, `skipped` and `unasked` (could not be checked here). Says nothing outside `npm test`.
 */
export function tell(event) {
  if (process.env.SWAY_STAGE) process.stdout.write(`${PREFIX}${JSON.stringify(event)}\n`);
}

/** The event of a line of output, or null. */
export function heard(line) {
  return line.startsWith(PREFIX) ? JSON.parse(line.slice(PREFIX.length)) : null;
}
