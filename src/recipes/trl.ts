/** A recipe's objective as the configuration that trains with it in TRL, or why there is none. */
import type { Objective } from '../objectives/index.ts';
import { objectives } from '../objectives/index.ts';
import type { Recipe } from './schema.ts';

export type TrlConfig = { ok: true; text: string } | { ok: false; why: string };

/** Class of the configuration, and what TRL calls our numbers where the names differ. */
interface Trainer {
  config: string;
  from: string;
  names?: Record<string, string>;
  /** It knows one loss alone, and no `loss_type`. */
  oneLoss?: true;
  /** It can move its reference. */
  syncs?: true;
}

const TRAINERS: Readonly<Record<string, Trainer>> = {
  dpo: { config: 'DPOConfig', from: 'trl', names: { tau: 'discopop_tau' }, syncs: true },
  kto: { config: 'KTOConfig', from: 'trl', syncs: true },
  bco: { config: 'BCOConfig', from: 'trl.experimental.bco', oneLoss: true },
  cpo: { config: 'CPOConfig', from: 'trl.experimental.cpo', names: { gamma: 'simpo_gamma', alpha: 'alpha' } },
  orpo: { config: 'ORPOConfig', from: 'trl.experimental.orpo', oneLoss: true },
};

/** What a formula leaves out although TRL's default adds it. */
const ABSENT: Readonly<Record<string, Record<string, number>>> = {
  simpo: { cpo_alpha: 0 },
  alphapo: { cpo_alpha: 0 },
};

type Setup = Pick<Recipe, 'loop' | 'optimiser' | 'seed'> & {
  objective: Pick<Recipe['objective'], 'name' | 'formula' | 'parameters'>;
};

export function trlConfig({ objective, loop, optimiser, seed }: Setup): TrlConfig {
  const { title, trl } = objectives.get(objective.name) as Objective;
  if (objective.formula !== null)
    return {
      ok: false,
      why: 'The formula is your own, which no TRL configuration names; copy it as PyTorch.',
    };
  if (trl === null) return { ok: false, why: `TRL has no loss that is ${title}; copy it as PyTorch.` };
  const trainer = TRAINERS[trl.trainer];
  if (trainer === undefined) {
    const why = 'which does more than this formula says; copy it as PyTorch.';
    return { ok: false, why: `In TRL this is the ${trl.trainer.toUpperCase()} trainer's, ${why}` };
  }
  if (loop.sync_ref_model && trainer.syncs !== true)
    return { ok: false, why: `TRL's ${trl.trainer.toUpperCase()} trainer keeps its reference where it is.` };
  const numbers = { ...objective.parameters, ...ABSENT[objective.name] };
  const values: [string, string | number][] = [
    ...(trl.loss_type === '' || trainer.oneLoss ? [] : [['loss_type', `"${trl.loss_type}"`] as const]),
    ...Object.entries(numbers).map(([name, value]) => [trainer.names?.[name] ?? name, value] as const),
    ['learning_rate', optimiser.lr],
    ['per_device_train_batch_size', loop.batch],
    ['max_steps', loop.steps],
    ['warmup_steps', optimiser.warmup_steps],
    ['lr_scheduler_type', '"constant_with_warmup"'],
    ['adam_beta1', optimiser.adam_beta1],
    ['adam_beta2', optimiser.adam_beta2],
    ['adam_epsilon', optimiser.adam_epsilon],
    ['weight_decay', optimiser.weight_decay],
    ['max_grad_norm', optimiser.max_grad_norm],
    ['seed', seed],
    ...(loop.sync_ref_model
      ? [
          ['sync_ref_model', 'True'] as const,
          ['ref_model_mixup_alpha', loop.ref_model_mixup_alpha] as const,
          ['ref_model_sync_steps', loop.ref_model_sync_steps] as const,
        ]
      : []),
  ].map(([name, value]) => [name, value] as [string, string | number]);
  const lines = values.map(([name, value]) => `    ${name}=${value},`);
  return {
    ok: true,
    text: `from ${trainer.from} import ${trainer.config}\n\nconfig = ${trainer.config}(\n${lines.join('\n')}\n)\n`,
  };
}
