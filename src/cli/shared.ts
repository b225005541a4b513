/** What a command is pointed at: a link, a shared file, or a plain recipe. */
import type { Checked, Issue } from '../base/errors.ts';
import { InvalidInputError } from '../base/errors.ts';
import {
  isLink,
  isSharedFile,
  neededByFile,
  neededByLink,
  readLink,
  readSharedFile,
} from '../links/codec.ts';
import type { Needed } from '../links/data.ts';
import type { LabState, SharedState } from '../links/shared.ts';
import { OPEN_VIEW } from '../links/visible.ts';
import type { BringWorld } from '../worlds/index.ts';
import { storyOf } from '../runs/story.ts';
import { checkedRecipe, mistake, readJson } from './input.ts';

/** What a link (with whatever site before its `#`), a shared file or a recipe file stands for; `seed` takes the place of its own. */
export async function readState(word: string, seed: number | null, bring: BringWorld): Promise<SharedState> {
  const shared = await readShared(word, seed, bring);
  if (shared !== null) return shared;
  const story = storyOf((await checkedRecipe(await readJson(word), bring, seed, word)).recipe);
  return { kind: 'lab', story, receipt: null, view: OPEN_VIEW };
}

/** Null for a file that does not say of itself that it is a shared one. */
export async function readShared(
  word: string,
  seed: number | null,
  bring: BringWorld,
): Promise<SharedState | null> {
  const hash = word.indexOf('#');
  const linked = hash < 0 ? null : await readLink(word.slice(hash), bring);
  if (linked !== null) return linked.ok ? withSeed(linked.value, seed) : refuse('link', linked.issues);
  // the text is kept beside the value: a shared file has bounds of its own
  const [value, text] = (await readJson(word, (json) => [JSON.parse(json), json])) as [unknown, string];
  if (!isSharedFile(value)) return null;
  const read = await readSharedFile(text, bring);
  return read.ok ? withSeed(read.value, seed) : refuse(word, read.issues);
}

/** What a link or shared file needs before it can be read; null for one that needs nothing, and for a plain recipe. */
export async function neededBy(word: string): Promise<Needed | null> {
  const hash = word.indexOf('#');
  if (hash >= 0 && isLink(word.slice(hash))) return neededOr(await neededByLink(word.slice(hash)), 'link');
  const [value, text] = (await readJson(word, (json) => [JSON.parse(json), json])) as [unknown, string];
  return isSharedFile(value) ? neededOr(neededByFile(text), word) : null;
}

const neededOr = (needed: Checked<Needed> | null, at: string): Needed | null =>
  needed === null ? null : needed.ok ? needed.value : refuse(at, needed.issues);

/** For a command that takes one run. */
export async function readLab(word: string, seed: number | null, bring: BringWorld): Promise<LabState> {
  const state = await readState(word, seed, bring);
  if (state.kind === 'lab') return state;
  throw mistake('kind', word, 'a run', 'a race', 'Run it with: npm run -s sway -- race');
}

function refuse(at: string, issues: readonly Issue[]): never {
  throw new InvalidInputError(issues.map((issue) => ({ ...issue, at: `${at}: ${issue.at}` })));
}

/** Another seed is another run: what the receipt tells and what was seen are no longer of it. */
function withSeed(state: SharedState, seed: number | null): SharedState {
  if (seed === null) return state;
  if (state.kind === 'race') {
    return { ...state, arms: state.arms.map(({ name, recipe }) => ({ name, recipe: { ...recipe, seed } })) };
  }
  const { seen: _seen, ...rest } = state;
  const { recipe, changes } = rest.story;
  const story = {
    recipe: { ...recipe, seed },
    changes: changes.map((change) => ({ ...change, recipe: { ...change.recipe, seed } })),
  };
  return { ...rest, story, receipt: null };
}
