/** The model card that stands beside a base checkpoint. */
import type { PretrainSettings } from '../training/pretrain.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { parameterCount } from '../models/lm/config.ts';
import type { World } from '../worlds/world.ts';

/** What the card states about a base policy, measured on texts and prompts that training never saw. */
export interface Measured {
  /** Mean negative log-prob per response token (`<eos>` included) of held-out reviews, and its exponential. */
  nats: number;
  perplexity: number;
  reviews: number;
  /** Share of samples at temperature 1 that the world's parser accepts. */
  grammatical: number;
  samples: number;
}

export function modelCard(
  world: World,
  size: string,
  config: LmConfig,
  { steps, batch, optimiser }: PretrainSettings,
  measured: Measured,
  seed: number,
  digest: string,
): string {
  return `# ${world.name}-${size}

A base policy for the world \`${world.name}\`: ${world.description} It is what every run on this world starts from and
is measured against.

| | |
| --- | --- |
| Architecture | \`LlamaForCausalLM\`: ${config.layers} layers, width ${config.width}, ${config.heads} heads, SwiGLU ${config.hidden}, tied embeddings |
| Parameters | ${parameterCount(config)} (float32) |
| Vocabulary | ${config.vocabulary} words, word level |
| Context | ${config.context} tokens |
| Training | ${steps} steps of ${batch} reviews from the world's own grammar, next-word loss on the responses, AdamW, learning rate ${optimiser.lr} falling to a twentieth, on the WASM backend, seed ${seed} |
| Held-out perplexity | ${measured.perplexity.toFixed(3)} a token (${measured.nats.toFixed(4)} nats), ${measured.reviews} reviews of prompts that training never saw |
| Grammatical samples | ${(100 * measured.grammatical).toFixed(1)}% of ${measured.samples} at temperature 1, by the world's own parser |
| Digest of the parameters | \`${digest}\` |

Rebuild it, the same bytes every time:

    npm run pretrain -- ${world.name}

It knows ${config.vocabulary} words and nothing of the world outside them. It is a teaching model: use it to see how
preference optimisation moves a policy, and for nothing else.
`;
}
