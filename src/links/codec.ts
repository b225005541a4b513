/**
 * Shared states as text. A link is `#1.` and base64url(deflate-raw(JSON)); behind the `#` it reaches no server. A file is
 * the same JSON, to be read by people. Neither reader throws on any text, and neither starts anything.
 */
import type { Checked, Issue } from '../base/errors.ts';
import { deflate, fromBase64Url, inflate, toBase64Url } from './bytes.ts';
import { worldsIn, worldsOf, type BringWorld, type Worlds } from '../worlds/index.ts';
import type { World } from '../worlds/world.ts';
import { isPlain } from './compact.ts';
import { readNeeded, type Needed } from './data.ts';
import { linkIssue } from './issues.ts';
import type { JsonCaps } from './json.ts';
import { readJson, wellFormed } from './json.ts';
import type { SharedState } from './shared.ts';
import type { Reader } from './versions.ts';
import { LINK_VERSION, readerOf } from './versions.ts';
import { writeShared } from './write.ts';

/** Chat programs cut what is longer (Discord at 2,000 characters); the rest is left for the site's address. */
export const LONGEST_LINK = 1800;

/** What is read is bounded more widely than what is written, in case that bound ever rises. */
const MOST_READ = 16_384;
const MOST_INFLATED = 262_144;
const LINK_CAPS: JsonCaps = { depth: 12, nodes: 20_000, string: 16_000, keys: 100 };

export const MOST_FILE = 8_000_000;
const FILE_CAPS: JsonCaps = { depth: 12, nodes: 400_000, string: 16_000, keys: 100 };

/** The key of a file that says that it is one, and its version. */
const FILE_KEY = 'swayground';
export const FILE_ENDING = '.sway.json';

const LINK = /^#(\d{1,6})\.(.*)$/s;

export type Linked =
  | { link: `#${string}` }
  /** Characters that the link would have; a file has room. */
  | { tooLong: number; limit: number }
  /** A story that is too long for a file as well. */
  | { issues: Issue[] };

/** What stands behind the site's address. What is handed out has been read back. `world`: the state's. */
export async function linkOf(state: SharedState, world: World): Promise<Linked> {
  const json = jsonOf(writeShared(state, world));
  const worlds = worldsOf(world);
  const readable = readText(json, worlds, MOST_FILE, FILE_CAPS);
  if (!readable.ok) return readable;
  const link = `#${LINK_VERSION}.${toBase64Url(await deflate(new TextEncoder().encode(json)))}` as const;
  const fits = link.length <= LONGEST_LINK && readText(json, worlds, MOST_INFLATED, LINK_CAPS).ok;
  return fits ? { link } : { tooLong: link.length, limit: LONGEST_LINK };
}

/** Whether the text is a link of ours, readable or not. */
export const isLink = (hash: string): boolean => LINK.test(hash);

interface Opened {
  read: Reader;
  json: unknown;
}

/** `hash`: what `location.hash` gives. Null for an anchor or another page's hash: that is no link of ours. */
export async function readLink(hash: string, bring: BringWorld): Promise<Checked<SharedState> | null> {
  const opened = await openLink(hash);
  return opened?.ok === true ? readOpened(opened.value, bring) : opened;
}

async function readOpened({ read, json }: Opened, bring: BringWorld): Promise<Checked<SharedState>> {
  return read(json, await worldsIn(isPlain(json) ? json['recipe'] : undefined, bring));
}

/** What a link to a run on somebody's own data needs before it can be read; null for any other link, and for none. */
export async function neededByLink(hash: string): Promise<Checked<Needed> | null> {
  const opened = await openLink(hash);
  return opened?.ok === true ? readNeeded(opened.value.json) : null;
}

async function openLink(hash: string): Promise<Checked<Opened> | null> {
  const [, version, payload] = LINK.exec(hash) ?? [];
  if (version === undefined || payload === undefined) return null;
  const reader = readerOf(Number(version));
  if (!reader.ok) return reader;
  if (payload.length > MOST_READ) {
    const expected = `at most ${MOST_READ} characters`;
    return linkIssue('too-long', 'link', expected, String(payload.length), 'Ask for a file instead.');
  }
  const text = await inflatedText(payload);
  if (!text.ok) return text;
  const json = jsonIn(text.value, MOST_INFLATED, LINK_CAPS);
  return json.ok ? { ok: true, value: { read: reader.value, json: json.value } } : json;
}

