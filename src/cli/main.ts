/** The command line: `npm run -s sway -- COMMAND ...`. */
import { errorToData, InvalidInputError, SwaygroundError } from '../base/errors.ts';
import { objectives } from './objectives.ts';
import { race } from './race.ts';
import { run } from './run.ts';

/** A command takes its arguments and resolves to an exit code; 2 asks for the usage to be shown. */
const commands: Record<string, (argv: readonly string[]) => Promise<number>> = { run, race, objectives };

const USAGE = `Usage: npm run -s sway -- COMMAND

  run RECIPE.json [--backend wasm|webgpu|reference] [--seed K] [--json]
      Trains a recipe and prints its metrics, evaluations, samples, and the digest of the final parameters. On wasm the
      same recipe gives the same bits here and in every browser.
  race RECIPE.json RECIPE.json ... [--seeds N] [--seed FIRST] [--backend ...] [--json]
      Trains recipes that differ in objective and optimiser over the same seeds; means, 95% intervals, paired tests.
      One file may hold all of them, as the race page copies them: { "arms": [{ "name", "recipe" }] }.
  objectives check FILE [--backend all|reference|wasm|webgpu] [--json]
      Compares every case of a file of losses and gradients with what the objectives give.

Exit code 2: bad input.
`;

export async function main([name = '', ...argv]: string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  try {
    const code = (await command?.(argv)) ?? 2;
    if (code === 2) process.stderr.write(USAGE);
    return code;
  } catch (error) {
    if (!(error instanceof SwaygroundError)) throw error;
    process.stderr.write(`${errorToData(error).message}\n`);
    return error instanceof InvalidInputError ? 2 : 1;
  }
}
