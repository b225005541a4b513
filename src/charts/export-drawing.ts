/** A chart as a list of marks with every colour and font resolved: what files are made of. Colours are those of the light page. */

interface Ink {
  fill: string;
  stroke: string;
  strokeWidth: number;
  dash: number[];
  opacity: number;
}
export type Mark =
  | ({ kind: 'path'; d: string } & Ink)
  | ({
      kind: 'text';
      x: number;
      y: number;
      text: string;
      /** Degrees about its place. */
      turn: number;
      anchor: 'start' | 'middle' | 'end';
      font: { size: number; weight: string; family: string };
    } & Ink);

export interface Drawing {
  title: string;
  /** For those who don't see it. */
  description: string;
  width: number;
  height: number;
  background: string;
  marks: Mark[];
}

const MARGIN = 16;
const NONE: Ink = { fill: 'none', stroke: 'none', strokeWidth: 0, dash: [], opacity: 1 };

/** `figure` holds a heading, a line or two about it (which name the axes), and a `.plot` with an svg and labels beside it. */
export function drawingOf(figure: HTMLElement): Drawing {
  // put back before anything is painted
  const { dataset } = document.documentElement;
  const theme = dataset['theme'];
  dataset['theme'] = 'light';
  try {
    return read(figure);
  } finally {
    if (theme === undefined) delete dataset['theme'];
    else dataset['theme'] = theme;
  }
}

function read(figure: HTMLElement): Drawing {
  const svg = figure.querySelector('.plot svg') as SVGSVGElement;
  const plot = svg.getBoundingClientRect();
  const heading = figure.querySelector('h3, h4') as HTMLElement;
  const about = figure.querySelector('figcaption > span');
  const width = plot.width + 2 * MARGIN;
  const marks: Mark[] = [];
  let y = MARGIN + 14;
  const line = (from: Element, text: string, size: number): void => {
    const style = getComputedStyle(from);
    const font = { size, weight: style.fontWeight, family: style.fontFamily };
    marks.push({
      ...NONE,
      kind: 'text',
      fill: style.color,
      x: MARGIN,
      y,
      text,
      turn: 0,
      anchor: 'start',
      font,
    });
    y += size * 1.35;
  };
  const title = wordsOf(heading);
  line(heading, title, 16);
  // about 2.1 letters to the width of a letter's height
  const letters = Math.floor((2.1 * plot.width) / 13);
  if (about) for (const text of wrapped(wordsOf(about), letters)) line(about, text, 13);
  const [left, top] = [MARGIN, y];
  for (const element of svg.querySelectorAll('path, line, circle, rect, text'))
    marks.push(...markOf(element as SVGGraphicsElement, left, top));
  for (const label of figure.querySelectorAll('.plot > .label, .plot > .none')) {
    for (const part of label.children.length > 0 ? label.children : [label]) {
      const box = part.getBoundingClientRect();
      const style = getComputedStyle(part);
      const size = parseFloat(style.fontSize);
      const font = { size, weight: style.fontWeight, family: style.fontFamily };
      const at = { x: left + box.left - plot.left, y: top + box.top - plot.top + box.height / 2 + size / 3 };
      const text = wordsOf(part);
      if (text !== '') marks.push({ ...NONE, kind: 'text', fill: style.color, ...at, text, turn: 0, anchor: 'start', font }); // prettier-ignore
    }
  }
  const height = top + plot.height + MARGIN;
  const background = resolved(figure, '--paper');
  return { title, description: svg.getAttribute('aria-label') ?? title, width, height, background, marks };
}

function markOf(element: SVGGraphicsElement, left: number, top: number): Mark[] {
  const style = getComputedStyle(element);
  const ink: Ink = {
    fill: style.fill,
    stroke: style.stroke,
    strokeWidth: parseFloat(style.strokeWidth) || 0,
    dash: style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat),
    opacity: Number(style.opacity),
  };
  const of = (name: string): number => Number(element.getAttribute(name) ?? 0);
  if (element instanceof SVGTextElement) {
    const size = parseFloat(style.fontSize);
    const font = { size, weight: style.fontWeight, family: style.fontFamily };
    const anchor = style.textAnchor as 'start' | 'middle' | 'end';
    const text = wordsOf(element);
    const [x = 0, y = 0, turn = 0] =
      TURNED.exec(element.getAttribute('transform') ?? '')
        ?.slice(1)
        .map(Number) ?? [];
    return [{ ...ink, kind: 'text', x: left + of('x') + x, y: top + of('y') + y, text, turn, anchor, font }];
  }
  const d = SHAPES[element.tagName]?.(of) ?? element.getAttribute('d') ?? '';
  return d === '' ? [] : [{ ...ink, kind: 'path', d: moved(d, left, top) }];
}

/** How an axis is named that goes up. */
const TURNED = /^translate\((\S+) (\S+)\) rotate\((\S+)\)$/;

/** Everything but a path, as one. */
const SHAPES: Readonly<Record<string, (of: (name: string) => number) => string>> = {
  line: (of) => `M${of('x1')} ${of('y1')}L${of('x2')} ${of('y2')}`,
  rect: (of) => `M${of('x')} ${of('y')}h${of('width')}v${of('height')}h${-of('width')}Z`,
  circle: (of) => {
    const [x, y, r] = [of('cx'), of('cy'), of('r')];
    return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  },
};

const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi;

/** The same path elsewhere: absolute M and L move; what is relative goes along. Charts draw with no other absolute command. */
export function moved(d: string, dx: number, dy: number): string {
  return d.replaceAll(/([ML])([^A-Za-z]*(?:e[-+]?\d+[^A-Za-z]*)*)/g, (_, command: string, rest: string) => {
    const numbers = (rest.match(NUMBER) ?? []).map((n, i) => Number(n) + (i % 2 === 0 ? dx : dy));
    return command + numbers.map((n) => Number(n.toFixed(2))).join(' ');
  });
}

const wordsOf = (element: Element): string => (element.textContent ?? '').replaceAll(/\s+/g, ' ').trim();

/** Lines of at most so many letters, where words allow it. */
export function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters)
      lines[lines.length - 1] = `${last} ${word}`; // prettier-ignore
    else if (word !== '') lines.push(word);
  }
  return lines;
}

/** A colour as the element would show it. */
function resolved(element: HTMLElement, name: string): string {
  const before = element.style.backgroundColor;
  element.style.backgroundColor = `var(${name})`;
  const colour = getComputedStyle(element).backgroundColor;
  element.style.backgroundColor = before;
  return colour;
}
