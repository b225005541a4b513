/** What the page must know of a world before the world's own code has loaded. Plain data, made at build time. */
import type { Attribute, World } from '../../worlds/world.ts';

export interface WorldSummary {
  /** The world's name in recipes. */
  world: string;
  title: string;
  description: string;
  prompts: { id: string; text: string }[];
  attributes: Attribute[];
  rules: { name: string; title: string; help: string }[];
  /** Training pairs that there are; null where they never run out. */
  stock: number | null;
}

/** Most prompts that are offered where a world has very many. */
const MOST_PROMPTS = 200;

/** Held-out prompts come first where not all are offered: nothing that is shown of them was learned by heart. */
export function summaryOf(world: World): WorldSummary {
  const { name, title, description, prompts, attributes, rules, stock } = world;
  const unseen = prompts.filter(({ split }) => split === 'held-out');
  const offered =
    prompts.length <= MOST_PROMPTS
      ? prompts
      : [...unseen, ...prompts.filter(({ split }) => split === 'train')].slice(0, MOST_PROMPTS);
  return {
    world: name,
    title,
    description,
    prompts: offered.map(({ id, text }) => ({ id, text })),
    attributes: [...attributes],
    rules: rules.map(({ name: rule, title: shown, help }) => ({ name: rule, title: shown, help })),
    stock: stock?.train ?? null,
  };
}
