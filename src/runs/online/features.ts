/** What a taste may be about: a world's scores of a response, standardised, so that their weights can be compared. */
import { range } from '../../base/lists.ts';
import { mean } from '../../base/maths.ts';
import type { Asked, Attribute, ResponsePair, Tokens, World } from '../../worlds/world.ts';

/** Texts of the world that means and standard deviations are taken over. */
const TEXTS = 512;

export interface Features {
  /** What they are of, in order. */
  attributes: readonly Attribute[];
  /** Of a response: [d], each less its mean over the world's texts, in their standard deviations. */
  of(prompt: Asked, response: Tokens): number[];
}

/** Null where the world measures nothing on a response. */
export function featuresOf(world: World): Features | null {
  const { attributes } = world;
  const scores = (prompt: Asked, response: Tokens): number[] => {
    const all = world.score(prompt, response);
    return attributes.map(({ key }) => all[key] as number);
  };
  if (attributes.length === 0 || world.stock !== null) return null;
  const texts = range(0, TEXTS).map((i) => {
    const { prompt, response } = world.corpus(0, i);
    return scores(prompt, response);
  });
  const columns = attributes.map((_, k) => texts.map((row) => row[k] as number));
  const means = columns.map(mean);
  const deviations = columns.map((column, k) => deviation(column, means[k] as number));
  return {
    attributes,
    of: (prompt, response) =>
      scores(prompt, response).map(
        (score, k) => (score - (means[k] as number)) / ((deviations[k] as number) || 1),
      ),
  };
}

/** Features of `a` less those of `b`. */
export function differenceOf(
  { of }: Features,
  { prompt, a, b }: Pick<ResponsePair, 'prompt' | 'a' | 'b'>,
): number[] {
  const other = of(prompt, b);
  return of(prompt, a).map((x, k) => x - (other[k] as number));
}

/** The standard deviation, by n. */
export const deviation = (values: readonly number[], around = mean(values)): number =>
  Math.sqrt(mean(values.map((value) => (value - around) * (value - around))));
