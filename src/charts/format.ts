/** How numbers are written, everywhere on the page. Real minus signs, thin spaces before units, never more digits than mean something. */

const MINUS = '\u2212';
const withMinus = (text: string): string => text.replaceAll('-', MINUS);

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const significant = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const scientific = new Intl.NumberFormat('en', { notation: 'scientific', maximumSignificantDigits: 2 });

/** 1,240 */
export function count(value: number): string {
  return withMinus(whole.format(value));
}

/** `1 pair`, `12 pairs` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** Small whole numbers as words: five; 15. */
export const inWords = (value: number): string => WORDS[value] ?? count(value);

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Three significant digits: 0.0131, 12.4, 1,240; very large or small ones as 3.2e-8. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return withMinus(scientific.format(value).replace('E', 'e'));
  return withMinus(significant.format(value));
}

/** Fixed decimals, for columns. */
export function fixed(value: number, decimals = 2): string {
  if (!Number.isFinite(value)) return number(value);
  const text = value.toFixed(decimals);
  return withMinus(Number(text) === 0 ? text.replace('-', '') : text);
}

/** +0.31, −1.20: a change. */
export function signed(value: number, decimals = 2): string {
  const text = fixed(value, decimals);
  return Number.isFinite(value) && Number(value.toFixed(decimals)) > 0 ? `+${text}` : text;
}

/** A share as a percentage: 71 %; one decimal where asked. */
export function percent(share: number, decimals = 0): string {
  return Number.isFinite(share) ? `${fixed(share * 100, decimals)}\u202f%` : 'none';
}

/** A probability that may be tiny: 71 %, 0.74 %, 1 in 48,000. */
export function probability(p: number): string {
  if (!(p > 0)) return 'about 0';
  if (p >= 0.9995) return p === 1 ? '100\u202f%' : `${fixed(p * 100, 2)}\u202f%`;
  if (p >= 0.0999) return percent(p, p >= 0.9 ? 1 : 0);
  if (p >= 0.001) return percent(p, p >= 0.01 ? 1 : 2);
  const against = 1 / p;
  if (against < 1e6) return `1 in ${count(Number(against.toPrecision(2)))}`;
  return against < 1e12 ? `1 in ${short.format(Number(against.toPrecision(2)))}` : 'under 1 in 1T';
}

/** A ratio of probabilities, before "the probability": `6.7 times`, `1/190 of`. */
export function times(factor: number): string {
  const round = (value: number): string => number(Number(value.toPrecision(2)));
  return factor >= 0.95 ? `${round(factor)} times` : `1/${round(1 / factor)} of`;
}

/** A rate: 31, 24,000. */
export function rate(perSecond: number): string {
  return perSecond >= 100 ? count(Number(perSecond.toPrecision(3))) : number(perSecond);
}

/** 12.3 MB */
export function bytes(size: number): string {
  return `${fixed(size / 1e6, 1)}\u202fMB`;
}

/** 1st, 2nd, 3rd, 11th */
export function ordinal(place: number): string {
  const last = place % 100 > 10 && place % 100 < 14 ? 0 : place % 10;
  return `${place}${['th', 'st', 'nd', 'rd'][last] ?? 'th'}`;
}
