// Draws the formulas of a Markdown text by KaTeX, so that a page needs no script to show them. For rehype, as mdsvex runs it.
import katex from 'katex';

const CLASSES = { 'math-inline': false, 'math-display': true };

/** The text is Svelte's source from here on, to which braces mean something. */
const forSvelte = (html) => html.replaceAll('{', '&#123;').replaceAll('}', '&#125;');

const textOf = (node) => node.value ?? node.children?.map(textOf).join('') ?? '';

function draw(node) {
  const kind = [node.properties?.className ?? []].flat().find((name) => name in CLASSES);
  if (kind === undefined) {
    node.children?.forEach(draw);
    return;
  }
  const html = katex.renderToString(textOf(node), { displayMode: CLASSES[kind], throwOnError: true });
  node.tagName = CLASSES[kind] ? 'div' : 'span';
  node.properties = {};
  node.children = [{ type: 'raw', value: forSvelte(html) }];
}

export const drawnMath = () => draw;
