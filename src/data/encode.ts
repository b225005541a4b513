/**
 * From a data set and a vocabulary to the compact form of a world: what is cut, what is left out, and which pairs are held out.
 *
 * Cutting is TRL's: where a prompt and its longest response do not fit into the context, the prompt keeps its end (half the
 * context at most), then a response keeps its beginning, without `<eos>`.
 */
import type { Checked } from '../base/errors.ts';
import { stream } from '../base/random.ts';
import { BOS, EOS } from '../worlds/world.ts';
import type { Dataset } from './dataset.ts';
import type { EncodedWorld } from './encoded-world.ts';
import { nameOf, packLists } from './encoded-world.ts';
import type { Vocabulary } from './vocabulary/index.ts';

export const CONTEXTS = [32, 64, 128, 256] as const;
export const DEFAULT_CONTEXT = 128;

/** Share of the pairs that is held out, and how many pairs are held out of a small set, if that is no more than a third of it. */
const HELD_OUT_SHARE = 0.1;
const FEW_HELD_OUT = 50;
/** The order of the stock and the choice of what is held out are the same for every run on the data. */
const SEED = 0;

/** What became of the pairs of the file. */
export interface EncodingReport {
  /** Of the data set. */
  pairs: number;
  /** In the world. */
  kept: number;
  training: number;
  heldOut: number;
  /** Kept pairs of which nothing was cut. */
  whole: number;
  /** Kept pairs whose prompt lost its beginning, and kept pairs of which a response lost its end. */
  promptsCut: number;
  responsesCut: number;
  /** Left out: a response without a token; two responses that are the same tokens, maybe only after cutting. */
  empty: number;
  alike: number;
  /**
   * Kept pairs that the rule of the world labels the other way round, because of other pairs of that prompt: over all of them
   * the file preferred the rejected response more often. And those in which it preferred both as often.
   */
  turned: number;
  undecided: number;
  /** Different prompts. */
  prompts: number;
  /** Whether no prompt is in both parts; see `splitUnits`. */
  splitByPrompt: boolean;
}

interface Draft {
  prompt: number;
  chosen: number;
  rejected: number;
}

export function encodeWorld(
  { name: file, pairs }: Dataset,
  vocabulary: Vocabulary,
  context: number,
): Checked<{ encoded: EncodedWorld; report: EncodingReport }> {
  const prompts = pool();
  const responses = pool();
  const report = { pairs: pairs.length, whole: 0, promptsCut: 0, responsesCut: 0, empty: 0, alike: 0 };

  const texts = new Map<string, number[]>();
  const encoded = (text: string): number[] => {
    const known = texts.get(text) ?? vocabulary.encode(text);
    texts.set(text, known);
    return known;
  };
  /** Most tokens of a response to each prompt, `<eos>` included. */
  const longest = new Map<string, number>();
  for (const { prompt, chosen, rejected } of pairs) {
    const most = 1 + Math.max(encoded(chosen).length, encoded(rejected).length);
    longest.set(prompt, Math.max(longest.get(prompt) ?? 0, most));
  }

  const drafts: Draft[] = [];
  for (const { prompt, chosen, rejected } of pairs) {
    const [asked, better, worse] = [prompt, chosen, rejected].map(encoded) as [number[], number[], number[]];
    if (better.length === 0 || worse.length === 0) {
      report.empty++;
      continue;
    }
    const fits = 1 + asked.length + (longest.get(prompt) as number) <= context;
    const end = fits ? asked : asked.slice(-(context / 2 - 1));
    const room = context - 1 - end.length;
    const draft = {
      prompt: prompts.add([BOS, ...end]),
      chosen: responses.add([...better, EOS].slice(0, room)),
      rejected: responses.add([...worse, EOS].slice(0, room)),
    };
    if (draft.chosen === draft.rejected) {
      report.alike++;
      continue;
    }
    drafts.push(draft);
    const [promptCut, responseCut] = [
      end.length < asked.length,
      Math.max(better.length, worse.length) + 1 > room,
    ];
    if (promptCut) report.promptsCut++;
    if (responseCut) report.responsesCut++;
    if (!promptCut && !responseCut) report.whole++;
  }
  if (drafts.length < FEWEST_PAIRS) return tooFew(pairs.length, drafts.length);

  const { training, heldOut, splitByPrompt } = split(drafts);
  const ordered = [...training, ...heldOut].map((i) => drafts[i] as Draft);
  const world = {
    vocabulary: { kind: vocabulary.kind, words: [...vocabulary.words], merges: [...vocabulary.merges] },
    context,
    prompts: packLists(prompts.lists),
    responses: packLists(responses.lists),
    pairs: Uint32Array.from(ordered.flatMap(({ prompt, chosen, rejected }) => [prompt, chosen, rejected])),
    training: training.length,
  };
  return {
    ok: true,
    value: {
      encoded: { name: nameOf(world), file, ...world },
      report: {
        ...report,
        kept: drafts.length,
        training: training.length,
        heldOut: heldOut.length,
        ...againstNet(drafts),
        prompts: prompts.lists.length,
        splitByPrompt,
      },
    },
  };
}

