/** Links from nowhere, from broken copies and from people who mean harm; the same ones for the same seed and number. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { Stream } from '../../src/base/random.ts';
import { stream } from '../../src/base/random.ts';
import { RANDOM_PARAMETERS, randomFormula } from './random-formula.ts';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const linkTo = (text: string): `#${string}` => `#1.${base64(deflateRawSync(text))}`;

/** What could do harm if it were ever taken for markup, code, a key, a path or a number. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>globalThis.hacked=1</script>', '"><img src=x onerror="globalThis.hacked=1">', "';globalThis.hacked=1;//",
  'javascript:globalThis.hacked=1', '<svg/onload=globalThis.hacked=1>', '{{constructor.constructor("hacked=1")()}}', '${hacked=1}',
  '\\href{javascript:hacked=1}{x}', '\\htmlData{onclick=hacked=1}{x}', '\\includegraphics{//evil.example/x.png}', '\\def\\x{\\x\\x}\\x', '$$x$$', '&lt;b&gt;',
  '</title><script>hacked=1</script>', '<iframe srcdoc="<script>hacked=1</script>">', '<a href="javascript:hacked=1">x</a>', '<style>*{display:none}</style>',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '../../etc/passwd', 'file:///etc/passwd', '//evil.example/', 'data:text/html,<script>hacked=1</script>',
  '\0', '\u202eevil', '\ufeff', '\ud800', 'a'.repeat(5000), '\n'.repeat(300), '🙂'.repeat(60), 'é'.normalize('NFD'), '1e999', 'NaN', '-0', '', ' ', 'null', '%00', '%3Cscript%3E',
  'loss = on = 1', 'script = 1\nloss = script * logp_w', 'javascript = 1\nloss = javascript * logp_w', `loss = ${'('.repeat(300)}logp_w${')'.repeat(300)}`, `loss = ${'-'.repeat(3000)}logp_w`,
  `loss = logp_w${' + logp_w'.repeat(450)}`, `loss = ${'exp('.repeat(90)}logp_w${')'.repeat(90)}`, 'loss = logp_w / 0', 'loss = 1e38 * 1e38 * logp_w', `x = logp_w\n${Array.from({ length: 90 }, (_, i) => `x${i} = x${i ? i - 1 : ''} * x${i ? i - 1 : ''}`).join('\n')}\nloss = x89`,
]; // prettier-ignore

const HOSTILE_VALUES: readonly unknown[] = [
  null, true, [], {}, -1, 0, 0.5, 1e-320, 1e308, 2 ** 53, 4294967296, -2147483649, [[[[[[]]]]]], { a: { b: { c: {} } } },
  [null], Array.from({ length: 300 }, () => 0), { toString: 1 }, { length: 1e9 }, { then: 'x' }, { toJSON: 'x' }, { __html: '<b>' }, { '': '' },
]; // prettier-ignore

/** What JSON.stringify does not write, put in the place of a value. */
const RAW = [
  '1e999', '-1e999', '-0', '1E400', 'NaN', 'Infinity', 'undefined', '0x10', '01', '+1', '"\\ud800"', '"\\u0000"', '{"__proto__":{"hacked":1}}', '{"constructor":{"prototype":{"hacked":1}}}',
  '{"a":1,"a":2}', '[1,]', '"\\', '[', '{"a":', '/**/1', '1 2', `${'9'.repeat(400)}`, `0.${'1'.repeat(400)}`, '['.repeat(60) + ']'.repeat(60), '['.repeat(9000), `[${'0,'.repeat(25_000)}0]`,
]; // prettier-ignore

const bomb = (megabytes: number): Uint8Array => deflateRawSync(Buffer.alloc(megabytes * 1e6));
const BOMBS: readonly `#${string}`[] = [
  `#1.${base64(bomb(12))}`,
  // more than a link may carry: refused before it is inflated
  `#1.${base64(bomb(1000))}`,
  linkTo(`"${'x'.repeat(3e6)}"`),
  linkTo(`${'['.repeat(1e6)}`),
  linkTo(`[${'{},'.repeat(4e5)}{}]`),
  linkTo(`{"kind":"lab","recipe":${'{"a":'.repeat(2e5)}1${'}'.repeat(2e5)}}`),
  `#1.${base64(gzipSync('{"kind":"lab"}'))}`,
  // stored blocks of no length, one after the other, without an end
  `#1.${base64(Uint8Array.from({ length: 12_000 }, (_, i) => [0, 0, 0, 255, 255][i % 5] as number))}`,
];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ANYTHING = `${LETTERS}#.%=&?/+ <>"'\\\0\n\u202eé🙂\ud800`;

/** A link, or the JSON of one. */
type Made = `#${string}` | { json: string };
type Maker = (random: Stream, jsons: readonly string[]) => Made;

