/** Every name in a copied TRL configuration is one of TRL's own, as its sources say (fixtures/trl-configs.json). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultsOf } from '../../src/base/parameters.ts';
import { objectives } from '../../src/objectives/index.ts';
import type { Options } from '../../src/objectives/options.ts';
import { NO_OPTIONS } from '../../src/objectives/options.ts';
import { DIVERGING, TRL_VERSION, trlConfig } from '../../src/recipes/trl.ts';
import { defaultRecipe } from '../support/worlds.ts';

interface Checked {
  trl: string;
  /** Fields of the training arguments that all configurations have. */
  shared: string[];
  configs: Record<string, { from: string; fields: string[]; loss_type: string[] }>;
  f_divergence_type: string[];
  f_divergence_loss_types: string[];
}
const trl = JSON.parse(readFileSync('tests/fixtures/trl-configs.json', 'utf8')) as Checked;
const { loop, optimiser, seed } = defaultRecipe('reviews').recipe;

const told = (name: string, options: Partial<Options> = {}, formula: string | null = null) =>
  trlConfig({
    objective: {
      name,
      formula,
      parameters: defaultsOf(objectives.get(name)?.parameters ?? {}),
      options: { ...NO_OPTIONS, ...options },
    },
    loop,
    optimiser,
    seed,
  });

const textOf = (name: string, options: Partial<Options> = {}): string => {
  const config = told(name, options);
  if (!config.ok) throw new Error(config.why);
  return config.text;
};

/** What stands in the call, by name, after checking the class and where it comes from. */
function readConfig(text: string): Record<string, string> {
  const [, from = '', config = ''] = /^from (\S+) import (\w+)$/m.exec(text) ?? [];
  const known = trl.configs[config];
  expect(known?.from, config).toBe(from);
  const values = Object.fromEntries([...text.matchAll(/^ {4}(\w+)=(.+),$/gm)].map(([, k, v]) => [k, v]));
  const unknown = Object.keys(values).filter(
    (name) => ![...trl.shared, ...(known?.fields ?? [])].includes(name),
  );
  expect(unknown, `not in ${config}`).toEqual([]);
  return values;
}

const NAMED = [...objectives.values()].filter(({ name }) => told(name).ok);

it('the fixture is of the version that the text names, and the divergences are TRL’s', () => {
  expect(trl.trl).toBe(TRL_VERSION);
  expect([...DIVERGING].sort()).toEqual(trl.f_divergence_loss_types);
  expect(NAMED.length).toBeGreaterThan(20);
});

describe('the configuration of', () => {
  it.each(NAMED.map(({ name }) => name))('%s has TRL’s names only', (name) => {
    const text = textOf(name);
    expect(text).toContain(`# names as in TRL ${TRL_VERSION}\n`);
    const { loss_type: type, ...values } = readConfig(text);
    const [, config = ''] = /import (\w+)$/m.exec(text) ?? [];
    if (type !== undefined) expect(trl.configs[config]?.loss_type).toContain(JSON.parse(type));
    expect(values['max_steps']).toBe(String(loop.steps));
  });
});

it('a reference that moves goes by TRL’s names, where the trainer can move it', () => {
  const moving = { ...loop, sync_ref_model: true, ref_model_mixup_alpha: 0.5 };
  const config = (name: string) =>
    trlConfig({
      objective: { name, formula: null, parameters: {}, options: NO_OPTIONS },
      ...{ loop: moving, optimiser, seed },
    });
  for (const name of ['sigmoid', 'kto']) {
    const told = config(name);
    if (!told.ok) throw new Error(told.why);
    expect(readConfig(told.text)).toMatchObject({
      sync_ref_model: 'True',
      ref_model_mixup_alpha: '0.5',
      ref_model_sync_steps: '20',
    });
  }
  expect(config('simpo')).toMatchObject({ ok: false, why: expect.stringMatching(/CPO trainer/) as string });
});

it('options go by TRL’s names', () => {
  for (const kind of trl.f_divergence_type.filter((one) => one !== 'reverse_kl')) {
    const f_divergence = kind as Options['f_divergence'];
    const f_alpha = kind === 'alpha_divergence' ? 0.3 : null;
    const values = readConfig(textOf('hinge', { f_divergence, f_alpha, ld_alpha: 0.5, weighting: true }));
    expect(values).toMatchObject({
      f_divergence_type: JSON.stringify(kind),
      ld_alpha: '0.5',
      use_weighting: 'True',
    });
    expect(values['f_alpha_divergence_coef']).toBe(f_alpha === null ? undefined : '0.3');
  }
});

it('what no configuration says is told in words', () => {
  expect(told('sigmoid', {}, 'loss = -logp_w')).toMatchObject({ ok: false });
  expect(told('simpo', { weighting: true })).toEqual({
    ok: false,
    why: "TRL's CPOConfig has no use_weighting; copy it as PyTorch.",
  });
  expect(told('sppo_hard', { f_divergence: 'js_divergence' })).toEqual({
    ok: false,
    why: 'TRL takes no other divergence with the loss sppo_hard; copy it as PyTorch.',
  });
});
