/**
 * What is looked at while a run trains. Evaluations are part of the run and come at their steps, whatever they cost. What else is
 * shown, samples and single words, keeps to a budget of time, comes whenever the run rests, and never twice of the same model.
 */

/** Of the time, what looking may take in all; and what it may take beside evaluations where those alone take more. */
const SHARE = 0.15;
const LEAST = 0.03;

export interface Watching {
  /** Trains, and counts how long. */
  training<T>(work: () => Promise<T>): Promise<T>;
  /** Evaluates, then samples: always where it `rests`, else within the budget. */
  look(rests: boolean): Promise<void>;
  /** At rest: what has not been shown of the model as it is now. */
  catchUp(): Promise<void>;
}

export interface Watched {
  /** Of the model that is looked at. */
  step(): number;
  evaluate(): Promise<void>;
  sample(): Promise<void>;
  now(): number;
}

export function createWatching({ step, evaluate, sample, now }: Watched): Watching {
  const spent = { training: 0, evaluating: 0, sampling: 0 };
  /** Milliseconds that samples took last. */
  let price = 0;
  let sampledAt: number | null = null;

  /** What is looked at while it rests takes nothing from training. */
  const timed = async <T>(kind: keyof typeof spent, work: () => Promise<T>): Promise<T> => {
    const start = now();
    const result = await work();
    const took = now() - start;
    spent[kind] += took;
    if (kind === 'sampling') price = took;
    return result;
  };

  const affords = (): boolean => {
    const { training, evaluating, sampling } = spent;
    const all = training + evaluating + sampling;
    return sampling === 0 || sampling + price <= Math.max(SHARE * all - evaluating, LEAST * all);
  };

  const sampleNow = async (): Promise<void> => {
    await sample();
    sampledAt = step();
  };

  return {
    training: (work) => timed('training', work),
    look: async (rests) => {
      if (rests) {
        await evaluate();
        return sampleNow();
      }
      await timed('evaluating', evaluate);
      if (affords()) await timed('sampling', sampleNow);
    },
    catchUp: async () => {
      if (sampledAt !== step()) await sampleNow();
    },
  };
}
