/** Which of TRL's trainers a recipe goes to, and whether it brings its own loss. */
import { InvalidInputError } from '../../base/errors.ts';
import { objectiveIssues, readObjective } from '../../recipes/objective.ts';
import type { Recipe } from '../../recipes/schema.ts';
import type { TrlSetup } from '../../recipes/trl.ts';
import { loopValues, trlSetup } from '../../recipes/trl.ts';
import type { LossModule } from './loss-py.ts';
import { lossModule } from './loss-py.ts';

export interface Trainer {
  setup: TrlSetup;
  /** The loss, where it is not TRL's. */
  own: LossModule | null;
  /** Why, as a sentence; empty where it is. */
  whyOwn: string;
}

/** Throws InvalidInputError where labelled pairs can't train its formula, its reference is a model from outside, or it trains online. */
export function trainerOf(recipe: Recipe): Trainer {
  refuseOutside(recipe);
  refuseOnline(recipe);
  const named = trlSetup(recipe);
  if (named.ok) {
    const { setup } = named;
    return { setup: setup.config === 'KTOConfig' ? twiceTheRows(setup) : setup, own: null, whyOwn: '' };
  }
  const read = readObjective(recipe.objective);
  const issues = objectiveIssues(recipe.objective, read);
  const checked = read.formula;
  if (issues.length > 0 || !checked.ok) throw new InvalidInputError(issues);
  const { parameters, own: numbers } = recipe.objective;
  const setup = { trainer: 'DPOTrainer', config: 'DPOConfig', from: 'trl', values: loopValues(recipe) };
  return {
    setup,
    own: lossModule(checked.value, { ...parameters, ...numbers }),
    whyOwn: named.why.replace('; copy it as PyTorch.', '.'),
  };
}

/** TRL's trainers read no ONNX, and another reference would be another run. */
function refuseOutside({ model: { reference } }: Recipe): void {
  if (reference === undefined) return;
  const issue = {
    code: 'export/reference',
    at: 'model.reference',
    expected: 'the model before training, the only reference that the folder could hold',
    received: `an ONNX model, SHA-256 ${reference.sha256}`,
    cure: 'Go back to the model before training as the reference, then take the folder.',
  };
  throw new InvalidInputError([issue]);
}

/** The folder holds pairs; in rounds they are written anew, and judged by scores that only this world has. */
function refuseOnline({ loop }: Recipe): void {
  if (loop.kind !== 'online') return;
  const issue = {
    code: 'export/online',
    at: 'loop.kind',
    expected: 'offline: training on the labelled pairs themselves',
    received: loop.kind,
    cure: 'Train on the labelled pairs themselves, then take the folder; the model itself can be taken as it is.',
  };
  throw new InvalidInputError([issue]);
}

/** A pair is two rows there. */
function twiceTheRows(setup: TrlSetup): TrlSetup {
  const values = setup.values.map(
    ([name, value]) => [name, name === 'per_device_train_batch_size' ? 2 * Number(value) : value] as const,
  );
  return { ...setup, values };
}
