/** A recipe's objective as the configuration that trains with it in TRL, or why there is none. */
import type { Objective } from '../objectives/index.ts';
import { objectives } from '../objectives/index.ts';
import type { Options } from '../objectives/options.ts';
import type { Recipe } from './schema.ts';

export type TrlConfig = { ok: true; text: string } | { ok: false; why: string };

/** What a configuration says: its class, the module that it and its trainer come from, and Python's text of each value. */
export interface TrlSetup {
  trainer: string;
  config: string;
  from: string;
  values: (readonly [name: string, value: Value])[];
}

/** The release whose sources every name written here was checked against (tests/fixtures/trl-configs.json). */
export const TRL_VERSION = '1.13.0';

interface Trainer {
  /** Class of the configuration. */
  config: string;
  from: string;
  /** What TRL calls our numbers where the names differ. */
  names?: Record<string, string>;
  /** It can move its reference. */
  syncs?: true;
}

const TRAINERS: Readonly<Record<string, Trainer>> = {
  dpo: { config: 'DPOConfig', from: 'trl', names: { tau: 'discopop_tau' }, syncs: true },
  kto: { config: 'KTOConfig', from: 'trl', syncs: true },
  cpo: { config: 'CPOConfig', from: 'trl.experimental.cpo', names: { gamma: 'simpo_gamma' } },
  orpo: { config: 'ORPOConfig', from: 'trl.experimental.orpo' },
};

/** What a formula leaves out although TRL's default adds it. */
const ABSENT: Readonly<Record<string, Record<string, number>>> = {
  simpo: { cpo_alpha: 0 },
  alphapo: { cpo_alpha: 0 },
};

/** The losses that TRL takes an f-divergence with. */
export const DIVERGING: readonly string[] = [
  'discopop',
  'exo_pair',
  'hinge',
  'ipo',
  'robust',
  'sft',
  'sigmoid',
  'sigmoid_norm',
];

/** Rounds are judged by what a few labels say of a world's own scores, which is no judge or reward model of TRL's. */
const NOT_ONLINE =
  'TRL’s OnlineDPOTrainer writes two responses a prompt and has them judged by a model of its own; it has no rounds of the best against the worst by a taste.';

type Setup = Pick<Recipe, 'loop' | 'optimiser' | 'seed'> & {
  objective: Pick<Recipe['objective'], 'name' | 'formula' | 'parameters' | 'options'>;
};
type Value = string | number;

export function trlConfig(setup: Setup): TrlConfig {
  const made = trlSetup(setup);
  if (!made.ok) return made;
  const { from, config, values } = made.setup;
  const lines = values.map(([name, value]) => `    ${name}=${value},`).join('\n');
  return {
    ok: true,
    text: `# names as in TRL ${TRL_VERSION}\nfrom ${from} import ${config}\n\nconfig = ${config}(\n${lines}\n)\n`,
  };
}

export function trlSetup(setup: Setup): { ok: true; setup: TrlSetup } | { ok: false; why: string } {
  const { objective, loop } = setup;
  const { title, trl } = objectives.get(objective.name) as Objective;
  const no = (why: string): { ok: false; why: string } => ({ ok: false, why });
  if (loop.kind === 'online') return no(NOT_ONLINE);
  if (objective.formula !== null)
    return no('The formula is your own, which no TRL configuration names; copy it as PyTorch.');
  if (trl === null) return no(`TRL has no loss that is ${title}; copy it as PyTorch.`);
  const trainer = TRAINERS[trl.trainer];
  if (trainer === undefined) {
    const why = 'which does more than this formula says; copy it as PyTorch.';
    return no(`In TRL this is the ${trl.trainer.toUpperCase()} trainer's, ${why}`);
  }
  const options = optionValues(objective.options);
  if (options.length > 0 && trl.trainer !== 'dpo')
    return no(`TRL's ${trainer.config} has no ${options[0]?.[0]}; copy it as PyTorch.`);
  if (objective.options.f_divergence !== 'reverse_kl' && !DIVERGING.includes(trl.loss_type))
    return no(`TRL takes no other divergence with the loss ${trl.loss_type}; copy it as PyTorch.`);
  if (loop.sync_ref_model && trainer.syncs !== true)
    return no(`TRL's ${trl.trainer.toUpperCase()} trainer keeps its reference where it is.`);
  const numbers = { ...objective.parameters, ...ABSENT[objective.name] };
  const named = trl.loss_type !== '' && trl.trainer !== 'orpo';
  const values: TrlSetup['values'] = [
    ...(named ? [['loss_type', `"${trl.loss_type}"`] as const] : []),
    ...Object.entries(numbers).map(([name, value]) => [trainer.names?.[name] ?? name, value] as const),
    ...options,
    ...loopValues(setup),
  ];
  const { config, from } = trainer;
  return { ok: true, setup: { trainer: config.replace('Config', 'Trainer'), config, from, values } };
}

/** What every trainer is told of the loop and the optimiser. */
export function loopValues({ loop, optimiser, seed }: Omit<Setup, 'objective'>): TrlSetup['values'] {
  return [
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
    ...syncValues(loop),
  ];
}

/** How the reference moves, where it does. */
function syncValues(loop: Recipe['loop']): [string, Value][] {
  if (!loop.sync_ref_model) return [];
  return [
    ['sync_ref_model', 'True'],
    ['ref_model_mixup_alpha', loop.ref_model_mixup_alpha],
    ['ref_model_sync_steps', loop.ref_model_sync_steps],
  ];
}

/** The options that are set, under TRL's names. */
function optionValues({ f_divergence, f_alpha, ld_alpha, weighting }: Options): [string, Value][] {
  return [
    ...(f_divergence === 'reverse_kl'
      ? []
      : [['f_divergence_type', `"${f_divergence}"`] satisfies [string, Value]]),
    ...(f_alpha === null ? [] : [['f_alpha_divergence_coef', f_alpha] satisfies [string, Value]]),
    ...(ld_alpha === null ? [] : [['ld_alpha', ld_alpha] satisfies [string, Value]]),
    ...(weighting ? [['use_weighting', 'True'] satisfies [string, Value]] : []),
  ];
}
