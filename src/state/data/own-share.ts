/** A run on the visitor's own data as a state to share: how the data was made into a world, and nothing of the data. */
import type { Checked, Issue } from '../../base/errors.ts';
import type { WorldChoices } from '../../data/build.ts';
import type { Mapping } from '../../data/shapes/shape.ts';
import type { BaseTeaching, DataSource } from '../../links/data.ts';
import type { LabState, SharedState } from '../../links/shared.ts';
import type { TaughtBase } from '../../session/teach-protocol.ts';
import type { Lab } from '../lab/lab.svelte.ts';
import { shareableLab, type Shareable } from '../share/shareable.ts';

type Plan = Pick<BaseTeaching, 'steps' | 'batch' | 'seed'>;

export interface OwnMade {
  file: string;
  mapping: Mapping | null;
  choices: WorldChoices;
  taught: TaughtBase;
  /** How it was taught; null where that is not known. */
  plan: Plan | null;
}

/** Names of files are shown by whoever opens the link: plain text, of this length. */
const LONGEST_NAME = 80;
const UNPLAIN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

export function shareableOwn(lab: Lab, made: OwnMade, brought: LabState | null): Shareable {
  const shareable = shareableLab(lab, brought);
  const take = async (): Promise<Checked<SharedState>> => {
    const state = await shareable.take();
    if (!state.ok || state.value.kind !== 'lab') return state;
    const { plan } = made;
    if (plan === null) return { ok: false, issues: [NO_PLAN] };
    return { ok: true, value: { ...state.value, data: sourceOf(made, plan) } };
  };
  return { ...shareable, take };
}

function sourceOf({ file, mapping, choices, taught }: OwnMade, { steps, batch, seed }: Plan): DataSource {
  const { size, step: made } = taught;
  return {
    file: plainName(file),
    mapping: mapping && { ...mapping },
    vocabulary: choices.vocabulary,
    words: choices.words,
    context: choices.context,
    base: { size, steps, made, batch, seed, digest: taught.digest },
  };
}

const NO_PLAN: Issue = {
  code: 'share/kept-model',
  at: 'the model',
  expected: 'one that was taught here, from its file',
  received: 'one that this browser kept, which does not say how it was taught',
  cure: 'Choose the file again, teach a model, and share from there.',
};

export const plainName = (name: string): string => name.replace(UNPLAIN, ' ').trim().slice(0, LONGEST_NAME);
