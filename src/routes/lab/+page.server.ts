// Runs at build time only: the first picture and the world's names go into the page, so that it needs no script to be read.
import { readFileSync } from 'node:fs';
import type { FirstPicture } from '../../runs/views.ts';
import { atlasOf, type Atlas } from '../../state/lab/atlas.ts';
import { worldNamed } from '../../worlds/index.ts';

export function load(): { first: FirstPicture; atlas: Atlas } {
  const first = JSON.parse(
    readFileSync('public/models/reviews-micro/first-picture.json', 'utf8'),
  ) as FirstPicture;
  return { first, atlas: atlasOf(worldNamed('reviews')) };
}
