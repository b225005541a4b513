/** Every topic in every phrasing. One phrasing of each topic is held out: the topic and the phrasing are known, not the two together. */
import { BOS, type Asked, type Prompt } from '../world.ts';
import { PHRASINGS } from './phrasings.ts';
import { TOPICS, type Topic } from './topics.ts';
import { decode, idOf } from './vocabulary.ts';

export const PROMPTS: readonly Prompt[] = TOPICS.flatMap((topic, t) =>
  PHRASINGS.map((phrasing, p): Prompt => {
    const tokens = [BOS, ...phrasing.split(' ').map((word) => idOf(word === '*' ? topic : word))];
    return {
      id: `${topic}-${p + 1}`,
      text: decode(tokens),
      tokens,
      split: p === t % PHRASINGS.length ? 'held-out' : 'train',
    };
  }),
);

const topicOfToken = new Map<number, Topic>(TOPICS.map((topic) => [idOf(topic), topic]));

/** The first topic that the prompt names. */
export function topicOf(prompt: Asked): Topic | undefined {
  for (const token of prompt.tokens) {
    const topic = topicOfToken.get(token);
    if (topic) return topic;
  }
  return undefined;
}
