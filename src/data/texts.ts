/** The texts of a data set, for vocabularies. */
import type { Dataset } from './dataset.ts';

/** Each once a pair: a prompt that comes more often counts more often. */
export function* textsOf({ pairs }: Dataset): Generator<string> {
  for (const { prompt, chosen, rejected } of pairs) {
    yield prompt;
    yield chosen;
    yield rejected;
  }
}
