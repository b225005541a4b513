// Runs at build time only: every paper with links that open its losses in the Lab.
import type { LossView, PaperView } from '../../components/papers/paper-view.ts';
import { papers } from '../../papers/index.ts';
import { NEEDS } from '../../formulas/quantities.ts';
import { checkedObjective } from '../../objectives/check.ts';
import { objectives, type Objective } from '../../objectives/index.ts';
import { linkOf } from '../../links/codec.ts';
import { OPEN_VIEW } from '../../links/visible.ts';
import { unmetNeeds } from '../../recipes/objective.ts';
import { checkRecipe } from '../../recipes/check.ts';
import { RECIPE_VERSION } from '../../recipes/schema.ts';
import { builtInWorld, FIRST_WORLD, worldsOf } from '../../worlds/index.ts';

export async function load(): Promise<{ papers: PaperView[] }> {
  const names = new Set(papers.flatMap(({ losses }) => losses));
  const losses = new Map(
    await Promise.all(
      [...names].map(async (name) => [name, await told(objectives.get(name) as Objective)] as const),
    ),
  );
  return {
    papers: papers.map((paper) => ({
      ...paper,
      losses: paper.losses.map((name) => losses.get(name) as LossView),
    })),
  };
}

async function told(objective: Objective): Promise<LossView> {
  const { name, title } = objective;
  const world = await builtInWorld(FIRST_WORLD);
  const worlds = worldsOf(world);
  const base = { version: RECIPE_VERSION, world: world.name, objective: { name } };
  const recipe = checkRecipe({ ...base, labels: { rule: world.rules[0]?.name, count: 200 } }, worlds);
  const rewards = checkRecipe(base, worlds, 'reward').ok;
  if (!recipe.ok) {
    const needs = unmetNeeds(checkedObjective(objective)).map((need) => NEEDS[need]);
    return { name, title, link: null, rewards, needs: rewards ? '' : needs.join(', and ') };
  }
  const story = { recipe: recipe.value.recipe, changes: [] };
  const linked = await linkOf({ kind: 'lab', story, receipt: null, view: OPEN_VIEW, title }, world);
  if (!('link' in linked)) throw new Error(`No link holds the loss ${name}.`);
  return { name, title, link: linked.link, rewards, needs: '' };
}
