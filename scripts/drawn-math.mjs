// Draws the formulas of a Markdown text as MathML, by KaTeX, so that a page needs no script, style sheet or font to show them. For
// rehype, as mdsvex runs it. Browsers draw MathML themselves; src/components/styles/math.css says how it looks.
import katex from 'katex';

const CLASSES = { 'math-inline': false, 'math-display': true };

/** The text is Svelte's source from here on, to which braces mean something. */
const forSvelte = (html) => html.replaceAll('{', '&#123;').replaceAll('}', '&#125;');

/**
 * Fit for browsers without a font of mathematics, as src/glossary/mathml.ts does it: words upright, a space after a function's name,
 * and subscripts that a letter's descender does not push down.
 */
const FITTED = [
  [/<annotation .*<\/annotation>/s, ''],
  [/<mi>(\p{L}{2,})<\/mi>/gu, '<mi mathvariant="normal">$1</mi>'],
  [/<mo>\u2061<\/mo>(?=(<mrow>)*<mo[^>]*>[([])/g, ''],
  [/<mo>\u2061<\/mo>/g, '<mspace width="0.17em"></mspace>'],
  [/<msub><mi>y<\/mi>/g, '<msub><mpadded depth="0"><mi>y</mi></mpadded>'],
];

const textOf = (node) => node.value ?? node.children?.map(textOf).join('') ?? '';

function draw(node) {
  const kind = [node.properties?.className ?? []].flat().find((name) => name in CLASSES);
  if (kind === undefined) {
    node.children?.forEach(draw);
    return;
  }
  const options = { displayMode: CLASSES[kind], output: 'mathml', throwOnError: true };
  const html = katex.renderToString(textOf(node), options);
  const math = FITTED.reduce(
    (text, [found, fit]) => text.replace(found, fit),
    /<math[\s>].*<\/math>/s.exec(html)[0],
  );
  node.tagName = CLASSES[kind] ? 'div' : 'span';
  node.properties = { className: 'formula' };
  node.children = [{ type: 'raw', value: forSvelte(math) }];
}

export const drawnMath = () => draw;
