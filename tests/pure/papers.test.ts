// The gallery: every paper once, told in a sentence, with losses that exist and that name the same paper where they are its own.
import { describe, expect, it } from 'vitest';
import { PAPER_FAMILIES } from '../../src/papers/paper.ts';
import { papers } from '../../src/papers/index.ts';
import { objectives } from '../../src/objectives/index.ts';

describe('the gallery', () => {
  it('has 104 papers, each once, and every family', () => {
    expect(papers).toHaveLength(104);
    for (const key of ['id', 'title', 'url', 'idea'] as const)
      expect(new Set(papers.map((paper) => paper[key])).size, key).toBe(104);
    expect(new Set(papers.map(({ family }) => family))).toEqual(new Set(Object.keys(PAPER_FAMILIES)));
  });

  it('knows the paper of every objective that names one of them', () => {
    const titles = new Map(papers.map((paper) => [paper.title, paper]));
    const own = [...objectives.values()].filter(({ paper }) => titles.has(paper.title));
    expect(own.length).toBeGreaterThan(40);
    for (const { name, paper } of own) {
      const told = titles.get(paper.title)!;
      expect(told.losses, told.id).toContain(name);
      expect([told.url, told.year], told.id).toEqual([paper.url, paper.year]);
      const first = /^[^,]*?(?=,| and |$)/.exec(paper.authors)![0];
      expect(told.authors.startsWith(first), `${told.authors}: ${first}`).toBe(true);
    }
  });

  it('says that no exhibit runs while no exhibit is there', () => {
    const rooms = Object.keys(import.meta.glob('../../src/exhibits/*/index.ts'));
    expect(papers.filter(({ status }) => status === 'running')).toHaveLength(rooms.length);
  });
});

describe.each(papers)('$id', ({ id, title, authors, year, url, idea, losses }) => {
  it('is told in one sentence, with authors, year, address and losses that exist', () => {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(title.length).toBeGreaterThan(10);
    expect(authors).toMatch(/^[^,]+( and others|, [^,]+ and [^,]+| and [^,]+)?$/);
    expect(year).toBeGreaterThanOrEqual(2016);
    expect(url).toMatch(/^https:\/\/(arxiv\.org\/abs\/\d{4}\.\d{5}(v1)?|aclanthology\.org\/.+)$/);
    if (url.includes('arxiv')) expect(url.split('/abs/')[1]!.slice(0, 2)).toBe(String(year).slice(2));
    expect(idea).toMatch(/^[A-Z][^.]*\.$/);
    expect(idea.length).toBeGreaterThanOrEqual(60);
    expect(idea.length).toBeLessThanOrEqual(220);
    expect(new Set(losses).size).toBe(losses.length);
    for (const name of losses) expect([...objectives.keys()]).toContain(name);
  });
});
