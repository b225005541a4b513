/** What a Lab shows before a run of its own is open: a real evaluation of the base policy. */
import { defaultRecipe } from '../recipes/check.ts';
import type { Base } from './base.ts';
import { observe } from './observe.ts';
import { openRun } from './runner.ts';
import type { FirstPicture, RankedResponse } from './views.ts';
import type { Device } from '../engine/backend.ts';
import type { Prompt, Tokens, World } from '../worlds/world.ts';

/** `device`: for this alone, and disposed of. */
export async function firstPicture(
  world: World,
  { config, parameters }: Base,
  device: Device,
): Promise<FirstPicture> {
  const first = defaultRecipe(world);
  const { recipe } = first;
  const run = await openRun(first, device, config, parameters);
  const prompt = world.prompts.find((p) => p.split === 'train') as Prompt;
  const observer = await observe(run, prompt.id);
  const { evaluation, ranking } = await observer.evaluate();
  const samples = await observer.samples();
  const top = ranking.responses[0] as RankedResponse;
  const pair = world.pair(recipe.seed, 0);
  const side = (tokens: Tokens): { tokens: Tokens; text: string } => ({ tokens, text: world.decode(tokens) });
  const picture: FirstPicture = {
    pair: {
      seed: recipe.seed,
      index: 0,
      prompt: pair.prompt.id,
      promptText: pair.prompt.text,
      a: side(pair.a),
      b: side(pair.b),
    },
    view: { ranking, samples },
    promptText: prompt.text,
    tokens: { response: top.tokens, view: await observer.tokens(prompt.id, top.tokens) },
    evaluation,
  };
  run.device.dispose();
  return picture;
}
