/** Charts as files: the svg text is whole by itself and safe whatever stands in it; paths move, words wrap. */
import { expect, it } from 'vitest';
import type { Mark } from '../../src/charts/export-drawing.ts';
import { moved, wrapped } from '../../src/charts/export-drawing.ts';
import { svgText } from '../../src/charts/export-svg.ts';

const ink = { fill: 'none', stroke: 'rgb(10, 94, 166)', strokeWidth: 2, dash: [5, 2.5], opacity: 0.5 };
const marks: Mark[] = [
  { ...ink, kind: 'path', d: 'M1 2L3 4' },
  { ...ink, kind: 'text', x: 1, y: 2, text: '<script>&"\u0000', turn: -90, anchor: 'end', font: { size: 11, weight: '400', family: '"JetBrains Mono", monospace' } },
]; // prettier-ignore
const drawing = {
  title: 'A & B',
  description: '1 < 2',
  width: 300,
  height: 100.004,
  background: 'white',
  marks,
};

it('an svg has title, description, background, and every mark with its ink', () => {
  const text = svgText(drawing);
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="300" height="100" viewBox="0 0 300 100" role="img">/);
  expect(text).toContain('<title>A &amp; B</title>\n<desc>1 &lt; 2</desc>');
  expect(text).toContain('<rect width="100%" height="100%" fill="white"/>');
  expect(text).toContain(
    '<path d="M1 2L3 4" fill="none" stroke="rgb(10, 94, 166)" stroke-width="2" stroke-linejoin="round" stroke-dasharray="5 2.5" opacity="0.5"/>',
  );
}); // prettier-ignore

it('no text breaks out of its place, and none is lost', () => {
  const text = svgText(drawing);
  expect(text).toContain('>&lt;script&gt;&amp;&quot;</text>');
  expect(text).not.toContain('<script');
  expect(text).not.toContain('\u0000');
  expect(text).toContain('transform="rotate(-90 1 2)"');
  expect(text).toContain('font-family="&quot;JetBrains Mono&quot;, monospace"');
});

it.each([
  ['M1 2L3 4', 'M11 22L13 24'],
  ['M1.5 -2L3 4M5 6', 'M11.5 18L13 24M15 26'],
  ['M-1 0h5v6h-5Z', 'M9 20h5v6h-5Z'],
  ['M0 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z', 'M10 20a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z'],
  ['M1 2 3 4L5 6', 'M11 22 13 24L15 26'],
])('the path %s moves by (10, 20)', (d, expected) => {
  expect(moved(d, 10, 20)).toBe(expected);
});

it('words wrap at the width, and a long one stands alone', () => {
  expect(wrapped('one two three incomprehensibilities four', 9)).toEqual([
    'one two',
    'three',
    'incomprehensibilities',
    'four',
  ]);
  expect(wrapped('', 9)).toEqual([]);
});
