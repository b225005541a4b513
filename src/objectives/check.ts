/** An objective's formula, or another in its place with the same parameters, checked in the objective's setting. */
import type { Checked } from '../base/errors.ts';
import { InvalidInputError } from '../base/errors.ts';
import type { CheckedFormula } from '../formulas/check.ts';
import { checkFormula } from '../formulas/check.ts';
import type { Objective } from './objective.ts';

export function checkObjective(
  { setting, parameters, formula }: Pick<Objective, 'setting' | 'parameters' | 'formula'>,
  text = formula,
): Checked<CheckedFormula> {
  return checkFormula(text, { setting, parameters: Object.keys(parameters) });
}

/** As `checkObjective` for a formula that must be right, such as a built-in one; throws InvalidInputError. */
export function checkedObjective(
  objective: Pick<Objective, 'setting' | 'parameters' | 'formula'>,
): CheckedFormula {
  const checked = checkObjective(objective);
  if (!checked.ok) throw new InvalidInputError(checked.issues);
  return checked.value;
}
