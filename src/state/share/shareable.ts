/** What a page gives to the dialog that shares: its state, and what of it is hidden and locked already. */
import type { Checked } from '../../base/errors.ts';
import { sameValue } from '../../base/same.ts';
import { worldsOf } from '../../worlds/index.ts';
import type { World } from '../../worlds/world.ts';
import type { LabState, SharedState } from '../../links/shared.ts';
import type { View } from '../../links/view.ts';
import type { Lab } from '../lab/lab.svelte.ts';

export interface Shareable {
  view: View;
  /** What the state is about. */
  loadWorld: () => Promise<World>;
  title?: string;
  note?: string;
  /** The state as it is now, or what is wrong with it; its view, title and note are given by the dialog. */
  take: () => Promise<Checked<SharedState>>;
}

/** The Lab as it is now. What was brought and is as it came is passed on with its receipt. */
export function shareableLab(lab: Lab, brought: LabState | null): Shareable {
  const take = async (): Promise<Checked<SharedState>> => {
    const [{ checkRecipe }, { lastRecipe, storyOf }, world] = await Promise.all([
      import('../../recipes/check.ts'),
      import('../../runs/story.ts'),
      lab.loadWorld(),
    ]);
    const { modelView, run, view } = lab;
    const told = run.alive && run.step > 0 ? await run.told() : null;
    const more = { kind: 'lab', view, prompt: modelView.prompt } as const;
    if (told) {
      const { seenIn } = await import('./recorded.ts');
      const seen = await seenIn(lab, told, more.prompt);
      return { ok: true, value: { ...told, ...more, ...(seen && { seen }) } };
    }
    const checked = checkRecipe(lab.recipe(), worldsOf(world));
    if (!checked.ok) return checked;
    const { recipe } = checked.value;
    const last = brought && lastRecipe(brought.story);
    if (last && sameValue(recipe, last)) return { ok: true, value: brought };
    return { ok: true, value: { story: storyOf(recipe), receipt: null, ...more } };
  };
  return {
    view: lab.view,
    loadWorld: () => lab.loadWorld(),
    ...(brought?.title !== undefined && { title: brought.title }),
    ...(brought?.note !== undefined && { note: brought.note }),
    take,
  };
}
