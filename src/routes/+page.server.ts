// Runs at build time only: the first picture and the world's names go into the page, so that it needs no script to be read.
import { readFileSync } from 'node:fs';
import type { FirstPicture } from '../recipes/views.ts';
import type { Atlas } from '../state/atlas.ts';
import { worldNamed } from '../worlds/index.ts';

export function load(): { first: FirstPicture; atlas: Atlas } {
  const first = JSON.parse(
    readFileSync('public/models/reviews-micro/first-picture.json', 'utf8'),
  ) as FirstPicture;
  const { title, description, prompts, attributes, rules } = worldNamed('reviews');
  return {
    first,
    atlas: {
      title,
      description,
      prompts: prompts.map(({ id, text }) => ({ id, text })),
      attributes: [...attributes],
      rules: rules.map(({ name, title, help }) => ({ name, title, help })),
    },
  };
}
