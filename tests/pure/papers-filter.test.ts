// What the gallery's filter lets through.
import { expect, it } from 'vitest';
import { EVERYTHING, isWanted, type Wanted } from '../../src/papers/filter.ts';
import { papers } from '../../src/papers/index.ts';
import { objectives } from '../../src/objectives/index.ts';

const searched = papers.map((paper) => ({
  ...paper,
  losses: paper.losses.map((name) => ({ name, title: objectives.get(name)!.title })),
}));
const found = (wanted: Partial<Wanted>): string[] =>
  searched.filter((paper) => isWanted(paper, { ...EVERYTHING, ...wanted })).map(({ id }) => id);

it('lets everything through when nothing is asked', () => {
  expect(found({})).toHaveLength(104);
  expect(found({ text: '   ' })).toHaveLength(104);
});

it('finds words anywhere, in any order and case, all of them', () => {
  expect(found({ text: 'NPO' })).toContain('npo');
  expect(found({ text: 'tajwar' })).toEqual(['suboptimal-onpolicy']);
  expect(found({ text: 'conservative hinge nothing-such' })).toEqual([]);
  expect(found({ text: 'unlearning gradient' })).toEqual(found({ text: 'gradient  Unlearning' }));
  expect(found({ text: 'unlearning gradient' })).toContain('npo');
  expect(found({ text: 'SimPO' })).toEqual(expect.arrayContaining(['itool', 'cdr', 'value-drifts']));
});

it('keeps to a family, and to papers with a loss', () => {
  expect(found({ family: 'reasoning' })).toHaveLength(13);
  const withLoss = found({ withLoss: true });
  expect(withLoss).toContain('sppo');
  expect(withLoss).not.toContain('icai');
  expect(found({ family: 'reasoning', withLoss: true }).every((id) => withLoss.includes(id))).toBe(true);
});
