/** How a mistake in a checkpoint is told: what, expected, received, cure. Foreign text is clipped. */
import { CheckpointError } from '../../base/errors.ts';

const LONGEST = 60;

/** A foreign value as it may stand in a message; never walks into nested ones, which may be bottomless. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(clip(value));
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== 'object')
      ? clip(`[${value.slice(0, LONGEST).map(quoted).join(',')}]`)
      : 'a list of lists or objects';
  }
  if (isObject(value)) return 'an object';
  return value === undefined ? 'nothing' : String(value);
}

const clip = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

export function mistake(what: string, expected: string, received: string, cure: string): CheckpointError {
  return new CheckpointError(`${what}: expected ${expected}, received ${received}. ${cure}`);
}

/** A file's text as a JSON object. */
export function parseObject(file: string, text: string, cure: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw mistake(file, 'JSON', `text that starts with ${quoted(text.slice(0, 20))}`, cure);
  }
  if (!isObject(value)) throw mistake(file, 'a JSON object', quoted(value), cure);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
