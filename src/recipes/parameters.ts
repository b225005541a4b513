/** The numbers of a recipe that belong to no single objective, labeler or optimiser. */
import type { ParameterTable, Switch } from '../base/parameters.ts';

export const loopParameters = {
  steps: {
    label: 'steps',
    min: 1,
    max: 5000,
    step: 1,
    default: 100,
    unit: '',
    integer: true,
    scale: 'log',
    help: 'Steps of training, each from one batch.',
  },
  batch: {
    label: 'batch',
    min: 1,
    max: 64,
    step: 1,
    default: 16,
    unit: 'pairs',
    integer: true,
    help: 'Pairs that one step learns from; where there are fewer, a pair comes more than once.',
  },
  evaluate_every: {
    label: 'evaluate every',
    min: 1,
    max: 1000,
    step: 1,
    default: 10,
    unit: 'steps',
    integer: true,
    help: 'How often held-out accuracy, ranking and KL are measured.',
  },
} satisfies ParameterTable;

/** Of rounds in which the policy writes, a reward judges, and the best and worst of each group are learned from. */
export const onlineParameters = {
  steps_per_round: {
    label: 'steps a round',
    min: 1,
    max: 200,
    step: 1,
    default: 4,
    unit: 'steps',
    integer: true,
    help: 'Then the model writes anew.',
  },
  prompts_per_round: {
    label: 'prompts a round',
    min: 2,
    max: 256,
    step: 1,
    default: 32,
    unit: 'prompts',
    integer: true,
    help: 'Each gives one pair.',
  },
  num_generations: {
    label: 'responses a prompt',
    min: 2,
    max: 32,
    step: 1,
    default: 8,
    unit: 'responses',
    integer: true,
    help: 'The best and the worst make the pair.',
  },
  target_shift: {
    label: 'ends at',
    min: 0.1,
    max: 5,
    step: 0.05,
    default: 1.05,
    unit: 'standard deviations',
    help: 'So far the mean reward of what it writes is to rise.',
  },
} satisfies ParameterTable;

/** Most labels of a person's that a run learns from: opening one then takes some ten seconds on a slow machine. */
export const MOST_RECORDED = 20_000;

/** How the reference moves, where it does. TRL's default of 512 steps is for longer runs: here few would see one move. */
export const syncParameters = {
  ref_model_mixup_alpha: {
    label: 'share of the policy',
    min: 0.01,
    max: 1,
    step: 0.01,
    default: 0.6,
    unit: '',
    help: 'reference = share * policy + (1 - share) * reference; at 1 the policy takes its place.',
  },
  ref_model_sync_steps: {
    label: 'it moves every',
    min: 1,
    max: 1000,
    step: 1,
    default: 20,
    unit: 'steps',
    integer: true,
    help: 'Fewer let the policy go further in the same number of steps.',
  },
} satisfies ParameterTable;

export const syncSwitch = {
  sync_ref_model: {
    label: 'the reference follows the policy',
    default: false,
    help: 'TR-DPO. The loss and its rewards are measured against the moved reference; rankings, samples and KL still against the model before training.',
    opens: syncParameters,
  },
} satisfies Record<string, Switch>;

/** Pairs that a run may learn from without a person: two responses of 128 tokens each take some 200 MB of the arena. */
const MOST_LABELLED = 20_000;

export const labelParameters = {
  count: {
    label: 'labelled by the oracle',
    min: 0,
    max: MOST_LABELLED,
    step: 1,
    default: 0,
    unit: 'pairs',
    integer: true,
    help: 'Stock pairs that the labeler labels by itself.',
  },
  noise: {
    label: 'label noise',
    min: 0,
    max: 0.5,
    step: 0.01,
    default: 0,
    unit: '',
    help: 'Share of its labels that are flipped.',
  },
} satisfies ParameterTable;

export const seedParameter = {
  seed: {
    label: 'seed',
    min: 0,
    max: 4294967295,
    step: 1,
    default: 0,
    unit: '',
    integer: true,
    help: 'Another seed is another run.',
  },
} satisfies ParameterTable;
