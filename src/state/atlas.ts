/** What the page must know of a world before the world's own code has loaded. Plain data, made at build time. */
import type { Attribute, World } from '../worlds/world.ts';

export interface Atlas {
  title: string;
  description: string;
  prompts: { id: string; text: string }[];
  attributes: Attribute[];
  rules: { name: string; title: string; help: string }[];
}

export function atlasOf({ title, description, prompts, attributes, rules }: World): Atlas {
  return {
    title,
    description,
    prompts: prompts.map(({ id, text }) => ({ id, text })),
    attributes: [...attributes],
    rules: rules.map(({ name, title: called, help }) => ({ name, title: called, help })),
  };
}
