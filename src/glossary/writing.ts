/** Words about the model and what it writes. */
import type { Entry } from './entry.ts';

export const writing = {
  policy: {
    term: 'policy',
    definition:
      'The language model that is trained. It gives every response to a prompt a probability, and training moves these probabilities.',
    tex: String.raw`\htmlClass{c-policy}{\pi_\theta}(y \mid x)`,
    trl: 'model',
    see: ['reference', 'log-prob'],
  },
  reference: {
    term: 'reference',
    also: 'reference model',
    definition:
      'A frozen model, usually the policy as it was before training; a model from outside may take its place. Many losses measure the policy by how far it has moved from it.',
    tex: String.raw`\htmlClass{c-reference}{\pi_{\mathrm{ref}}}(y \mid x)`,
    trl: 'ref_model',
    see: ['policy', 'kl', 'moving-reference'],
  },
  prompt: {
    term: 'prompt',
    definition: 'What the model is asked; a response follows it. Its tokens are read, not learned from.',
    tex: 'x',
    trl: 'prompt',
  },
  response: {
    term: 'response',
    also: 'completion',
    definition: 'What the model writes after a prompt, up to and with the token that ends it.',
    tex: 'y = (y_1, \\dots, y_T)',
    trl: 'completion',
  },
  token: {
    term: 'token',
    definition:
      'The unit in which a model reads and writes. Here it is a word or a mark; large models use pieces of words.',
    tex: 'y_t',
  },
  vocabulary: {
    term: 'vocabulary',
    definition:
      'All tokens that a model knows, each with a number. What is not in it can be neither read nor written.',
    see: ['token'],
  },
  context: {
    term: 'context length',
    definition:
      'How many tokens a model can read at once, prompt and response together. A pair that is longer cannot be trained on.',
    trl: 'max_length',
  },
  'log-prob': {
    term: 'log-prob',
    also: 'log-probability',
    definition:
      'The natural logarithm of a probability, in nats: 0 is certain, and more negative is less likely. That of a response is the sum of those of its tokens.',
    tex: String.raw`\log \htmlClass{c-policy}{\pi_\theta}(y \mid x) = \sum_{t=1}^{T} \log \htmlClass{c-policy}{\pi_\theta}(y_t \mid x, y_{<t})`,
    trl: 'logps/chosen, logps/rejected',
    see: ['nat', 'mean-log-prob'],
  },
  'mean-log-prob': {
    term: 'mean log-prob',
    definition:
      'The log-prob of a response over its number of tokens. Losses that use it do not favour short responses just for being short.',
    tex: String.raw`\frac{1}{T} \log \htmlClass{c-policy}{\pi_\theta}(y \mid x)`,
    see: ['length-bias', 'simpo'],
  },
  'log-ratio': {
    term: 'log-ratio',
    definition:
      'The log-prob of a response under the policy less that under the reference: above 0 the policy has grown fonder of it.',
    tex: String.raw`h(y) = \log \htmlClass{c-policy}{\pi_\theta}(y \mid x) - \log \htmlClass{c-reference}{\pi_{\mathrm{ref}}}(y \mid x)`,
    see: ['reward', 'f-divergence'],
  },
  nat: {
    term: 'nat',
    definition:
      'The unit of natural logarithms of probabilities. One nat less makes a response 2.72 times less likely.',
  },
  entropy: {
    term: 'entropy',
    definition:
      'How undecided the policy is about the next token: 0 where one token is certain. Where it falls towards 0, the model writes the same thing again and again.',
    tex: String.raw`\mathrm{H} = -\sum_{v} \htmlClass{c-policy}{\pi_\theta}(v) \log \htmlClass{c-policy}{\pi_\theta}(v)`,
    trl: 'entropy',
  },
  perplexity: {
    term: 'perplexity',
    definition:
      'Between how many equally likely next tokens the model is left to choose, on average over a text. Lower is better, and 1 is perfect.',
    tex: String.raw`\exp\left(-\frac{1}{T} \sum_{t} \log \htmlClass{c-policy}{\pi_\theta}(y_t \mid x, y_{<t})\right)`,
  },
  sampling: {
    term: 'sampling',
    definition:
      'Writing a response token by token, each drawn with its probability. Here the draw takes the largest of the logits plus Gumbel noise, so the same dice can be thrown for two models.',
    tex: String.raw`y_t = \arg\max_{v} \left(\log \htmlClass{c-policy}{\pi_\theta}(v) + g_v\right)`,
    see: ['same-dice', 'temperature'],
  },
  temperature: {
    term: 'temperature',
    definition:
      'Divides the logits before sampling: below 1 the likely tokens become likelier still, above 1 all become more alike.',
    trl: 'temperature',
  },
  logits: {
    term: 'logits',
    definition:
      'The numbers that the model gives every token of the vocabulary for the next place, before they become probabilities.',
    tex: String.raw`\pi(v) = \frac{\exp(z_v)}{\sum_{u} \exp(z_u)}`,
  },
} as const satisfies Record<string, Entry>;
