/** Sameness of plain values: by content, and by nothing else. */
import { expect, it } from 'vitest';
import { sameValue } from '../../src/base/same.ts';

const recipe = () => ({ a: 1, b: [1, { c: null, d: 'x' }], e: { f: true, g: {} } });

it.each<[string, unknown, unknown]>([
  ['numbers', 0.1, 0.1],
  ['texts', 'a', 'a'],
  ['null', null, null],
  ['nothing', undefined, undefined],
  ['NaN', NaN, NaN],
  ['empty lists', [], []],
  ['empty objects', {}, {}],
  ['nested values', recipe(), recipe()],
  ['a value and its JSON', recipe(), JSON.parse(JSON.stringify(recipe()))],
  ['keys in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['a key without a value', { a: 1, b: undefined }, { a: 1 }],
  ['keys without a value on both sides', { a: undefined }, { b: undefined }],
  ['keys that objects inherit', { toString: 1, constructor: 2 }, { constructor: 2, toString: 1 }],
])('the same: %s', (_what, a, b) => {
  expect(sameValue(a, b)).toBe(true);
  expect(sameValue(b, a)).toBe(true);
});

it.each<[string, unknown, unknown]>([
  ['numbers', 1, 1.0000001],
  ['a number and its text', 1, '1'],
  ['zero and false', 0, false],
  ['null and nothing', null, undefined],
  ['null and an object', null, {}],
  ['NaN and null, which JSON writes for it', NaN, null],
  ['a list and an object of the same keys', ['a'], { 0: 'a' }],
  ['an empty list and an empty object', [], {}],
  ['lists in another order', [1, 2], [2, 1]],
  ['a list and its beginning', [1, 2], [1]],
  ['a list with a gap at its end', [1, undefined], [1]],
  ['an object and a part of it', { a: 1, b: 2 }, { a: 1 }],
  ['as many keys by other names', { a: 1, b: 2 }, { a: 1, c: 2 }],
  ['a key without a value and another with one', { a: 1, b: undefined }, { a: 1, c: 2 }],
  ['a key that is null and one that is not there', { a: null }, {}],
  ['deep inside', { a: [{ b: [1] }] }, { a: [{ b: [2] }] }],
  ['a key that only objects inherit', { toString: 1 }, { valueOf: 1 }],
])('not the same: %s', (_what, a, b) => {
  expect(sameValue(a, b)).toBe(false);
  expect(sameValue(b, a)).toBe(false);
});