async function inflatedText(payload: string): Promise<Checked<string>> {
  const cure = 'Links break when they are cut or retyped; copy the whole link again.';
  const bytes = fromBase64Url(payload);
  if (bytes === null) {
    const stranger = /[^A-Za-z0-9_-]/u.exec(payload);
    const received = stranger === null ? 'a cut text' : `'${stranger[0]}' at character ${stranger.index + 1}`;
    return linkIssue('base64', 'link', 'letters, digits, - and _', received, cure);
  }
  const inflated = await inflate(bytes, MOST_INFLATED);
  if (inflated === 'damaged') return linkIssue('deflate', 'link', 'compressed text', 'other bytes', cure);
  if (inflated === 'too-large') {
    return linkIssue(
      'too-large',
      'link',
      `at most ${MOST_INFLATED} bytes of text`,
      'more',
      'Ask for a file instead.',
    );
  }
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(inflated) };
  } catch {
    return linkIssue('utf-8', 'link', 'text', 'other bytes', cure);
  }
}

/** The text of a file; a state with more than a file holds is an issue. */
export function writeSharedFile(state: SharedState, world: World): Checked<string> {
  const text = jsonOf({ [FILE_KEY]: LINK_VERSION, ...writeShared(state, world) }, 1);
  const opened = openFile(text);
  const readable = opened.ok ? opened.value.read(opened.value.json, worldsOf(world)) : opened;
  return readable.ok ? { ok: true, value: `${text}\n` } : readable;
}

export async function readSharedFile(text: string, bring: BringWorld): Promise<Checked<SharedState>> {
  const opened = openFile(text);
  return opened.ok ? readOpened(opened.value, bring) : opened;
}

/** As `neededByLink`, of a file. */
export function neededByFile(text: string): Checked<Needed> | null {
  const opened = openFile(text);
  return opened.ok ? readNeeded(opened.value.json) : null;
}

function openFile(text: string): Checked<Opened> {
  if (text.length > MOST_FILE) {
    const [expected, received] = [`at most ${MOST_FILE} characters`, String(text.length)];
    return linkIssue('too-long', 'file', expected, received, 'Choose a file that Swayground wrote.');
  }
  const json = readJson(text.replace(/^\ufeff/, ''), FILE_CAPS);
  if (!json.ok) return json;
  if (!isSharedFile(json.value)) {
    const cure = `Choose a file that Swayground wrote (${FILE_ENDING}).`;
    return linkIssue('file', 'file', `an object with the key ${FILE_KEY}`, 'something else', cure);
  }
  const { [FILE_KEY]: version, ...rest } = json.value;
  if (typeof version !== 'number') {
    const cure = 'It may hold all that a browser kept; such a file is brought back where it was saved.';
    return linkIssue('file', `file.${FILE_KEY}`, 'the version of a shared run', typeof version, cure);
  }
  const reader = readerOf(version);
  return reader.ok ? { ok: true, value: { read: reader.value, json: rest } } : reader;
}

/** Whether JSON says of itself that it is a shared file. */
export function isSharedFile(json: unknown): json is Record<typeof FILE_KEY, unknown> {
  return typeof json === 'object' && json !== null && Object.hasOwn(json, FILE_KEY);
}

function readText(text: string, worlds: Worlds, most: number, caps: JsonCaps): Checked<SharedState> {
  const reader = readerOf(LINK_VERSION);
  const json = jsonIn(text, most, caps);
  if (!reader.ok) return reader;
  return json.ok ? reader.value(json.value, worlds) : json;
}

function jsonIn(text: string, most: number, caps: JsonCaps): Checked<unknown> {
  if (text.length > most) {
    const [expected, received] = [`at most ${most} characters of text`, String(text.length)];
    return linkIssue('too-large', 'link', expected, received, 'Ask for a file instead.');
  }
  return readJson(text, caps);
}

function jsonOf(value: unknown, indent = 0): string {
  const replacer = (_key: string, one: unknown): unknown => (typeof one === 'string' ? wellFormed(one) : one);
  return JSON.stringify(value, replacer, indent);
}