const MAKERS: readonly [weight: number, name: string, maker: Maker][] = [
  [10, 'random text', (random) => `#${random.uniform() < 0.5 ? '1.' : ''}${letters(random, ANYTHING, 300)}`],
  [10, 'random letters', (random) => `#1.${letters(random, LETTERS, 400)}`],
  [10, 'random bytes', (random) => `#1.${base64(Uint8Array.from({ length: random.integer(600) }, () => random.integer(256)))}`],
  [12, 'cut', (random, jsons) => { const link = linkTo(random.pick(jsons)); return `#${link.slice(1, random.integer(link.length))}`; }],
  [12, 'bits flipped', (random, jsons) => `#1.${base64(flipped(random, deflateRawSync(random.pick(jsons))))}`],
  [12, 'bits of the JSON flipped', (random, jsons) => `#1.${base64(deflateRawSync(flipped(random, Buffer.from(random.pick(jsons)))))}`],
  [4, 'JSON cut or doubled', (random, jsons) => { const json = random.pick(jsons); return { json: random.uniform() < 0.5 ? json.slice(0, random.integer(json.length)) : json + json }; }],
  [20, 'values replaced', (random, jsons) => ({ json: JSON.stringify(replaced(random, JSON.parse(random.pick(jsons)), 1 + random.integer(3))) })],
  [8, 'numbers moved', (random, jsons) => ({ json: random.pick(jsons).replace(/(?<=":)[\d.]+/g, (text) => (random.integer(3) > 0 ? text : String(Number(text) * random.pick([0, 0.5, 1.5, 2])))) })],
  [4, 'random formulas', (random) => ({ json: withFormula(random) })],
  [5, 'raw values', (random, jsons) => ({ json: rawReplaced(random, random.pick(jsons)) })],
  [4, 'hostile text in every string', (random, jsons) => ({ json: everyString(random.pick(jsons), random.pick(HOSTILE_TEXTS), random.uniform() < 0.2) })],
  [1, 'a bomb', (random) => random.pick(BOMBS)],
]; // prettier-ignore
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

export interface Hostile {
  kind: string;
  link: string;
  /** The same as a file. */
  file: string;
}

/** Number `index` of the seed's links; `jsons` are the texts of right ones. */
export function hostileLink(seed: number, index: number, jsons: readonly string[]): Hostile {
  const random = stream(seed, 'hostile links', index);
  let left = random.integer(TOTAL);
  for (const [weight, kind, make] of MAKERS) {
    left -= weight;
    if (left >= 0) continue;
    const made = make(random, jsons);
    if (typeof made === 'string') return { kind, link: made, file: made };
    return { kind, link: linkTo(made.json), file: made.json.replace('{', '{"swayground":1,') };
  }
  throw new Error('unreachable');
}

function withFormula(random: Stream): string {
  const formula = randomFormula('pairs', (n) => random.integer(n));
  const read = RANDOM_PARAMETERS.filter((name) => name !== 'beta' && new RegExp(`\\b${name}\\b`).test(formula));
  const objective = { formula, own: Object.fromEntries(read.map((name) => [name, random.integer(10)])) };
  return JSON.stringify({ kind: 'lab', recipe: { world: 'reviews', objective } });
} // prettier-ignore

function letters(random: Stream, from: string, most: number): string {
  return Array.from({ length: random.integer(most) }, () => from[random.integer(from.length)]).join('');
}

function flipped(random: Stream, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let n = 1 + random.integer(3); n > 0; n--) {
    const at = random.integer(copy.length);
    copy[at] = (copy[at] as number) ^ (1 << random.integer(8));
  }
  return copy;
}

/** Some places of a value taken by others, left out, doubled or renamed. */
function replaced(random: Stream, root: unknown, times: number): unknown {
  const box = { root };
  for (let n = 0; n < times; n++) {
    const { parent, key } = random.pick(places(box));
    const value = valueAt({ parent, key });
    const put = [
      () => random.pick(HOSTILE_VALUES),
      () => random.pick(HOSTILE_TEXTS),
      () => (typeof value === 'number' ? value * random.pick([-1, 0.5, 2, 10, 1e9]) : [value, value]),
      () => valueAt(random.pick(places(box))),
    ];
    const kind = random.integer(6);
    if (kind === 4 && !Array.isArray(parent)) {
      Reflect.deleteProperty(parent, key);
      // a key of its own, __proto__ too
      Object.defineProperty(parent, random.pick(HOSTILE_TEXTS), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else if (kind === 5 && parent !== box) Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, structuredClone(put[kind % put.length]?.()));
  }
  return box.root ?? null;
}

interface Spot {
  parent: object;
  key: string;
}

const valueAt = ({ parent, key }: Spot): unknown =>
  Object.getOwnPropertyDescriptor(parent, key)?.value as unknown;

function places(value: unknown): Spot[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => [{ parent: value, key }, ...places(one)]);
}

function rawReplaced(random: Stream, json: string): string {
  const marked = JSON.parse(json) as object;
  const { parent, key } = random.pick(places({ marked }).slice(1));
  Reflect.set(parent, key, '@@raw@@');
  return JSON.stringify(marked).replace('"@@raw@@"', () => random.pick(RAW));
}

function everyString(json: string, text: string, keysToo: boolean): string {
  const changed = (value: unknown): unknown => {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map(changed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one], i) => [keysToo ? `${text}${i}` : key, key === 'kind' || key === 'world' ? one : changed(one)]));
  };
  return JSON.stringify(changed(JSON.parse(json)));
} // prettier-ignore
