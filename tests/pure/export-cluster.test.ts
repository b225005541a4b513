/**
 * Folders for a cluster: for every objective that labels can train, the loss that loss.py computes (PyTorch's own values,
 * fixtures made by tests/fixtures/cluster-values.py) is the formula's, and every file is what its name says.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/base/errors.ts';
import { clusterFiles } from '../../src/exports/cluster/folder.ts';
import { trainerOf } from '../../src/exports/cluster/trainer.ts';
import { TRL_VERSION } from '../../src/recipes/trl.ts';
import { checkedOf, clusterBatch, clusterCases, nameOf, numbersOf, parametersOf, trainable } from '../support/cluster-cases.ts'; // prettier-ignore
import { evaluateNames } from '../support/formula-graph.ts';
import { smallRecipe } from '../support/small-run.ts';
import { worldNamed } from '../support/worlds.ts';

interface Values {
  quantities: string;
  cases: { name: string; head: string; loss: number; rewards: [number[], number[]] }[];
  mismatched: Record<string, number[][]>;
}
const values = (): Values => JSON.parse(readFileSync('tests/fixtures/cluster-values.json', 'utf8')) as Values;
const recipes = trainable();
const world = worldNamed('reviews');
const CURE = 'run tests/fixtures/cluster-values.py as its first lines say';
const filesOf = (recipe = smallRecipe()): Record<string, string> =>
  clusterFiles(recipe, world, { 'config.json': '{}' }) as Record<string, string>;
const rowsOf = (text: string): Record<string, unknown>[] =>
  text.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore

describe('loss.py', () => {
  it('is what PyTorch was given', async () => {
    expect(recipes.length).toBeGreaterThanOrEqual(40);
    const text = clusterCases(recipes);
    await expect(text, CURE).toMatchFileSnapshot('../fixtures/cluster-cases.json');
    const { quantities, cases } = JSON.parse(text) as Values;
    expect(values().quantities, CURE).toBe(quantities);
    expect(values().cases.map(({ name, head }) => ({ name, head })), CURE).toEqual(cases);
  }); // prettier-ignore

  it.each(recipes.map((recipe) => [nameOf(recipe), recipe] as const))('finds the loss of %s', async (name, recipe) => {
    const checked = checkedOf(recipe);
    const numbers = numbersOf(clusterBatch(), parametersOf(recipe));
    const own = await evaluateNames(checked, numbers);
    const found = values().cases.find((one) => one.name === name);
    const loss = [...(own['loss'] ?? [])];
    expect(found?.loss).toBeCloseTo(loss.reduce((sum, x) => sum + x, 0) / loss.length, 9);
    const ratios = (side: string): number[] =>
      (numbers[`logp_${side}`] ?? []).map((x, i) => x - (numbers[`ref_${side}`]?.[i] as number));
    const rewards = [own['rewards_chosen'] ?? ratios('w'), own['rewards_rejected'] ?? ratios('l')];
    rewards.forEach((side, s) => side.forEach((x, i) => expect(found?.rewards[s as 0 | 1][i]).toBeCloseTo(x, 9)));
  }); // prettier-ignore

  it('gives each prompt the response of the pair before it, chosen and rejected in turn', () => {
    const { input_ids: ids, completion_mask: mask } = clusterBatch();
    const pairs = ids.length / 2;
    const { input_ids: given = [], attention_mask: attention = [], completion_mask: response = [] } = values().mismatched; // prettier-ignore
    for (let p = 0; p < pairs; p++) {
      const partner = ((p + pairs - 1) % pairs) + (p % 2 === 0 ? 0 : pairs);
      const prompt = ids[p]?.slice(0, mask[p]?.indexOf(1)) ?? [];
      const other = ids[partner]?.filter((_, t) => mask[partner]?.[t] === 1) ?? [];
      const length = prompt.length + other.length;
      expect(given[p]?.slice(0, length)).toEqual([...prompt, ...other]);
      expect(attention[p]?.reduce((a, b) => a + b)).toBe(length);
      expect(response[p]?.slice(0, length)).toEqual([...prompt.map(() => 0), ...other.map(() => 1)]);
    }
  });
});

describe('a folder', () => {
  const folders = recipes.map((recipe) => [nameOf(recipe), filesOf(recipe)] as const);

  it('holds model, data, script, configurations, versions and a README', () => {
    expect(Object.keys(filesOf()).sort()).toEqual([
      'README.md',
      'accelerate/fsdp.yaml',
      'accelerate/one-gpu.yaml',
      'accelerate/zero2.yaml',
      'accelerate/zero3.yaml',
      'checkpoint/config.json',
      'data/eval.jsonl',
      'data/train.jsonl',
      'requirements.txt',
      'train.py',
    ]);
    expect(filesOf()['requirements.txt']).toContain(`trl==${TRL_VERSION}\n`);
  });

  it('has rows of the shape that its trainer reads, with the columns that its loss reads', () => {
    for (const [name, files] of folders) {
      const recipe = recipes.find((one) => nameOf(one) === name) ?? smallRecipe();
      const { setup, own } = trainerOf(recipe);
      const keys =
        setup.config === 'KTOConfig'
          ? ['prompt', 'completion', 'label']
          : ['prompt', 'chosen', 'rejected', ...(own?.columns ?? [])];
      for (const split of ['train', 'eval']) {
        const rows = rowsOf(files[`data/${split}.jsonl`] ?? '');
        expect(rows.length, name).toBeGreaterThan(20);
        for (const row of rows) expect(Object.keys(row), name).toEqual(keys);
        expect(rows[0]?.['prompt'], name).toMatch(/^<bos> /);
      }
    }
  });

  it('trains on no prompt that it evaluates on', () => {
    const files = filesOf();
    const prompts = (split: string) => new Set(rowsOf(files[`data/${split}.jsonl`] ?? '').map((row) => row['prompt'])); // prettier-ignore
    expect([...prompts('eval')].filter((prompt) => prompts('train').has(prompt))).toEqual([]);
  });

  it('says in its README which labels it lacks, and how its loss came to be', () => {
    const label = (choice: string, index: number) => ({ pair: { kind: 'stock', seed: 1, index, split: 'train' }, choice, source: 'human' }); // prettier-ignore
    const recipe = smallRecipe({ labels: { rule: 'positive', count: 0, recorded: [label('a', 1), label('tie', 2), label('both_bad', 3)] } }); // prettier-ignore
    const readme = filesOf(recipe)['README.md'] ?? '';
    expect(readme).toContain('1 tie is not in the data.');
    expect(readme).toContain('1 "both bad" label is not in the data.');
    expect(readme).toContain("The loss is TRL's own: `DPOConfig`");
    const own = filesOf(smallRecipe({ objective: { name: 'tdpo2' } }))['README.md'] ?? '';
    expect(own).toContain('`_compute_loss` replaced');
  });

  it('is refused for an objective that labels can’t train', () => {
    const recipe = { ...smallRecipe(), objective: { ...smallRecipe().objective, name: 'grpo' } };
    expect(() => filesOf(recipe)).toThrow(InvalidInputError);
  });

  const python = spawnSync('python3', ['-c', 'import yaml']).status === 0;
  it.skipIf(!python)('has Python that compiles and YAML that parses', () => {
    const program = `
import json, sys, yaml
for name, files in json.load(sys.stdin):
    for path, text in files.items():
        if path.endswith(".py"):
            compile(text, f"{name}/{path}", "exec")
        if path.endswith(".yaml"):
            read = yaml.safe_load(text)
            assert read["compute_environment"] == "LOCAL_MACHINE" and read["distributed_type"] in ("NO", "FSDP", "DEEPSPEED"), read
`;
    const told = spawnSync('python3', ['-c', program], { input: JSON.stringify(folders), encoding: 'utf8' });
    expect(told.stderr).toBe('');
    expect(told.status).toBe(0);
  });
});
