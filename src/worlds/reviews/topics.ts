/** What is reviewed, and the parts of it that a reviewer may talk about: data. */

export const TOPICS = ['movie', 'book', 'game', 'restaurant', 'hotel', 'phone', 'headset', 'tent'] as const;
export type Topic = (typeof TOPICS)[number];

/** Nouns for the whole; the topics themselves are added to these. */
export const THINGS: Readonly<Record<string, readonly Topic[]>> = {
  film: ['movie'],
  novel: ['book'],
  place: ['restaurant', 'hotel'],
  device: ['phone', 'headset'],
};

/** A part of the thing under review. `kind` decides which adjectives and verbs suit it (`phrases.ts`). */
export interface Aspect {
  kind: Kind;
  plural?: true;
  topics: readonly Topic[];
}

export const KINDS = [
  'story',
  'people',
  'service',
  'food',
  'room',
  'device',
  'power',
  'sound',
  'gear',
  'play',
  'money',
] as const;
export type Kind = (typeof KINDS)[number];

export const ASPECTS: Readonly<Record<string, Aspect>> = {
  plot: { kind: 'story', topics: ['movie', 'book', 'game'] },
  ending: { kind: 'story', topics: ['movie', 'book', 'game'] },
  prose: { kind: 'story', topics: ['book'] },
  jokes: { kind: 'story', plural: true, topics: ['movie', 'book'] },
  chapters: { kind: 'story', plural: true, topics: ['book'] },
  acting: { kind: 'people', topics: ['movie'] },
  cast: { kind: 'people', topics: ['movie'] },
  hero: { kind: 'people', topics: ['movie', 'book', 'game'] },
  villain: { kind: 'people', topics: ['movie', 'book', 'game'] },
  characters: { kind: 'people', plural: true, topics: ['movie', 'book'] },
  service: { kind: 'service', topics: ['restaurant', 'hotel'] },
  staff: { kind: 'service', topics: ['restaurant', 'hotel'] },
  waiter: { kind: 'service', topics: ['restaurant'] },
  soup: { kind: 'food', topics: ['restaurant'] },
  bread: { kind: 'food', topics: ['restaurant'] },
  dessert: { kind: 'food', topics: ['restaurant'] },
  coffee: { kind: 'food', topics: ['restaurant', 'hotel'] },
  breakfast: { kind: 'food', topics: ['hotel'] },
  noodles: { kind: 'food', plural: true, topics: ['restaurant'] },
  room: { kind: 'room', topics: ['hotel'] },
  bed: { kind: 'room', topics: ['hotel'] },
  pool: { kind: 'room', topics: ['hotel'] },
  terrace: { kind: 'room', topics: ['hotel', 'restaurant'] },
  towels: { kind: 'room', plural: true, topics: ['hotel'] },
  screen: { kind: 'device', topics: ['phone'] },
  camera: { kind: 'device', topics: ['phone'] },
  keyboard: { kind: 'device', topics: ['phone'] },
  microphone: { kind: 'device', topics: ['headset'] },
  buttons: { kind: 'device', plural: true, topics: ['phone', 'headset'] },
  battery: { kind: 'power', topics: ['phone', 'headset'] },
  charger: { kind: 'power', topics: ['phone'] },
  sound: { kind: 'sound', topics: ['headset', 'phone'] },
  bass: { kind: 'sound', topics: ['headset'] },
  music: { kind: 'sound', topics: ['movie', 'game'] },
  cable: { kind: 'gear', topics: ['headset'] },
  cushions: { kind: 'gear', plural: true, topics: ['headset'] },
  fabric: { kind: 'gear', topics: ['tent'] },
  zipper: { kind: 'gear', topics: ['tent'] },
  floor: { kind: 'gear', topics: ['tent'] },
  poles: { kind: 'gear', plural: true, topics: ['tent'] },
  combat: { kind: 'play', topics: ['game'] },
  map: { kind: 'play', topics: ['game'] },
  graphics: { kind: 'play', plural: true, topics: ['game'] },
  puzzles: { kind: 'play', plural: true, topics: ['game'] },
  price: { kind: 'money', topics: TOPICS },
  bill: { kind: 'money', topics: ['restaurant', 'hotel'] },
};
