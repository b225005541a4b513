/** A policy as a Hugging Face folder that says how to check it. */
import { digest } from '../base/digest.ts';
import { writeCheckpoint } from '../models/checkpoint/index.ts';
import type { LmConfig } from '../models/lm/config.ts';
import { parameterCount } from '../models/lm/config.ts';
import type { Recipe } from '../recipes/schema.ts';
import type { World } from '../worlds/world.ts';
import { BOS, EOS, modelWords, PAD } from '../worlds/world.ts';
import type { Files } from './archive.ts';
import type { ExpectedLogits } from './expected-logits.ts';
import CHECK from './python/check.py?raw';

export interface Policy {
  config: LmConfig;
  /** The flat block [P]. */
  parameters: Float32Array;
  recipe: Recipe;
  /** Updates behind it. */
  step: number;
}

export function modelFiles(
  policy: Policy,
  world: Pick<World, 'name' | 'words' | 'description' | 'tokenizer'>,
  expected: ExpectedLogits,
): Files {
  return {
    ...writeCheckpoint(policy.config, policy.parameters, modelWords(world)),
    ...(world.tokenizer && { 'tokenizer.json': world.tokenizer.json() }),
    'generation_config.json': generationConfig(policy.config),
    'expected_logits.json': `${JSON.stringify(expected)}\n`,
    'check.py': CHECK,
    'README.md': card(policy, world),
  };
}

function generationConfig({ context }: LmConfig): string {
  const json = {
    _from_model_config: true,
    bos_token_id: BOS,
    eos_token_id: EOS,
    pad_token_id: PAD,
    do_sample: true,
    temperature: 1,
    max_length: context,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

export const parametersDigest = (parameters: Float32Array): string =>
  digest(new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength));

const startOf = ({ model: { start, digest: given } }: Recipe): string =>
  given === undefined ? start : `${start}: the model with digest \`${given}\``;

function card({ config, parameters, recipe, step }: Policy, world: Pick<World, 'name' | 'description' | 'tokenizer'>): string {
  const { name, formula } = recipe.objective;
  const loss = formula === null ? `\`${name}\`` : `a formula of its own, in place of \`${name}\``;
  return `---
library_name: transformers
tags: [swayground${step > 0 ? ', preference-optimisation' : ''}]
---

# ${world.name}-${recipe.model.size}, after ${step} updates

A policy of Swayground for the world \`${world.name}\`: ${world.description}

| | |
| --- | --- |
| Architecture | \`LlamaForCausalLM\`: ${config.layers} layers, width ${config.width}, ${config.heads} heads, SwiGLU ${config.hidden}, tied embeddings |
| Parameters | ${parameterCount(config)} (float32) |
| Vocabulary | ${config.vocabulary} words, ${world.tokenizer ? 'as `tokenizer.json` cuts them' : 'word level: words stand between spaces'} |
| Context | ${config.context} tokens |
| Start | ${startOf(recipe)} |
| Objective | ${loss}, learning rate ${recipe.optimiser.lr}, ${recipe.loop.batch} pairs a batch |
| Seed | ${recipe.seed} |
| Digest of the parameters | \`${parametersDigest(parameters)}\` |

## Check it

    python3 check.py

compares the logits of \`expected_logits.json\`, computed by Swayground, with those of \`LlamaForCausalLM\` where transformers
is installed, else with a forward pass written out in the script. It needs PyTorch and no network.

## Use it

    from transformers import AutoModelForCausalLM, AutoTokenizer
    model, tokenizer = (kind.from_pretrained(".") for kind in (AutoModelForCausalLM, AutoTokenizer))
    ids = tokenizer("<bos>", return_tensors="pt")["input_ids"]
    print(tokenizer.decode(model.generate(ids)[0]))

A prompt starts with \`<bos>\`, which the tokenizer does not add by itself; a response ends with \`<eos>\`. It knows
what it has read${world.tokenizer?.spaced === false ? '' : `, ${config.vocabulary} words,`} and nothing of the world outside. It is a teaching model.
`;
} // prettier-ignore
