/** States of every kind, as a page would share them. */
import type { Label } from '../../src/labelers/labeler.ts';
import type { LabState, RaceState, SharedState } from '../../src/links/shared.ts';
import { OPEN_VIEW } from '../../src/links/visible.ts';
import { ENGINE } from '../../src/runs/receipt.ts';
import type { Receipt } from '../../src/runs/receipt.ts';
import type { Recipe } from '../../src/recipes/schema.ts';
import { changedAt, storyOf } from '../../src/runs/story.ts';
import type { DataSource } from '../../src/links/data.ts';
import type { Seen } from '../../src/links/seen.ts';
import { LINK_WORLDS, OWN_WORLD } from './links.ts';
import { recipeOf } from './worlds.ts';

export const recipe = (changes: object = {}): Recipe =>
  recipeOf({ version: 1, world: 'reviews', ...changes }, 'policy', LINK_WORLDS).recipe;

export function labels(count: number, from = 0, every = 1): Label[] {
  const choices = ['a', 'b', 'b', 'a', 'tie', 'a', 'both_bad', 'b', 'a', 'a', 'b'] as const;
  return Array.from({ length: count }, (_, i) => ({
    pair: { kind: 'stock', seed: 0, index: from + every * i, split: 'train' },
    choice: choices[(i * i + 3 * i) % choices.length] as (typeof choices)[number],
    source: 'human',
  }));
}

const given = (prompt: string, a: number[], b: number[]): Label => ({
  pair: { kind: 'given', prompt, a, b },
  choice: 'b',
  source: 'human',
});

export function receipt(steps: number): Receipt {
  const marks = Array.from(
    { length: Math.floor(steps / Math.max(1, Math.ceil(steps / 256))) },
    (_, i) => (i * 97 + 13) % 256,
  );
  const final = {
    loss: 0.6212459802627563,
    'rewards/margins': 0.15,
    'logps/chosen': -98.5,
    'logps/rejected': -101.25,
  };
  return { engine: ENGINE, steps, digest: '0123456789abcdef', marks, final };
}

export const lab = (first: Recipe, more: Partial<LabState> = {}): LabState => ({
  kind: 'lab',
  story: storyOf(first),
  receipt: null,
  view: OPEN_VIEW,
  ...more,
});

const OWN = `h = logp_w - ref_w - (logp_l - ref_l)
loss = -log_sigmoid(beta * h - shift) + 0.01 * square(h)`;

/** Labels that came while it ran, a slider that was moved, another loss, a label taken back. */
export function changing(): LabState {
  const base = { labels: { rule: 'formal', recorded: labels(4) } };
  const steps = [
    { labels: { rule: 'formal', recorded: labels(7) } },
    { labels: { rule: 'formal', recorded: labels(7) }, optimiser: { lr: 0.002 } },
    { labels: { rule: 'formal', recorded: labels(7), count: 40, noise: 0.1 }, objective: { name: 'ipo', parameters: { beta: 0.3 } } },
    { labels: { rule: 'formal', recorded: labels(6), count: 40 }, objective: { name: 'ipo', parameters: { beta: 0.5 } } },
    { labels: { rule: 'formal', recorded: [...labels(5), ...labels(2, 900)] }, objective: { formula: OWN, own: { shift: 0.2 } }, loop: { steps: 300 } },
  ]; // prettier-ignore
  const story = steps.reduce(
    (told, next, i) => changedAt(told, 10 * (i + 1), recipe(next)),
    storyOf(recipe(base)),
  );
  return lab(recipe(base), { story, receipt: receipt(300) });
}

export function race(): RaceState {
  const shared = {
    labels: { rule: 'positive', count: 200, noise: 0.1 },
    loop: { steps: 60, evaluate_every: 6 },
    seed: 3,
  };
  const arms = [
    { name: 'DPO', recipe: recipe(shared) },
    { name: 'ipo, beta 0.3', recipe: recipe({ ...shared, objective: { name: 'ipo', parameters: { beta: 0.3 } } }) },
    { name: 'mine', recipe: recipe({ ...shared, objective: { formula: OWN, own: { shift: 1 } }, optimiser: { lr: 3e-4 } }) },
  ]; // prettier-ignore
  return { kind: 'race', arms, seeds: 5, view: { hide: ['details'], lock: ['arms'] }, title: 'Which one?' };
}

