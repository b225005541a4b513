/** Teacher mode: which panels a link hides and which controls it locks. Every panel and control has its one name here. */
import * as v from 'valibot';
import type { Issue } from '../base/errors.ts';
import type { Parameter, ParameterTable } from '../base/parameters.ts';
import { optimiserParameters } from '../training/optimiser.ts';
import { objectives } from '../objectives/index.ts';
import { ownParameter, parametersOf } from '../recipes/objective.ts';
import {
  labelParameters,
  loopParameters,
  seedParameter,
  syncParameters,
  syncSwitch,
} from '../recipes/parameters.ts';
import type { Recipe } from '../recipes/schema.ts';

export type SharedKind = 'lab' | 'race';

/** Panels of each page, in the page's order, with what they are called. */
export const PANELS = {
  lab: {
    label: 'Label',
    oracle: 'Let the oracle label',
    train: 'Train',
    ranking: 'Watch',
    loss: 'The loss',
    curves: 'Step by step',
    'held-out': 'On pairs that it has not seen',
    tokens: 'Word by word',
    samples: 'The same dice, before and after',
  },
  race: {
    arms: 'Choose the arms',
    shared: 'What they share',
    curves: 'As they train',
    table: 'What came out',
    details: 'One arm closely',
  },
} as const satisfies Record<SharedKind, Record<string, string>>;

export type PanelId = keyof (typeof PANELS)['lab'] | keyof (typeof PANELS)['race'];

/** Where a control's value stands in the recipe (`optimiser.lr`), or one of the names below. */
export type ControlPath = string;

export interface Control {
  path: ControlPath;
  label: string;
}

const switches = Object.fromEntries(
  Object.entries(syncSwitch).map(([key, { label }]) => [`loop.${key}`, label]),
);

/** Controls that are no numbers of a table. */
const OTHER_CONTROLS: Record<SharedKind, Readonly<Record<ControlPath, string>>> = {
  lab: {
    'labels.recorded': 'labelling pairs',
    'labels.source': 'where pairs come from',
    'labels.rule': 'the taste of the oracle',
    'objective.name': 'the loss',
    'objective.formula': 'the formula',
    'objective.options': 'options of the loss',
    'model.size': 'the size of the model',
    ...switches,
    backend: 'where it is computed',
    prompt: 'the prompt looked at',
  },
  race: {
    arms: 'which losses race',
    seeds: 'how many seeds',
    'labels.rule': 'the taste of the oracle',
    'objective.formula': 'the formula',
    'objective.options': 'options of the loss',
    'model.size': 'the size of the model',
    ...switches,
    backend: 'where it is computed',
  },
};

const { steps, batch } = loopParameters;

/** The numbers that each page sets, by what stands before them in the recipe. */
const NUMBERS: Record<SharedKind, Readonly<Record<string, ParameterTable>>> = {
  lab: {
    'labels.': labelParameters,
    'loop.': { ...loopParameters, ...syncParameters },
    'optimiser.': optimiserParameters,
    '': seedParameter,
  },
  race: {
    'labels.': labelParameters,
    'loop.': { steps, batch, ...syncParameters },
    'optimiser.': { lr: optimiserParameters.lr },
    '': seedParameter,
  },
};

const numberControls = (kind: SharedKind): Control[] =>
  Object.entries(NUMBERS[kind]).flatMap(([prefix, table]) => rows(prefix, table));

const rows = (prefix: string, table: ParameterTable): Control[] =>
  Object.entries(table).map(([key, { label }]: [string, Parameter]) => ({ path: prefix + key, label }));

/** What can be locked beside recipes: their numbers, those of their losses, and the rest of the page's controls. */
export function controlsOf(kind: SharedKind, recipes: readonly Pick<Recipe, 'objective'>[]): Control[] {
  const ofLosses = recipes.flatMap(({ objective }) => [
    ...rows('objective.parameters.', parametersOf({ ...objective, own: {} })),
    ...Object.keys(objective.own).map((key) => ({
      path: `objective.own.${key}`,
      label: ownParameter(key).label,
    })),
  ]);
  return [
    ...Object.entries(OTHER_CONTROLS[kind]).map(([path, label]) => ({ path, label })),
    ...ofLosses.filter(({ path }, i) => ofLosses.findIndex((one) => one.path === path) === i),
    ...numberControls(kind),
  ];
}

export interface View {
  /** Panels that are not shown. */
  hide: readonly PanelId[];
  /** Controls that show their value and take no other; `all` of them. */
  lock: readonly ControlPath[] | 'all';
}

/** Room for every panel and control, and no more. */
const MOST_NAMES = 100;
const names = v.pipe(v.array(v.pipe(v.string(), v.maxLength(80))), v.maxLength(MOST_NAMES));
export const viewEntries = {
  hide: v.optional(names, () => []),
  lock: v.optional(
    v.lazy((input) => (typeof input === 'string' ? v.literal('all') : names)),
    () => [],
  ),
};

/** Names that the page of that kind does not have. */
export function viewIssues(
  kind: SharedKind,
  { hide, lock }: { hide: readonly string[]; lock: readonly string[] | 'all' },
): Issue[] {
  const unknown = (key: string, list: readonly string[], known: (name: string) => boolean): Issue[] =>
    list.flatMap((name, i) => {
      const at = `${key}.${i}`;
      if (list.indexOf(name) !== i) {
        const cure = 'Remove it once.';
        return [{ code: 'link/view', at, expected: 'every name once', received: name, cure }];
      }
      if (known(name)) return [];
      const expected =
        key === 'hide' ? `one of ${Object.keys(PANELS[kind]).join(', ')}` : 'a control such as optimiser.lr';
      return [{ code: 'link/view', at, expected, received: name, cure: 'Remove it, or check its spelling.' }];
    });
  return [
    ...unknown('hide', hide, (name) => Object.hasOwn(PANELS[kind], name)),
    ...(lock === 'all' ? [] : unknown('lock', lock, (name) => isControl(kind, name))),
  ];
}

/** Numbers of any loss count: a visitor may go on to another one. */
function isControl(kind: SharedKind, path: string): boolean {
  if (Object.hasOwn(OTHER_CONTROLS[kind], path)) return true;
  if (numberControls(kind).some((control) => control.path === path)) return true;
  const [, part, key] = /^objective\.(parameters|own)\.([A-Za-z]\w{0,39})$/.exec(path) ?? [];
  if (part === 'own') return true;
  return (
    key !== undefined && [...objectives.values()].some(({ parameters }) => Object.hasOwn(parameters, key))
  );
}
