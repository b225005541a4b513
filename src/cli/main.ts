/** The command line: `npm run -s sway -- COMMAND ...`. */
import { errorToData, InvalidInputError, SwaygroundError } from '../base/errors.ts';
import { data } from './data.ts';
import { exportCommand } from './export.ts';
import { link } from './link.ts';
import { objectives } from './objectives.ts';
import { onnx } from './onnx.ts';
import { race } from './race.ts';
import { reward } from './reward.ts';
import { run } from './run.ts';
import { taste } from './taste.ts';
import { verify } from './verify.ts';

/** A command takes its arguments and resolves to an exit code; 2 asks for the usage to be shown. */
const commands: Record<string, (argv: readonly string[]) => Promise<number>> = {
  run,
  verify,
  link,
  race,
  reward,
  taste,
  objectives,
  onnx,
  export: exportCommand,
  data,
};

const USAGE = `Usage: npm run -s sway -- COMMAND

  run FILE|LINK [--backend wasm|webgpu|reference] [--seed K] [--json]
      Trains a recipe or a shared run, its changes on the way included, and prints its metrics, evaluations, samples, the
      digest of the final parameters and the receipt. On wasm the same run gives the same bits here and in every browser.
  verify FILE|LINK [--backend ...] [--json]
      Trains a shared run again and holds it against its receipt, and what it shows against what came out. Exit code 1 where
      it is not reproduced.
  link FILE [--note TEXT]
      Prints the link of a recipe or a shared file: what stands behind the address of the Lab (…/lab/#…), of races (…/race/#…), or
      of your own data (…/data/#…). --note: a sentence or two to whoever opens it. With --data it says what made the data's
      world, and holds nothing of the data.
  race FILE FILE ... | LINK [--seeds N] [--seed FIRST] [--backend ...] [--json]
      Trains recipes that differ in objective and optimiser over the same seeds; means, 95% intervals, paired tests.
      One file may hold all of them: a shared race, or { "arms": [{ "name", "recipe" }] } as the race page copies it.
  reward FILE [--backend ...] [--seed K] [--onnx FILE] [--json]
      Trains a reward model on the recipe's labels, by bradley_terry where it names no objective; prints TRL's metrics,
      held-out accuracy, calibration, Kendall's tau and best of n; --onnx writes the model for any onnxruntime.
  taste [--world W] [--rule R|all] [--labels 5,10,20] [--seeds 5] [--first-seed K] [--noise PERCENT] [--json]
      Somebody answers so many pairs by a rule, and a model is trained online on what the answers say: by how many standard
      deviations its responses move that way, how many stay grammatical, how many moved right, seconds of CPU.
  objectives check FILE [--backend all|reference|wasm|webgpu] [--json]
      Compares every case of a file of losses and gradients with what the objectives give.
  onnx export FILE|LINK|FOLDER OUT.onnx [--reward]
      The model of a checkpoint folder, or what a recipe or shared run ends with, as an ONNX file; with --reward the reward
      model that the recipe trains.
  onnx inspect FILE.onnx [--json]
      What an ONNX file takes and gives, its operators and metadata; nothing of it is run.
  export labels|metrics|hf|cluster FILE|LINK OUT [--shape explicit|implicit|conversational|unpaired] [--text readable|words]
      Writes a run's labels as JSON Lines in TRL's shapes; its metrics as CSV; its trained model as a zipped Hugging Face
      folder that checks itself; or a zipped folder that trains it with TRL.
  data inspect FILE [--json] [--map prompt=COLUMN,chosen=COLUMN,rejected=COLUMN]
      Says what a preference file holds (JSONL, JSON, CSV, TSV, Parquet, plain or .gz): its shape, its pairs, which rows are
      rejected and why. Exit code 1 where no pair can be used.

run, verify, link, race, reward, onnx export and export also take:
  --data FILE [--vocabulary bpe|words] [--words N] [--context 32|64|128|256] [--pretrain STEPS] [--map ...]
      Trains on a preference file of your own (see data inspect): makes a vocabulary, teaches a model the language of the
      chosen responses for so many steps (300), then trains by the recipe on all training pairs. What the recipe leaves out
      of world, labels.rule, labels.count and loop.evaluate_every (50) is filled in. A link or shared file of such a run
      says all but the file, which must be the same: then run, verify, link and export need --data FILE alone.
  --model FOLDER|ZIP (not link)
      Starts from the model in a Hugging Face folder (see export hf).
run, verify, onnx export and export also take:
  --reference MODEL.onnx
      Loss and rewards are measured by this ONNX model, in place of the model before training.

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