/** With fewer there is nothing to learn from, or nothing to hold out. */
const FEWEST_PAIRS = 4;

function tooFew(given: number, left: number): Checked<never> {
  return {
    ok: false,
    issues: [
      {
        code: 'data/too-few-pairs',
        at: 'data set',
        expected: `at least ${FEWEST_PAIRS} pairs of two different responses`,
        received: `${left} of the ${given} pairs of the file`,
        cure: 'Open a file with more pairs, or take a longer context or a larger vocabulary.',
      },
    ],
  };
}

/** In how many pairs the net count of their prompt's pairs says the opposite, or nothing; see `data/world.ts`. */
function againstNet(drafts: readonly Draft[]): Pick<EncodingReport, 'turned' | 'undecided'> {
  const wins = new Map<string, number>();
  const add = (prompt: number, response: number, won: number): void => {
    const key = `${prompt} ${response}`;
    wins.set(key, (wins.get(key) ?? 0) + won);
  };
  for (const { prompt, chosen, rejected } of drafts) {
    add(prompt, chosen, 1);
    add(prompt, rejected, -1);
  }
  const found = { turned: 0, undecided: 0 };
  for (const { prompt, chosen, rejected } of drafts) {
    const of = (response: number): number => wins.get(`${prompt} ${response}`) as number;
    if (of(chosen) < of(rejected)) found.turned++;
    else if (of(chosen) === of(rejected)) found.undecided++;
  }
  return found;
}

interface Split {
  training: number[];
  heldOut: number[];
  splitByPrompt: boolean;
}

/** Both parts in the order of the stock. */
function split(drafts: readonly Draft[]): Split {
  const { units, byPrompt } = splitUnits(drafts);
  const wanted = Math.max(
    Math.ceil(HELD_OUT_SHARE * drafts.length),
    Math.min(FEW_HELD_OUT, Math.floor(drafts.length / 3)),
  );
  const order = stream(SEED, 'held-out of data').shuffle(units);
  const heldOut: number[] = [];
  const training: number[] = [];
  for (const unit of order) {
    // a large unit that would take too much stays in training
    const room = heldOut.length < wanted && heldOut.length + unit.length <= Math.max(2 * wanted, 1);
    (room ? heldOut : training).push(...unit);
  }
  const shuffled = (part: number[], purpose: string): number[] =>
    stream(SEED, purpose).shuffle(part.sort((a, b) => a - b));
  return {
    training: shuffled(training, 'order of data'),
    heldOut: shuffled(heldOut, 'held-out order of data'),
    splitByPrompt: byPrompt,
  };
}

/**
 * Pairs that go into one part together: those of one prompt, so that no held-out prompt is trained on. Where the empty prompt
 * or one alone has more than half of all pairs, that can't be, and each of its pairs stands for itself.
 */
function splitUnits(drafts: readonly Draft[]): { units: number[][]; byPrompt: boolean } {
  const byPrompt = new Map<number, number[]>();
  drafts.forEach(({ prompt }, i) => {
    const pairs = byPrompt.get(prompt);
    if (pairs) pairs.push(i);
    else byPrompt.set(prompt, [i]);
  });
  const large = [...byPrompt.values()].find((pairs) => pairs.length > drafts.length / 2);
  const units = [...byPrompt.values()].flatMap((pairs) =>
    pairs === large ? pairs.map((i) => [i]) : [pairs],
  );
  return { units, byPrompt: large === undefined };
}

/** Different lists, each with a number. */
function pool(): { lists: number[][]; add(list: number[]): number } {
  const lists: number[][] = [];
  const known = new Map<string, number>();
  return {
    lists,
    add: (list) => {
      const key = String.fromCharCode(...list);
      const found = known.get(key);
      if (found !== undefined) return found;
      known.set(key, lists.length);
      lists.push(list);
      return lists.length - 1;
    },
  };
}
