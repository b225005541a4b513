/** Where pairs are labelled: which comes next, what the visitor answers, who else is asked. One writer: this class. */
import { stream } from '../../base/random.ts';
import type { Candidates, PairReference } from '../../labelers/labeler.ts';
import { pairOf } from '../../labelers/pairs.ts';
import type { Prompt, Tokens, World } from '../../worlds/world.ts';
import type { PairSource, Said } from './label-log.svelte.ts';
import type { Labelling } from './labelling.svelte.ts';
import { readPair, textOn, type Answer } from './shown-pair.ts';

export const ORACLE_PAIRS = 200;

/** Two different responses to a prompt, for pair number `index`; null where there is none to be had. */
export type Sampler = (prompt: Prompt, index: number) => Promise<{ a: Tokens; b: Tokens } | null>;

const ANNOUNCED: Record<Answer, string> = {
  left: 'Preferred A.',
  right: 'Preferred B.',
  tie: 'A tie.',
  both_bad: 'Both bad.',
  skip: 'Skipped.',
};

export class LabelActions {
  /** Another model whose samples are labelled. */
  sampler = $state.raw<Sampler | null>(null);
  /** Which pair of the stock is shown as the n-th, from 0. */
  order: (shown: number) => number = (shown) => shown;

  constructor(
    private readonly labelling: Labelling,
    private readonly loadWorld: () => Promise<World>,
    /** The policy's own. */
    private readonly samplePolicy: Sampler,
  ) {}

  async answer(answer: Answer): Promise<void> {
    const { labelling } = this;
    if (!labelling.current) return;
    if (!labelling.record(answer)) await this.nextPair();
    this.#announce(ANNOUNCED[answer]);
  }

  undo(): void {
    if (this.labelling.undo()) this.#announce('Taken back.');
  }

  #announce(what: string): void {
    const { current } = this.labelling;
    const pair = current
      ? ` Next: ${current.promptText} A: ${textOn('left', current)} B: ${textOn('right', current)}`
      : '';
    this.labelling.announcement = what + pair;
  }

  // Where pairs come from

  async setSource(source: PairSource): Promise<void> {
    this.sampler = null;
    this.labelling.setSource(source);
    await this.nextPair();
  }

  /** Whose samples are labelled while it is there; null: the stock's or the policy's, as the visitor chose. */
  async setSampler(sampler: Sampler | null): Promise<void> {
    this.sampler = sampler;
    this.labelling.current = null;
    await this.nextPair();
  }

  async nextPair(): Promise<void> {
    const { labelling } = this;
    const world = await this.loadWorld();
    const index = labelling.next;
    const sampler = this.sampler ?? (labelling.source === 'policy' ? this.samplePolicy : null);
    const sampled = sampler && (await sampledPair(sampler, world, index));
    if (labelling.current) return; // Undo was quicker
    if (labelling.next !== index) return this.nextPair(); // another tab was
    const pair = readPair(
      world,
      sampled ?? { kind: 'stock', seed: 0, index: this.order(index), split: 'train' },
    );
    if (pair) labelling.show(pair);
  }

  // Who else is asked

  labelWithOracle(pairs = ORACLE_PAIRS): void {
    this.labelling.addAutomatic(pairs);
    this.labelling.announcement = `${this.labelling.automatic} pairs are labelled by the oracle.`;
  }

  /**
   * Labels by somebody else (`source`: a labeler's name), of `count` pairs of the stock that nobody has seen. Rejects as
   * `choose` does, and then records nothing.
   */
  async labelWith(
    source: string,
    count: number,
    choose: (pairs: readonly Candidates[]) => Promise<readonly Said[]>,
  ): Promise<void> {
    const world = await this.loadWorld();
    const first = this.labelling.reserve(count);
    const pairs = Array.from({ length: count }, (_, i) => {
      const pair: PairReference = { kind: 'stock', seed: 0, index: first + i, split: 'train' };
      return { index: first + i, pair };
    });
    const said = await choose(pairs.map(({ pair }) => pairOf(world, pair)));
    this.labelling.recordFrom(
      source,
      said.map((one, i) => ({ ...(pairs[i] as (typeof pairs)[number]), ...one })),
    );
  }
}

async function sampledPair(sampler: Sampler, world: World, index: number): Promise<PairReference | null> {
  const prompts = world.prompts.filter(({ split }) => split === 'train');
  const prompt = stream(0, 'prompts to label', index).pick(prompts);
  const pair = await sampler(prompt, index);
  return pair && { kind: 'given', prompt: prompt.id, a: pair.a, b: pair.b };
}
