/** Mistakes in formulas: each is told with its code, line, column, what was expected and received, and a cure. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeIssue } from '../../src/base/errors.ts';
import type { Setting } from '../../src/formulas/quantities.ts';
import { issuesOf } from '../support/formula-graph.ts';

const parameters = ['beta'];

interface Case {
  setting: Setting;
  text: string;
  told: string[];
}

/** Blocks of `SETTING> text`, a line each, then every issue as `CODE message`. */
function casesIn(file: string): Case[] {
  const blocks = readFileSync(file, 'utf8').trimEnd().split('\n\n');
  return blocks.map((block) => {
    const lines = block.split('\n').map((line) => /^(?:(pairs|groups)> )?(.*)$/.exec(line) ?? []);
    const written = lines.filter(([, setting]) => setting !== undefined);
    return {
      setting: written[0]?.[1] as Setting,
      text: written.map(([, , text]) => text).join('\n'),
      told: lines.filter(([, setting]) => setting === undefined).map(([line = '']) => line),
    };
  });
}

const cases = casesIn('tests/fixtures/formula-mistakes.txt');

describe('a mistake', () => {
  it.each(cases)('in $text', ({ setting, text, told }) => {
    const issues = issuesOf(text, { setting, parameters });
    expect(issues.map((issue) => `${issue.code} ${describeIssue(issue)}`)).toEqual(told);
  });

  it('is one of many that are held here, and each is told', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    for (const { told } of cases) expect(told).not.toEqual([]);
    const codes = new Set(cases.flatMap(({ told }) => told.map((line) => line.split(' ')[0])));
    expect([...codes].toSorted()).toEqual([
      'formula/assigned-twice',
      'formula/ignored-parameter',
      'formula/indexed-name',
      'formula/loss-shape',
      'formula/loss-without-policy',
      'formula/no-loss',
      'formula/shapes',
      'formula/taken-name',
      'formula/unexpected-token',
      'formula/unknown-character',
      'formula/unknown-function',
      'formula/unknown-name',
      'formula/wrong-arguments',
    ]);
  });

  it.each([
    ['too-deep', `loss = beta + ${'('.repeat(101)}1${')'.repeat(101)}`, 'line 1, column 115', 'at most 100 levels', '101 levels', 'Give a part of it a name on a line of its own.'],
    ['too-long', `loss = beta ${'+ 1 '.repeat(499)}`, 'line 1, column 2007', 'at most 1000 names, numbers and signs', '1002', 'Shorten it.'],
  ])('of size is %s', (code, text, at, expected, received, cure) => {
    const issues = issuesOf(text, { setting: 'pairs', parameters });
    expect(issues).toEqual([{ code: `formula/${code}`, at, expected, received, cure }]);
  }); // prettier-ignore

  it('is not made by a no-break space, which pasted text has', () => {
    expect(issuesOf('loss\u00a0= beta *\u00a0logp_w', { setting: 'pairs', parameters })).toEqual([]);
  });
});

describe('a formula from a stranger', () => {
  it.each([
    ['parentheses', `loss = ${'('.repeat(10_000)}beta${')'.repeat(10_000)}`],
    ['open parentheses', `loss = ${'('.repeat(10_000)}`],
    ['minus signs', `loss = ${'-'.repeat(10_000)}beta`],
    ['calls', `loss = ${'exp('.repeat(10_000)}`],
    ['terms', `loss = beta${' + 1'.repeat(100_000)}`],
    ['lines', 'a = 1\n'.repeat(10_000)],
    ['letters', `loss = ${'x'.repeat(100_000)}`],
    ['digits', `loss = beta * ${'9'.repeat(100_000)}`],
  ])('that is a pile of %s is an issue', (_, text) => {
    expect(issuesOf(text, { setting: 'pairs', parameters }).length).toBeGreaterThan(0);
  });
});