export const OWN_SOURCE: DataSource = {
  file: 'Höflichkeit, 2. <b>Teil</b>.jsonl',
  mapping: { prompt: 'question', chosen: 'good', rejected: 'bad' },
  vocabulary: 'words',
  words: 300,
  context: 32,
  base: { size: 'nano', steps: 300, made: 120, batch: 16, seed: 0, digest: '0123456789abcdef' },
};

/** On the world of one's own that links are read in here. */
export const ownData = (source: DataSource = OWN_SOURCE): LabState =>
  lab(
    recipe({
      world: OWN_WORLD.name,
      model: { size: 'nano' },
      labels: { rule: 'labels', count: 20, recorded: labels(30) },
    }),
    { receipt: receipt(100), prompt: 'prompt-3', data: source },
  );

/** Of a run of 100 steps: curves as they were recorded, and samples for `phone-1`. */
export const SEEN: Seen = {
  margins: { steps: [1, 34, 67, 100], values: [0, -7, 240, 359], digits: 2 },
  accuracy: { steps: [0, 50, 100], values: [500, 625, 1000], digits: 3 },
  samples: {
    before: [[193, 406, 203, 2], [257, 87, 2]],
    after: [[193, 176, 2], [257, 87, 27, 17, 3, 2]],
  },
}; // prettier-ignore

export const NOTE = 'It learnt to be short & “sweet”, not <b>kind</b>: is β = 0.1 too small? 🙂';

export const shown = (more: Partial<LabState> = {}): LabState =>
  lab(recipe({ labels: { rule: 'positive', recorded: labels(20) } }), {
    receipt: receipt(100),
    prompt: 'phone-1',
    note: NOTE,
    seen: SEEN,
    ...more,
  });

export const STATES: Readonly<Record<string, SharedState>> = {
  default: lab(recipe()),
  numbers: lab(recipe({ model: { size: 'nano' }, optimiser: { lr: 0.001, warmup_steps: 0 }, loop: { batch: 8, steps: 250 }, seed: 77 })),
  'a named loss': lab(recipe({ objective: { name: 'simpo', parameters: { gamma: 0.7 } } })),
  'a formula of its own': lab(recipe({ objective: { formula: OWN, parameters: { beta: 0.4 }, own: { shift: 0.5 } }, labels: { rule: 'positive', count: 200 } })),
  options: lab(recipe({ objective: { options: { f_divergence: 'alpha_divergence', f_alpha: 0.3, ld_alpha: 0.5, weighting: true } } })),
  'a moving reference': lab(recipe({ loop: { sync_ref_model: true, ref_model_mixup_alpha: 0.9, ref_model_sync_steps: 8 } })),
  'stock labels': lab(recipe({ labels: { rule: 'positive', recorded: labels(100) } }), { prompt: 'phone-1' }),
  'labels with gaps': lab(recipe({ labels: { rule: 'negative', recorded: [...labels(9, 3, 2), ...labels(5, 1, 30), ...labels(3)] } })),
  'labels of others': lab(recipe({ labels: { rule: 'positive', labeler: 'oracle', recorded: [
    ...labels(2).map((label) => ({ ...label, source: 'oracle' })),
    { ...labels(1)[0], pair: { kind: 'stock', seed: 9, index: 12, split: 'held-out' } },
    given('phone-2', [5, 6, 7, 2], [8, 9, 2]), given('movie-1', [10, 2], [11, 12, 13, 2]),
  ] } })),
  changes: changing(),
  'a receipt': lab(recipe({ labels: { rule: 'positive', recorded: labels(20) } }), { receipt: receipt(100) }),
  'a receipt of WebGPU': lab(recipe(), { receipt: { ...receipt(1000), digest: null, marks: [] } }),
  'teacher mode': lab(recipe({ objective: { name: 'ipo' } }), {
    title: 'Exercise 3: what does β do? 🙂',
    prompt: 'movie-3',
    view: { hide: ['loss', 'samples', 'held-out'], lock: ['optimiser.lr', 'objective.name', 'objective.parameters.beta', 'backend'] },
  }),
  'all locked': lab(recipe(), { view: { hide: [], lock: 'all' } }),
  'a note': lab(recipe(), { note: NOTE }),
  'what was seen': shown(),
  'a loss alone': shown({ seen: { loss: { steps: [100], values: [693147], digits: 6 } } }),
  race: race(),
  'a race with a note': { ...race(), note: NOTE },
  'own data': ownData(),
  'own data, taught to the end': ownData({ ...OWN_SOURCE, file: '', mapping: null, base: { size: 'micro', steps: 300, made: 300, batch: 16, seed: 0 } }),
}; // prettier-ignore
