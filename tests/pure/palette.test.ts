// The palette: text can be read, what is drawn can be seen, and the colours that mean something stay apart for every kind of eye.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Rgb = readonly [number, number, number];
const THEMES = ['light', 'dark'] as const;
/** What a colour can mean. */
const MEANINGS = ['chosen', 'rejected', 'policy', 'reference', 'reward'] as const;

/** `--name: light-dark(#…, #…)` of a style sheet, as linear RGB between 0 and 1. */
function colours(file: string): Map<string, Record<(typeof THEMES)[number], Rgb>> {
  const found = readFileSync(file, 'utf8').matchAll(
    /--([a-z0-9-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)/g,
  );
  return new Map(
    Array.from(found, ([, name = '', light = '', dark = '']) => [
      name,
      { light: linear(light), dark: linear(dark) },
    ]),
  );
}

/** sRGB's transfer function, IEC 61966-2-1. */
function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(0), channel(2), channel(4)];
}

/** Contrast of two colours, from 1 to 21, by WCAG 2.2. */
function contrast(one: Rgb, other: Rgb): number {
  const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** How eyes that lack one kind of cone see linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const EYES: Readonly<Record<string, readonly Rgb[]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const through = (eye: readonly Rgb[], [r, g, b]: Rgb): Rgb =>
  eye.map((row) => Math.min(1, Math.max(0, row[0] * r + row[1] * g + row[2] * b))) as unknown as Rgb;

/** Distance in Oklab (Ottosson 2020), times 100: 2 is just noticed side by side. */
function distance(one: Rgb, other: Rgb): number {
  const lab = ([r, g, b]: Rgb): Rgb => {
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const [a, b] = [lab(one), lab(other)];
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const tokens = colours('src/components/styles/tokens.css');
const arms = colours('src/components/race/arms.css');
const of = (name: string, theme: (typeof THEMES)[number]): Rgb => {
  const found = tokens.get(name) ?? arms.get(name);
  if (!found) throw new Error(`No colour --${name}.`);
  return found[theme];
};

test('black on white, and a colour beside itself: the measures measure', () => {
  expect(contrast(linear('000000'), linear('ffffff'))).toBeCloseTo(21, 6);
  expect(distance(linear('ff0000'), linear('ff0000'))).toBe(0);
  expect(distance(linear('000000'), linear('ffffff'))).toBeCloseTo(100, 2);
  // a red and a green of equal lightness, which those who lack a cone take for each other
  const [red, green] = [linear('c05030'), linear('6f8020')];
  const eye = EYES['deuteranopia'] as readonly Rgb[];
  expect(distance(through(eye, red), through(eye, green))).toBeLessThan(0.4 * distance(red, green));
});

test.each(['src/components/styles/tokens.css', 'src/components/race/arms.css'])(
  'browsers without light-dark() get every light colour: %s',
  (file) => {
    const text = readFileSync(file, 'utf8');
    const older = text.slice(text.indexOf('@supports not'));
    const light = Array.from(
      text.matchAll(/(--[a-z0-9-]+): light-dark\((#[0-9a-f]{6}),/g),
      ([, name, at]) => `${name}: ${at};`,
    );
    expect(light.length).toBeGreaterThan(5);
    expect(older.match(/--[a-z0-9-]+: #[0-9a-f]{6};/g)).toEqual(light);
  },
);

describe.each(THEMES)('%s', (theme) => {
  test.each(['paper', 'raised', 'sunk'])('text on %s has a contrast of 4.5 or more', (ground) => {
    for (const name of ['ink', 'ink-soft', ...MEANINGS])
      expect(contrast(of(name, theme), of(ground, theme)), `--${name}`).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['paper', 'raised'])('what is drawn on %s has a contrast of 3 or more', (ground) => {
    for (const name of ['line-strong', 'focus', 'elsewhere', ...arms.keys()])
      expect(contrast(of(name, theme), of(ground, theme)), `--${name}`).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.keys(EYES))('colours that mean something stay apart: %s', (name) => {
    const eye = EYES[name] as readonly Rgb[];
    for (const [i, one] of MEANINGS.entries())
      for (const other of MEANINGS.slice(i + 1)) {
        const apart = distance(through(eye, of(one, theme)), through(eye, of(other, theme)));
        expect(apart, `--${one} and --${other}`).toBeGreaterThan(7.9);
      }
  });
});
