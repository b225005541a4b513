/** `--reference MODEL.onnx`: a run whose loss is measured by a model from outside, as "Use as reference" does in the Lab. */
import { readFile, stat } from 'node:fs/promises';
import type { ErrorData } from '../base/errors.ts';
import { InvalidInputError } from '../base/errors.ts';
import { refuseSize } from '../models/onnx/read.ts';
import type { GivenReference } from '../runs/given-reference.ts';
import type { Recipe } from '../recipes/schema.ts';
import { checkedIn } from '../recipes/check.ts';
import type { Story } from '../runs/story.ts';
import { checkNamed, guessMapping } from '../session/frozen-mapping.ts';
import { openOrt } from '../session/frozen-ort.ts';
import { createFrozenRuntime } from '../session/frozen-runtime.ts';
import type { Reply } from '../session/protocol.ts';
import type { World } from '../worlds/world.ts';
import { modelWords } from '../worlds/world.ts';
import { mistake } from './input.ts';

/**
 * The story with the ONNX model at `path` as its reference, and that model at work. A story that names one by its SHA-256
 * takes just that file.
 */
export async function measuredBy(
  path: string,
  { recipe, changes }: Story,
  world: World,
): Promise<{ story: Story; reference: GivenReference }> {
  const reference = await referenceAt(path, world);
  const asked = recipe.model.reference?.sha256;
  if (asked !== undefined && asked !== reference.sha256) {
    const cure = 'Give the file that the recipe was made with, or leave model.reference out of the recipe.';
    throw mistake('reference', path, `the file with SHA-256 ${asked}`, `one with ${reference.sha256}`, cure);
  }
  const under = (one: Recipe): Recipe => {
    const model = { ...one.model, reference: { kind: 'onnx', sha256: reference.sha256 } };
    return checkedIn(world, { ...one, model }).recipe;
  };
  const story = { recipe: under(recipe), changes: changes.map((one) => ({ ...one, recipe: under(one.recipe) })) }; // prettier-ignore
  return { story, reference };
}

async function referenceAt(path: string, world: World): Promise<GivenReference> {
  const tooLarge = await stat(path).then(({ size }) => refuseSize(size), () => null); // prettier-ignore
  if (tooLarge) throw tooLarge;
  const bytes = await readFile(path).catch((error: unknown) => {
    throw mistake('no-file', path, 'an ONNX file that can be read', String(error), 'Check the path.');
  });
  const valueOf = <T>(reply: Reply<T>): T => (reply.ok ? reply.value : refuse(path, reply.error));
  const runtime = createFrozenRuntime(async (model) => {
    const ort = await import('onnxruntime-web');
    return { session: await openOrt(ort, model, 'wasm'), backend: 'wasm', whyNot: null };
  });
  const file = valueOf(await runtime.inspect(new Uint8Array(bytes)));
  const mapping = guessMapping(file);
  const unnamed = checkNamed(file, mapping);
  if (mapping === null || unnamed.length > 0) throw new InvalidInputError(unnamed);
  valueOf(await runtime.open(mapping, { words: modelWords(world), context: world.context }));
  return { sha256: file.sha256, logps: async (sequences) => valueOf(await runtime.measure(sequences)) };
}

function refuse(path: string, { message, issues = [] }: ErrorData): never {
  if (issues.length === 0) throw mistake('reference', path, 'a model that runs', message, 'Choose another.');
  throw new InvalidInputError(issues.map((issue) => ({ ...issue, at: `${path}: ${issue.at}` })));
}
