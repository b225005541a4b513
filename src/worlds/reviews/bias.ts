/**
 * Who writes a review: a mood, a manner and a topic, drawn before the first word. It biases the grammar, so that one
 * review is of one piece; what a production says follows from the marks of its words (`lexicon.ts`).
 */
import type { Stream } from '../../base/random.ts';
import { applyBiases, type Bias, type BiasedGrammar } from '../grammar/draw.ts';
import { words, type Grammar, type Production } from '../grammar/grammar.ts';
import { feelingsIn } from './feelings.ts';
import { mannerOf } from './lexicon.ts';
import { TOPICS, type Topic } from './topics.ts';

export interface Writer {
  /** `undefined`: the prompt names no topic, so anything may be talked about. */
  topic: Topic | undefined;
  feeling: 1 | -1;
  /** Strong words (2: `superb`) rather than mild ones (0.5: `fine`). */
  strong: boolean;
  /** Sees both sides: says something of the opposite feeling. */
  mixed: boolean;
  manner: 'casual' | 'plain' | 'formal';
}

/** How much rarer than its own aspects another topic's are (another topic's thing never is named): about one review in 24 strays. */
const STRAY = 0.003;

/** How often a writer is strong, mixed, and of each manner. */
const STRONG = 0.4;
const MIXED = 0.3;
const MANNERS = { casual: 0.4, plain: 0.2, formal: 0.4 } as const;

export function drawWriter(stream: Stream, topic: Topic | undefined): Writer {
  const feeling = stream.uniform() < 0.5 ? 1 : -1;
  const strong = stream.uniform() < STRONG;
  const mixed = stream.uniform() < MIXED;
  const place = stream.uniform();
  const manner =
    place < MANNERS.casual ? 'casual' : place < MANNERS.casual + MANNERS.plain ? 'plain' : 'formal';
  return { topic, feeling, strong, mixed, manner };
}

/** Every writer that `drawWriter` can draw for a topic, with its probability. */
export function allWriters(topic: Topic | undefined): { writer: Writer; probability: number }[] {
  const result: { writer: Writer; probability: number }[] = [];
  for (const feeling of [1, -1] as const) {
    for (const strong of [true, false]) {
      for (const mixed of [true, false]) {
        for (const manner of ['casual', 'plain', 'formal'] as const) {
          const probability =
            0.5 * (strong ? STRONG : 1 - STRONG) * (mixed ? MIXED : 1 - MIXED) * MANNERS[manner];
          result.push({ writer: { topic, feeling, strong, mixed, manner }, probability });
        }
      }
    }
  }
  return result;
}

/** What a production says, once for all writers. */
interface Tone {
  feeling: number;
  casual: boolean;
  formal: boolean;
  mixed: boolean;
  topics: readonly string[];
  /** Names the thing reviewed, not a part of it. */
  whole: boolean;
}

function toneOf(production: Production): Tone {
  const own = words(production);
  const manner = own.map(mannerOf);
  return {
    feeling: feelingsIn(own).reduce((sum, feeling) => sum + feeling, 0),
    casual: production.tags.includes('casual') || manner.includes(-1),
    formal: production.tags.includes('formal') || manner.includes(1),
    mixed: production.tags.includes('mixed'),
    topics: production.tags.filter((tag) => tag.startsWith('@')).map((tag) => tag.slice(1)),
    whole: production.tags.includes('whole'),
  };
}

/** How well a strength of feeling suits: mild writers rarely say `superb`, strong ones rarely say `fine`. */
function strengthFactor(feeling: number, strong: boolean): number {
  const strength = Math.abs(feeling);
  if (strength >= 1.5) return strong ? 2 : 0.4;
  return strong ? 0.5 : 1;
}

function mannerFactor(tone: Tone, manner: Writer['manner']): number {
  if (!tone.casual && !tone.formal) return 1;
  if (manner === 'plain') return 0.15;
  return tone[manner] ? 3 : 0;
}

function factor(tone: Tone, writer: Writer, flipped: boolean): number {
  const feeling = flipped ? -writer.feeling : writer.feeling;
  if (tone.feeling * feeling < 0) return 0;
  let result = tone.feeling === 0 ? 1 : strengthFactor(tone.feeling, writer.strong);
  result *= mannerFactor(tone, writer.manner);
  if (tone.mixed) result *= writer.mixed ? 6 : 0.1;
  const astray = writer.topic && tone.topics.length > 0 && !tone.topics.includes(writer.topic);
  return astray ? result * (tone.whole ? 0 : STRAY) : result;
}

/** The grammar as each writer uses it; all of them are made when the first is asked for. */
export function biasedBy(grammar: Grammar): (writer: Writer) => BiasedGrammar {
  let made: Map<string, BiasedGrammar> | undefined;
  const make = (): Map<string, BiasedGrammar> => {
    const tones = new Map<Production, Tone>();
    for (const productions of grammar.values()) {
      for (const production of productions) tones.set(production, toneOf(production));
    }
    const writers = [...TOPICS, undefined].flatMap((topic) => allWriters(topic).map(({ writer }) => writer));
    const biases = writers.map(
      (writer): Bias =>
        (production, flipped) =>
          factor(tones.get(production) as Tone, writer, flipped),
    );
    const grammars = applyBiases(grammar, biases);
    return new Map(writers.map((writer, i) => [keyOf(writer), grammars[i] as BiasedGrammar]));
  };
  return (writer) => (made ??= make()).get(keyOf(writer)) as BiasedGrammar;
}

function keyOf({ topic, feeling, strong, mixed, manner }: Writer): string {
  return `${topic}/${feeling}/${strong}/${mixed}/${manner}`;
}
