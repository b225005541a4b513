/**
 * TeX as MathML, as a tree: browsers draw MathML themselves, so that a page reads without a script, a style sheet or a font
 * of KaTeX; and a tree becomes elements without HTML made of a string, which Trusted Types refuse. Used at build time only.
 */
import katex from 'katex';

/** An element: its tag, its text or its children, and attributes where it has some. Short, since pages hold thousands. */
export type MathNode = [tag: string, content: string | MathNode[], attributes?: Record<string, string>];

/** The `math` element of a formula. A colour of the site is `\htmlClass{c-chosen}{...}`; throws on TeX that is wrong. */
export function mathOf(tex: string): MathNode {
  // KaTeX's MathML forgets classes and keeps colours, so a class crosses as the name of a colour.
  const coloured = tex.replace(/\\htmlClass\{c-([a-z]+)\}/g, '\\textcolor{$1}');
  const html = katex.renderToString(coloured, { output: 'mathml', displayMode: true, strict: false });
  const math = /<math[\s>].*<\/math>/s.exec(html)?.[0] ?? '';
  const root = parsed(math.replace(/<annotation .*<\/annotation>/s, '').replace(/<\/?semantics>/g, ''));
  return slim(root);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#x27': "'" };
const plain = (text: string): string => text.replace(/&([^;]+);/g, (_, name: string) => ENTITIES[name] ?? '');

interface Open {
  node: MathNode;
  children: MathNode[];
}

/** The first element of KaTeX's own well-formed markup, in which an element has either text or children. */
function parsed(markup: string): MathNode {
  const root: Open = { node: ['', []], children: [] };
  const stack = [root];
  for (const [piece, closing, tag, attributes = ''] of markup.matchAll(/<(\/?)([a-z]+)([^>]*?)\/?>|[^<]+/g)) {
    const here = stack.at(-1) as Open;
    if (tag === undefined) here.node[1] = plain(piece);
    else if (closing === '/') stack.pop();
    else {
      const children: MathNode[] = [];
      const read = attributesOf(attributes);
      const node: MathNode = Object.keys(read).length > 0 ? [tag, children, read] : [tag, children];
      here.children.push(node);
      if (!piece.endsWith('/>')) stack.push({ node, children });
    }
  }
  return root.children[0] as MathNode;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z-]+)="([^"]*)"/g)].map(([, name = '', value = '']) =>
    name === 'mathcolor' ? ['class', `c-${value}`] : [name, plain(value)],
  );
  return Object.fromEntries(pairs.filter(([name]) => name !== 'xmlns'));
}

const UPRIGHT = { mathvariant: 'normal' };
const isUpright = ([tag, content, attributes]: MathNode): boolean =>
  tag === 'mi' && typeof content === 'string' && attributes?.['mathvariant'] === 'normal';

/** Between a function's name and what it is of; browsers leave no space there. */
const APPLY = '\u2061';
const opens = (node: MathNode | undefined): boolean => node?.[1] === '(' || node?.[1] === '[';

function leaf(tag: string, text: string, attributes?: Record<string, string>): MathNode {
  if (attributes?.['mathvariant'] === 'script') return ['mi', text === 'L' ? '\u2112' : text, UPRIGHT];
  if (tag === 'mi' && text.length > 1) return ['mi', text, UPRIGHT];
  if (text === '\u2211' || text === '\u220f') return [tag, text, { ...attributes, class: 'big' }];
  return attributes ? [tag, text, attributes] : [tag, text];
}

/**
 * Fit for browsers that have no font of mathematics: no row around a single element, letters of one upright word in one
 * element, a space after a function's name, large sums, and subscripts that a letter's descender does not push down.
 */
function slim([tag, content, attributes]: MathNode): MathNode {
  if (typeof content === 'string') return leaf(tag, content, attributes);
  const children: MathNode[] = [];
  content.map(slim).forEach((child, i, all) => {
    const before = children.at(-1);
    if (tag === 'mrow' && before && isUpright(before) && isUpright(child))
      children[children.length - 1] = ['mi', `${before[1] as string}${child[1] as string}`, UPRIGHT];
    else if (child[1] !== APPLY) children.push(child);
    else if (!opens(all[i + 1])) children.push(['mspace', [], { width: '0.17em' }]);
  });
  const [only] = children;
  if (tag === 'mrow' && !attributes && children.length === 1 && only) return only;
  if (tag === 'msub' && only?.[1] === 'y') children[0] = ['mpadded', [only], { depth: '0' }];
  return attributes ? [tag, children, attributes] : [tag, children];
}

/** Characters that a formula shows. */
export function mathLength([, content]: MathNode): number {
  return typeof content === 'string'
    ? content.length
    : content.reduce((sum, child) => sum + mathLength(child), 0);
}
