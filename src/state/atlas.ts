/** What the page must know of a world before the world's own code has loaded. Plain data, made at build time. */
import type { Attribute } from '../worlds/world.ts';

export interface Atlas {
  title: string;
  description: string;
  prompts: { id: string; text: string }[];
  attributes: Attribute[];
  rules: { name: string; title: string; help: string }[];
}
