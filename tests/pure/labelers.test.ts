// Labelers: the oracle follows its rule, noise turns round as many labels as it says, and biases are seen.
import { describe, expect, it } from 'vitest';
import { agreement } from '../../src/labelers/agreement.ts';
import { labelerNamed, labelers } from '../../src/labelers/index.ts';
import type { Choice, Label, PairReference } from '../../src/labelers/labeler.ts';
import { checkRecipe, worldNamed } from '../support/worlds.ts';

const world = worldNamed('reviews');
const COUNT = 2000;
const reference = (index: number): PairReference => ({ kind: 'stock', seed: 21, index, split: 'train' });

function choices(labeler: string, rule: string, noise = 0, seed = 4): (Choice | undefined)[] {
  const judge = labelerNamed(labeler).open({ world, rule, seed, parameters: { noise } });
  return Array.from({ length: COUNT }, (_, i) => judge.label(world.pair(21, i), i));
}

function labelled(list: readonly (Choice | undefined)[]): Label[] {
  return list.map((choice, i) => ({ pair: reference(i), choice: choice as Choice, source: 'test' }));
}

const share = ({ count, of }: { count: number; of: number }): number => count / of;

describe('oracle', () => {
  it.each(world.rules.map(({ name }) => name))(
    '%s: both sides win about equally often, ties are few',
    (rule) => {
      const list = choices('oracle', rule);
      const part = (choice: Choice): number => list.filter((other) => other === choice).length / COUNT;
      expect(Math.abs(part('a') - part('b'))).toBeLessThan(0.08);
      expect(part('tie')).toBeLessThan(0.35);
    },
  );

  it('prefers the higher utility, and the opposite rule the opposite', () => {
    const positive = choices('oracle', 'positive');
    const opposite = { a: 'b', b: 'a', tie: 'tie', both_bad: 'both_bad' } as const;
    expect(choices('oracle', 'negative')).toEqual(positive.map((choice) => opposite[choice as Choice]));
    expect(share(agreement(labelled(positive), world).rules.get('positive') ?? { count: 0, of: 1 })).toBe(1);
  });

  it('names the rules when one is unknown', () => {
    expect(() => choices('oracle', 'sweet')).toThrow(/positive, negative/);
  });
});

describe('noisy', () => {
  it('turns round the share that it says, and leaves ties alone', () => {
    const clean = choices('oracle', 'positive');
    const decided = clean.filter((choice) => choice !== 'tie').length;
    for (const noise of [0.1, 0.3]) {
      const noisy = choices('noisy', 'positive', noise);
      const turned = noisy.filter((choice, i) => choice !== clean[i]).length;
      // Three standard deviations of a share of 2,000.
      expect(Math.abs(turned / decided - noise)).toBeLessThan(0.032);
      expect(noisy.map((choice) => choice === 'tie')).toEqual(clean.map((choice) => choice === 'tie'));
    }
    expect(choices('noisy', 'positive', 0)).toEqual(clean);
  });

  it('is a function of seed and index', () => {
    expect(choices('noisy', 'short', 0.2)).toEqual(choices('noisy', 'short', 0.2));
    expect(choices('noisy', 'short', 0.2, 5)).not.toEqual(choices('noisy', 'short', 0.2));
    const turnedAt = (noise: number): number[] =>
      choices('noisy', 'short', noise).flatMap((choice, i) => (choice === choices0[i] ? [] : [i]));
    const choices0 = choices('noisy', 'short', 0);
    // More noise adds wrong labels and takes none back: a slider moves smoothly.
    expect(turnedAt(0.2)).toEqual(expect.arrayContaining(turnedAt(0.1)));
  });
});

describe('human', () => {
  it('says what was recorded, and nothing where nothing was', () => {
    const recorded = [labelled(['b'])[0], undefined, labelled(['both_bad'])[0]];
    const judge = labelerNamed('human').open({ world, rule: '', seed: 0, parameters: {}, recorded });
    expect([0, 1, 2, 3].map((i) => judge.label(world.pair(21, i), i))).toEqual([
      'b',
      undefined,
      'both_bad',
      undefined,
    ]);
  });
});

describe('agreement', () => {
  it('shows a bias to one side and to length', () => {
    const left = agreement(labelled(Array.from({ length: COUNT }, () => 'a')), world);
    expect(share(left.left)).toBe(1);
    expect(Math.abs(share(left.longer) - 0.5)).toBeLessThan(0.05);
    const long = agreement(labelled(choices('oracle', 'long')), world);
    expect(share(long.longer)).toBe(1);
    expect(Math.abs(share(long.left) - 0.5)).toBeLessThan(0.05);
  });

  it('counts ties and both bad apart, and takes pairs that the label itself carries', () => {
    const { prompt, a, b } = world.pair(21, 0);
    const given: PairReference = { kind: 'given', prompt: prompt.id, a, b };
    const labels = (['a', 'tie', 'both_bad', 'tie'] as const).map((choice) => ({
      pair: given,
      choice,
      source: 'human',
    }));
    expect(agreement(labels, world)).toMatchObject({
      decided: 1,
      ties: 2,
      bothBad: 1,
      left: { count: 1, of: 1 },
    });
    const lost: Label = { pair: { ...given, prompt: 'sofa-1' }, choice: 'a', source: 'human' };
    expect(() => agreement([lost], world)).toThrow(/sofa-1/);
    expect(agreement([], world).left).toEqual({ count: 0, of: 0 });
  });
});

describe('judge', () => {
  it('says what was recorded, and labels nothing by itself in a recipe', () => {
    const pair = { kind: 'stock', seed: 0, index: 3, split: 'train' } as const;
    const recorded: Label[] = [{ pair, choice: 'b', source: 'judge' }];
    const judge = labelerNamed('judge').open({ world, rule: '', seed: 0, parameters: {}, recorded });
    expect([judge.label(world.pair(0, 3), 0), judge.label(world.pair(0, 4), 1)]).toEqual(['b', undefined]);
    const recipe = { version: 1, world: world.name, labels: { labeler: 'judge', rule: 'positive' } };
    const checked = checkRecipe(recipe);
    expect(checked.ok).toBe(false);
    if (!checked.ok) expect(checked.issues[0]?.at).toBe('labels.labeler');
    expect(checkRecipe({ ...recipe, labels: { rule: 'positive', recorded } }).ok).toBe(true);
  });
});

describe('collection', () => {
  it('finds the labelers, and names them when one is unknown', () => {
    expect([...labelers.keys()].sort()).toEqual(['human', 'judge', 'noisy', 'oracle']);
    expect(() => labelerNamed('nobody')).toThrow(/human/);
  });
});
