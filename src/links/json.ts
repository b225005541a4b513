/** JSON from strangers: bounded before it is parsed, and searched for what no writer of ours puts there. */
import type { Checked } from '../base/errors.ts';
import { repeatedKey } from '../base/repeated-key.ts';
import { linkIssue } from './issues.ts';

export interface JsonCaps {
  /** Arrays and objects inside each other. */
  depth: number;
  /** Values and keys. */
  nodes: number;
  /** Characters of one string, as written. */
  string: number;
  /** Keys of one object: a recipe with very many would take seconds to check. */
  keys: number;
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** The value, in which every number is finite, no 0 is negative, no key is there twice and every text is well-formed. */
export function readJson(text: string, caps: JsonCaps): Checked<unknown> {
  const beyond = overstepped(text, caps);
  if (beyond !== null) {
    const cure = 'This is not what Swayground writes; ask for the link or file again.';
    return linkIssue('too-large', 'JSON', `at most ${caps[beyond]} ${WHAT[beyond]}`, 'more', cure);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cure = 'The link or file is damaged; ask for it again.';
    return linkIssue('json', 'JSON', 'JSON', (error as SyntaxError).message, cure);
  }
  const search: Search = { found: null };
  const clean = searched(value, [], search);
  if (search.found !== null) return search.found;
  if (repeatedKey(text) !== null) {
    return linkIssue(
      'twice',
      'JSON',
      'every key once',
      'a key twice in one object',
      'Ask for the link or file again.',
    );
  }
  return { ok: true, value: clean };
}

const WHAT: Record<keyof JsonCaps, string> = {
  depth: 'arrays and objects inside each other',
  nodes: 'values',
  string: 'characters in a text',
  keys: 'keys in an object',
};

/** One pass over the text, before anything is built of it: the first cap that it oversteps. */
function overstepped(text: string, caps: JsonCaps): keyof JsonCaps | null {
  let depth = 0;
  let nodes = 1;
  /** Keys so far of the object that is open at each depth. */
  const inside: number[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = endOfString(text, i + 1, caps.string);
        if (end === null) return 'string';
        i = end;
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > caps.depth) return 'depth';
        inside[depth] = 0;
        nodes++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        nodes++;
        break;
      case 0x3a: // :
        nodes++;
        if ((inside[depth] = (inside[depth] ?? 0) + 1) > caps.keys) return 'keys';
        break;
      default:
    }
    if (nodes > caps.nodes) return 'nodes';
  }
  return null;
}

/** Where the string that starts at `start` has its closing quote (the end of the text if it has none); null past the cap. */
function endOfString(text: string, start: number, cap: number): number | null {
  for (let i = start; i < text.length; i++) {
    if (i - start > cap) return null;
    const unit = text.charCodeAt(i);
    if (unit === 0x22) return i;
    if (unit === 0x5c) i++;
  }
  return text.length;
}

interface Search {
  found: { ok: false; issues: ReturnType<typeof linkIssue>['issues'] } | null;
}

/** A copy of the value; the first thing in it that must not be there goes to `search.found`. */
function searched(value: unknown, path: readonly string[], search: Search): unknown {
  if (search.found !== null) return value;
  const at = (): string => path.join('.') || 'JSON';
  const cure = 'This is not what Swayground writes; ask for the link or file again.';
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value;
    search.found = linkIssue('number', at(), 'a number that a computer can hold', String(value), cure);
  } else if (typeof value === 'string') {
    if (!isWellFormed(value))
      search.found = linkIssue('text', at(), 'whole characters', 'half a character', cure);
  } else if (Array.isArray(value)) {
    return value.map((one, i) => searched(one, [...path, String(i)], search));
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    const forbidden = entries.find(([key]) => FORBIDDEN.has(key) || !isWellFormed(key));
    if (forbidden === undefined) {
      return Object.fromEntries(
        entries.map(([key, one]) => [key, searched(one, [...path, key], search)] as const),
      );
    }
    search.found = linkIssue('forbidden-key', at(), 'keys of a recipe', forbidden[0], cure);
  }
  return value;
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

/** The text with a sign of replacement for every half of a UTF-16 pair, as other software would show it. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
