/** What a set of labels has in common: which rules it agrees with, and whether the side or the length alone explains it. */
import type { World } from '../worlds/world.ts';
import type { Label } from './labeler.ts';
import { pairOf } from './pairs.ts';

/** So many out of so many; `of` may be 0. */
export interface Share {
  count: number;
  of: number;
}

export interface Agreement {
  decided: number;
  ties: number;
  bothBad: number;
  /** By the name of the rule: decided labels that agree with it, of those on which the rule itself decides. */
  rules: ReadonlyMap<string, Share>;
  /** Position bias: decided labels that picked the left side. Half of them, where sides are shuffled. */
  left: Share;
  /** Length bias: decided labels that picked the longer response, of those with a longer one. */
  longer: Share;
}

export function agreement(labels: readonly Label[], world: World): Agreement {
  const rules = new Map(world.rules.map((rule): [string, Share] => [rule.name, { count: 0, of: 0 }]));
  const left: Share = { count: 0, of: 0 };
  const longer: Share = { count: 0, of: 0 };
  /** `difference`: how much more the left side has of something. */
  const record = (share: Share, difference: number, pickedLeft: boolean): void => {
    if (difference === 0) return;
    share.of++;
    if (difference > 0 === pickedLeft) share.count++;
  };
  for (const { choice, pair } of labels) {
    if (choice !== 'a' && choice !== 'b') continue;
    const { prompt, a, b } = pairOf(world, pair);
    const [scoresA, scoresB] = [world.score(prompt, a), world.score(prompt, b)];
    for (const rule of world.rules) {
      record(rules.get(rule.name) as Share, rule.utility(scoresA) - rule.utility(scoresB), choice === 'a');
    }
    record(left, 1, choice === 'a');
    record(longer, a.length - b.length, choice === 'a');
  }
  const count = (choice: string): number => labels.filter((label) => label.choice === choice).length;
  return { decided: left.of, ties: count('tie'), bothBad: count('both_bad'), rules, left, longer };
}
