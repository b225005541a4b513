// The glossary: words once, told briefly, in an order; formulas that KaTeX takes; losses that exist; links that lead somewhere.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../src/glossary/entry.ts';
import { terms } from '../../src/glossary/index.ts';
import { mathOf, type MathNode } from '../../src/glossary/mathml.ts';
import { objectives } from '../../src/objectives/index.ts';

const ids = new Set(terms.map(({ id }) => id));
const textOf = ([, content]: MathNode): string =>
  typeof content === 'string' ? content : content.map(textOf).join('');
const tagsOf = ([tag, content]: MathNode): string[] =>
  typeof content === 'string' ? [tag] : [tag, ...content.flatMap(tagsOf)];

describe('the glossary', () => {
  it('has every word once, in every section', () => {
    expect(terms.length).toBeGreaterThan(80);
    expect(ids.size).toBe(terms.length);
    expect(new Set(terms.map(({ term }) => term)).size).toBe(terms.length);
    expect(new Set(terms.map(({ section }) => section))).toEqual(new Set(Object.keys(SECTIONS)));
  });

  it('is what components link to, and all of their links are words of it', () => {
    const components = readdirSync('src/components', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.svelte'))
      .map((path) => readFileSync(`src/components/${path}`, 'utf8'));
    const lessons = readdirSync('lessons', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.svx'))
      .map((path) => readFileSync(`lessons/${path}`, 'utf8'));
    expect(lessons.every((text) => text.includes('<Term id="'))).toBe(true);
    const linked = [...components, ...lessons].flatMap((text) =>
      [...text.matchAll(/<Term id="([^"]+)"/g)].map(([, id]) => id!),
    );
    expect(linked.length).toBeGreaterThan(4);
    expect(linked.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe.each(terms)('$id', ({ id, definition, tex, loss, see = [] }) => {
  it('is told in sentences, and refers to words that are there', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(definition).toMatch(/^[A-Z].*\.$/);
    expect(definition.length).toBeGreaterThan(40);
    expect(definition.length).toBeLessThan(300);
    expect(tex !== undefined && loss !== undefined).toBe(false);
    if (loss !== undefined) expect([...objectives.keys()]).toContain(loss);
    expect(see.filter((other) => !ids.has(other) || other === id)).toEqual([]);
    if (tex !== undefined) expect(mathOf(tex)[0]).toBe('math');
  });
});

describe('TeX as a tree of MathML', () => {
  it('keeps structure, text and the colours of the site', () => {
    const math = mathOf(String.raw`\htmlClass{c-chosen}{y_w} < \frac{a}{b} \& 1`);
    expect(math[2]).toEqual({ display: 'block' });
    expect(textOf(math)).toBe('yw<ab&1');
    expect(tagsOf(math)).toEqual(expect.arrayContaining(['mfrac', 'msub', 'mstyle']));
    expect(JSON.stringify(math)).toContain(
      '["mstyle",[["msub",[["mpadded",[["mi","y"]],{"depth":"0"}],["mi","w"]]]],{"class":"c-chosen"}]',
    );
    expect(tagsOf(math)).not.toContain('annotation');
  });

  it('writes upright words as words, so that they are not set like products of letters', () => {
    const math = JSON.stringify(mathOf(String.raw`\log \pi_{\mathrm{ref}}`));
    expect(math).toContain('["mi","log",{"mathvariant":"normal"}]');
    expect(math).toContain('["mi","ref",{"mathvariant":"normal"}]');
  });

  it('refuses TeX that is wrong', () => {
    expect(() => mathOf(String.raw`\frac{a}`)).toThrow();
  });
});
