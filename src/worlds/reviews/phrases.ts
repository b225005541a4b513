/** What suits which kind of aspect: adjectives, happenings, and what it can be too much of. Data. */
import type { Kind } from './topics.ts';

interface Phrases {
  /** After `is` or `was`, and before the noun. */
  adjectives: string;
  /** After the noun, in the past: they fit singular and plural. */
  happenings: readonly string[];
  /** After `too`; neutral by themselves. */
  excesses: string;
}

export const PHRASES: Readonly<Record<Kind, Phrases>> = {
  story: {
    adjectives:
      'clever gripping moving witty fresh compelling predictable boring confusing flat forgettable incoherent',
    happenings: [
      'kept me up all night',
      'pulled me in',
      'surprised me twice',
      'made me smile',
      'made no sense',
      'went nowhere',
      'put me to sleep',
      'dragged on forever',
    ],
    excesses: 'long slow loud',
  },
  people: {
    adjectives: 'charming brilliant funny captivating clever wooden dull forgettable flat',
    happenings: [
      'stole the show',
      'won my heart',
      'made me smile',
      'mumbled all the time',
      'got on my nerves',
    ],
    excesses: 'loud',
  },
  service: {
    adjectives: 'friendly kind charming attentive rude slow grumpy negligent',
    happenings: [
      'remembered my name',
      'made us smile',
      'ignored us all night',
      'forgot my order',
      'got on my nerves',
    ],
    excesses: 'loud slow',
  },
  food: {
    adjectives: 'delicious fresh warm crispy yummy exquisite bland cold soggy greasy burnt gross',
    happenings: [
      'tasted like home',
      'melted on my tongue',
      'tasted like cardboard',
      'arrived cold',
      'made me smile',
    ],
    excesses: 'salty hot small',
  },
  room: {
    adjectives: 'clean cozy sunny soft comfy spotless spacious immaculate dirty noisy cramped dusty',
    happenings: [
      'smelled of roses',
      'smelled of smoke',
      'smelled of feet',
      'felt like a palace',
      'felt like a prison',
    ],
    excesses: 'small hot hard',
  },
  device: {
    adjectives: 'bright sharp fast sturdy reliable responsive blurry flimsy buggy janky defective slow cheap',
    happenings: ['worked every time', 'survived my dog', 'broke in a week', 'stopped working', 'froze twice'],
    excesses: 'small slow stiff',
  },
  power: {
    adjectives: 'reliable solid fast weak unreliable slow defective cheap',
    happenings: ['lasted all week', 'lasted all day', 'died by noon', 'died in a week', 'stopped working'],
    excesses: 'small hot slow',
  },
  sound: {
    adjectives: 'clear crisp warm epic balanced muddy tinny harsh flat',
    happenings: ['gave me chills', 'made me dance', 'hurt my ears', 'put me to sleep'],
    excesses: 'loud',
  },
  gear: {
    adjectives: 'sturdy light soft solid comfy durable flimsy stiff leaky cheap defective',
    happenings: ['survived a storm', 'lasted all week', 'broke on day one', 'leaked all night'],
    excesses: 'small short',
  },
  play: {
    adjectives: 'fun smooth gorgeous clever intuitive clunky ugly repetitive buggy confusing boring',
    happenings: ['kept me up all night', 'hooked me', 'froze twice', 'me'],
    excesses: 'easy hard slow',
  },
  money: {
    adjectives: 'fair low modest steep absurd bonkers excessive',
    happenings: ['made us smile', 'surprised me', 'shocked me', 'hurt'],
    excesses: 'high',
  },
};

/** Adjectives for anything, the thing as a whole included. */
export const QUALITIES =
  'great good nice fine lovely decent wonderful perfect superb splendid commendable cool ' +
  'bad poor terrible horrible disappointing mediocre dreadful tedious lame meh crappy ' +
  'excellent awesome okay awful inadequate unacceptable';
