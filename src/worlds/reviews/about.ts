import type { AboutWorld } from '../world.ts';

export const about: AboutWorld = {
  name: 'reviews',
  title: 'Little reviews',
  description:
    'Reviews of a sentence or three: films, books, games, restaurants, hotels, phones, headsets and tents.',
  order: 1,
};
