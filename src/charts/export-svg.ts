/** A drawing as the text of an svg file that needs nothing else. */
import type { Drawing, Mark } from './export-drawing.ts';

export function svgText({ title, description, width, height, background, marks }: Drawing): string {
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    `<rect width="100%" height="100%" fill="${escaped(background)}"/>`,
    ...marks.map(markText),
    '</svg>\n',
  ].join('\n');
}

function markText(mark: Mark): string {
  const { fill, stroke, strokeWidth, dash, opacity } = mark;
  const ink = [
    `fill="${escaped(fill)}"`,
    ...(stroke === 'none' ? [] : [`stroke="${escaped(stroke)}" stroke-width="${round(strokeWidth)}" stroke-linejoin="round"`]),
    ...(dash.length === 0 ? [] : [`stroke-dasharray="${dash.map(round).join(' ')}"`]),
    ...(opacity === 1 ? [] : [`opacity="${round(opacity)}"`]),
  ].join(' ');
  if (mark.kind === 'path') return `<path d="${escaped(mark.d)}" ${ink}/>`;
  const { x, y, text, turn, anchor, font } = mark;
  const turned = turn === 0 ? '' : ` transform="rotate(${round(turn)} ${round(x)} ${round(y)})"`;
  const type = `font-family="${escaped(font.family)}" font-size="${round(font.size)}" font-weight="${escaped(font.weight)}"`;
  // what keeps lines from running through a text lies under it
  const under = stroke === 'none' ? '' : ' paint-order="stroke"';
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" ${type} ${ink}${under}${turned}>${escaped(text)}</text>`;
} // prettier-ignore

const round = (value: number): number => Number(value.toFixed(2));

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// characters that XML has no place for are left out
const escaped = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replaceAll(/[&<>"]/g, (c) => ENTITIES[c] as string); // prettier-ignore
