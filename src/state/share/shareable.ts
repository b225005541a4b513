/** What a page gives to the dialog that shares: its state, and what of it is hidden and locked already. */
import type { Checked } from '../../base/errors.ts';
import type { LabState, SharedState } from '../../links/shared.ts';
import type { View } from '../../links/view.ts';
import type { Lab } from '../lab/lab.svelte.ts';

export interface Shareable {
  view: View;
  title?: string;
  /** The state as it is now, or what is wrong with it; its view and title are given by the dialog. */
  take: () => Promise<Checked<SharedState>>;
}

/** The Lab as it is now. What was brought and is as it came is passed on with its receipt. */
export function shareableLab(lab: Lab, brought: LabState | null): Shareable {
  const take = async (): Promise<Checked<SharedState>> => {
    const [{ canonicalText, checkRecipe }, { lastRecipe, storyOf }] = await Promise.all([
      import('../../recipes/schema.ts'),
      import('../../runs/story.ts'),
    ]);
    const { modelView, run, view } = lab;
    const told = run.alive && run.step > 0 ? await run.told() : null;
    const more = { kind: 'lab', view, prompt: modelView.prompt } as const;
    if (told) return { ok: true, value: { ...told, ...more } };
    const recipe = checkRecipe(lab.recipe());
    if (!recipe.ok) return recipe;
    const last = brought && lastRecipe(brought.story);
    if (last && canonicalText(recipe.value) === canonicalText(last)) return { ok: true, value: brought };
    return { ok: true, value: { story: storyOf(recipe.value), receipt: null, ...more } };
  };
  return { view: lab.view, ...(brought?.title !== undefined && { title: brought.title }), take };
}
