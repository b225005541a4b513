/** `train.py`: the run as a script for TRL. A loss that TRL has is a configuration; any other, a trainer with its own loss. */
import { TRL_VERSION } from '../../recipes/trl.ts';
import type { TrlSetup } from '../../recipes/trl.ts';
import TRAINER from '../python/train_formula.py?raw';
import type { LossModule } from './loss-py.ts';

/** `own`: where the loss is not TRL's. `context`: most tokens of a text. */
export function trainScript(setup: TrlSetup, own: LossModule | null, context: number): string {
  const trainer = own === null ? setup.trainer : 'FormulaTrainer';
  const values: TrlSetup['values'] = [
    ...setup.values,
    ['per_device_eval_batch_size', setup.values.find(([name]) => name === 'per_device_train_batch_size')?.[1] ?? 8],
    ['max_length', context],
    ['bf16', 'False'],
    ['gradient_checkpointing', 'False'],
    ['logging_steps', 1],
    ['save_strategy', '"no"'],
    ['report_to', '"none"'],
  ];
  return [
    `"""Trains the model of checkpoint/ on data/train.jsonl. Written by Swayground for TRL ${TRL_VERSION}; see README.md."""`,
    '',
    'import argparse',
    'import pathlib',
    '',
    ...(own === null ? [] : ['import torch']),
    'from datasets import load_dataset',
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    `from ${setup.from} import ${setup.config}, ${setup.trainer}`,
    ...(own === null
      ? []
      : [
          'from trl.trainer.dpo_trainer import DataCollatorForPreference',
          '',
          'from loss import Quantities, loss, mismatched_rows, response_logps, rewards',
        ]),
    '',
    'HERE = pathlib.Path(__file__).resolve().parent',
    ...(own === null
      ? []
      : [
          `COLUMNS = ${JSON.stringify(own.columns)}`,
          `READS_REWARD_MEAN = ${own.readsRewardMean ? 'True' : 'False'}`,
          '',
          '',
          TRAINER.trimEnd(),
        ]),
    '',
    '',
    'def main():',
    '    parser = argparse.ArgumentParser(description=__doc__)',
    '    parser.add_argument("--output", default=str(HERE / "trained"), help="where the trained model goes")',
    '    parser.add_argument("--max-steps", type=int, help="other than the run\'s")',
    '    parser.add_argument("--cpu", action="store_true", help="train on the processor")',
    '    given = parser.parse_args()',
    `    config = ${setup.config}(`,
    '        output_dir=given.output,',
    ...values.map(([name, value]) => `        ${name}=${value},`),
    '        use_cpu=given.cpu,',
    '    )',
    '    if given.max_steps is not None:',
    '        config.max_steps = given.max_steps',
    '    tokenizer = AutoTokenizer.from_pretrained(HERE / "checkpoint")',
    '    model = AutoModelForCausalLM.from_pretrained(HERE / "checkpoint", dtype="float32")',
    '    data = {split: str(HERE / "data" / f"{split}.jsonl") for split in ("train", "eval")}',
    '    rows = load_dataset("json", data_files=data)',
    ...(own === null
      ? []
      : [
          '    collator = FormulaCollator(pad_token_id=tokenizer.pad_token_id, max_length=config.max_length)',
        ]),
    `    trainer = ${trainer}(`,
    '        model=model,',
    '        args=config,',
    '        train_dataset=rows["train"],',
    '        eval_dataset=rows["eval"],',
    '        processing_class=tokenizer,',
    ...(own === null ? [] : ['        data_collator=collator,']),
    '    )',
    '    trainer.train()',
    '    print(trainer.evaluate())',
    '    trainer.save_model(given.output)',
    '',
    '',
    'if __name__ == "__main__":',
    '    main()',
    '',
  ].join('\n');
} // prettier-ignore
