/** The folder's README: commands, what was checked, and what differs from the run on the page. */
import type { Recipe } from '../../recipes/schema.ts';
import { TRL_VERSION } from '../../recipes/trl.ts';
import { unusedLabels } from '../../runs/unused.ts';
import type { ClusterData } from './data.ts';
import type { World } from '../../worlds/world.ts';
import type { Trainer } from './trainer.ts';

const SEAM =
  'Text is cut into tokens anew: where a prompt and a response meet, and where the page had cut a text, a token may be another one. A space at the end of a prompt stands at the beginning of its responses, so that TRL finds the place where they meet.';

function tokenizerWords({ tokenizer }: Pick<World, 'tokenizer'>): string {
  if (tokenizer === undefined)
    return 'Words stand between spaces. There is no word for the unknown: a text with other words is an error.';
  if (tokenizer.spaced)
    return 'Words of the file that the page read, in lower case, and marks; every other word becomes `<unk>`.';
  return 'Byte-level BPE, learned from the file that the page read: it takes any text.';
}

export function clusterReadme({
  recipe,
  setup,
  own,
  whyOwn,
  data,
  unpaired,
  world,
}: Trainer & { recipe: Recipe; data: ClusterData; unpaired: boolean; world: Pick<World, 'tokenizer'> }): string {
  const { loop, optimiser, seed } = recipe;
  const loss =
    own === null
      ? `The loss is TRL's own: \`${setup.config}\` says which.`
      : `The loss is in \`loss.py\`: ${whyOwn} \`FormulaTrainer\` in \`train.py\` is \`DPOTrainer\` with
\`_compute_loss\` replaced, the method in which TRL ${TRL_VERSION} computes its losses.`;
  const differences = [
    ...unusedLabels(data.unused).map((line) => line.replace('used by this loss', 'in the data')),
    unpaired
      ? `Each pair is two rows, a desired and an undesired completion (\`"both bad"\`: two undesired ones), so a batch of ${loop.batch} pairs is ${2 * loop.batch} rows, and the trainer shuffles the two apart.`
      : '',
    `A batch is ${loop.batch} pairs **on each device**: with 8 processes an update sees 8 times as many. Divide \`per_device_train_batch_size\` to keep the run's.`,
    `The order of the data is the trainer's own: same seed (${seed}), other shuffling. Both pass over the pairs again and again until ${loop.steps} updates are made.`,
    optimiser.warmup_steps > 1
      ? `Warm-up starts at 0 here: the first update changes nothing, where the page's first has 1/${optimiser.warmup_steps} of the learning rate.`
      : '',
    optimiser.weight_decay > 0
      ? 'Weight decay leaves out the norms here; on the page it takes all parameters.'
      : '',
    own?.text.includes('"logp_m"') === true
      ? 'Responses to other prompts come from the same batch here; on the page each pair keeps one partner.'
      : '',
    setup.config === 'ORPOConfig'
      ? "TRL's ORPO trainer takes the likelihood part of its loss over prompt and response; on the page it is over the response alone, so the two losses differ from the first step on."
      : '',
    'A response that the page cut off before `<eos>` gets one here: TRL adds it.',
    world.tokenizer?.spaced === false ? SEAM : '',
    'Sums are in another order, so numbers agree to rounding, not to the bit.',
  ].filter((line) => line !== '');
  return `# A run of Swayground, for TRL

\`train.py\` trains the model of \`checkpoint/\` (where the run on the page started) on \`data/train.jsonl\` (${data.rows.train} rows) and evaluates it on
\`data/eval.jsonl\` (${data.rows.eval} rows of prompts that training never saw, labelled by the rule \`${recipe.labels.rule}\`).
${loss}

    pip install -r requirements.txt
    python3 checkpoint/check.py        # does the model say the same here?
    python3 train.py --cpu             # it is small enough
    accelerate launch --config_file accelerate/one-gpu.yaml train.py
    accelerate launch --config_file accelerate/fsdp.yaml train.py
    accelerate launch --config_file accelerate/zero2.yaml train.py     # needs deepspeed
    accelerate launch --config_file accelerate/zero3.yaml train.py     # needs deepspeed

Set \`num_processes\` in the configuration to the number of GPUs. \`--max-steps\` and \`--output\` do what they say.

## What differs from the page's run

${differences.map((line) => `- ${line}`).join('\n')}

## The tokenizer

${tokenizerWords(world)} A prompt starts with \`<bos>\` and a response ends with \`<eos>\`, written out in the data, since the
tokenizer adds neither. \`<pad>\` fills up.

## A larger model

Give \`train.py\` another folder in place of \`checkpoint/\`, and data in that model's own text: the labels exported as readable
text. Learning rates for models a thousand times larger are about a thousand times smaller.

## What was checked

Names and the overridden method were read in the sources of TRL ${TRL_VERSION}. Scripts of this form were run with the versions of
\`requirements.txt\` on one processor; the configurations for several GPUs were parsed by Accelerate, and not run.
`;
} // prettier-ignore
