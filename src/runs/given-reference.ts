/**
 * A model from outside as a run's reference: losses and rewards are measured by it in place of the model before training,
 * with which rankings, samples and KL go on being compared. It runs elsewhere, and is asked for log-probs as they are needed.
 */
import type { Issue } from '../base/errors.ts';
import { InvalidInputError } from '../base/errors.ts';
import type { Sequence } from '../training/sequences.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { Scorer } from './scorer.ts';

export interface GivenReference {
  /** Of the file that the model was read from. */
  sha256: string;
  /** Log-probs of the tokens of each response; what they are may depend on that sequence alone. */
  logps(sequences: readonly Sequence[]): Promise<readonly (readonly number[])[]>;
}

/**
 * The reference that the recipe names, every response asked about once; null where it names none. Throws
 * InvalidInputError where it names another model than the one that is here.
 */
export function referenceOf({ model }: Recipe, here: GivenReference | undefined): GivenReference | null {
  if (model.reference === undefined) return null;
  const { sha256 } = model.reference;
  if (here?.sha256 === sha256) return askedOnce(here);
  throw new InvalidInputError([
    {
      code: 'recipe/reference-not-here',
      at: 'model.reference',
      expected: `the ONNX model with SHA-256 ${sha256}, which this run’s loss is measured by`,
      received: here === undefined ? 'no model' : `the model with SHA-256 ${here.sha256}`,
      cure: 'Open that file under “Models from outside”, or name it with --reference on the command line.',
    },
  ]);
}

function askedOnce({ sha256, logps }: GivenReference): GivenReference {
  const known = new Map<string, readonly number[]>();
  return {
    sha256,
    logps: async (sequences) => {
      const missing = new Map(
        sequences.flatMap((one) => (known.has(nameOf(one)) ? [] : [[nameOf(one), one] as const])),
      );
      if (missing.size > 0) {
        const asked = [...missing.values()];
        const found = await logps(asked);
        asked.forEach((one, i) => known.set(nameOf(one), checked(one, found[i])));
      }
      return sequences.map((one) => known.get(nameOf(one)) as readonly number[]);
    },
  };
}

const nameOf = ({ prompt, response }: Sequence): string => `${prompt.join()}:${response.join()}`;

function checked({ response }: Sequence, logps: readonly number[] | undefined): readonly number[] {
  const wrong = (expected: string, received: string, cure: string): never => {
    const issue: Issue = { code: 'recipe/reference-answer', at: 'model.reference', expected, received, cure };
    throw new InvalidInputError([issue]);
  };
  if (logps?.length !== response.length) {
    const expected = `${response.length} log-probs, one a token`;
    return wrong(expected, String(logps?.length ?? 0), 'Open the model again.');
  }
  const bad = logps.findIndex((logp) => !Number.isFinite(logp));
  if (bad < 0) return logps;
  const expected = 'a finite log-prob of every token';
  const received = `${logps[bad]} for word ${response[bad]}`;
  return wrong(expected, received, 'Take a model that can say every word of this world as the reference.');
}

/** The scorer, whose `reference` is this model. */
export function measuredBy(scorer: Scorer, reference: GivenReference | null): Scorer {
  if (reference === null) return scorer;
  return {
    ...scorer,
    tokenLogps: async (sequences, model, length) => {
      if (model !== 'reference') return scorer.tokenLogps(sequences, model, length);
      const rows = new Float32Array(sequences.length * length);
      const found = await reference.logps(sequences);
      // a token is predicted at the place before it
      found.forEach((logps, i) => rows.set(logps, i * length + (sequences[i] as Sequence).prompt.length - 1));
      return rows;
    },
    logps: async (sequences, model) => {
      if (model !== 'reference') return scorer.logps(sequences, model);
      const found = await reference.logps(sequences);
      return found.map((logps) => logps.reduce((sum, logp) => sum + Math.fround(logp), 0));
    },
  };
}
