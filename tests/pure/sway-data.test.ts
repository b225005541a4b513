/** `sway run --data`: a preference file of one's own, from its rows to held-out accuracy. */
import { expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import type { RunResult } from '../../src/cli/run.ts';
import { commandLine } from '../support/command-line.ts';
import { smallDataset } from '../support/small-data.ts';

const { printed, file } = commandLine();

const data = file(
  'manners.jsonl',
  smallDataset()
    .pairs.map(({ prompt, chosen, rejected }) => `${JSON.stringify({ prompt, chosen, rejected })}\n`)
    .join(''),
);
const small = ['--vocabulary', 'words', '--words', '200', '--context', '32', '--pretrain', '40'];
const recipe = file(
  'recipe.json',
  JSON.stringify({ model: { size: 'nano' }, loop: { steps: 30 }, optimiser: { lr: 0.001 } }),
);

it('trains on all training pairs and says how sure the held-out accuracy is, the same bits twice', async () => {
  expect(await main(['run', recipe, '--data', data, ...small, '--json']), printed.err).toBe(0);
  const first = JSON.parse(printed.out) as RunResult;
  expect(first.story.recipe).toMatchObject({
    labels: { rule: 'labels', count: 80 },
    loop: { evaluate_every: 50 },
  });
  expect(first.story.recipe.world).toMatch(/^data-[0-9a-f]{16}$/);
  expect(first.pairs).toBe(80);
  expect(first.evaluations[0]?.accuracies['labels']).toBe(0.5);
  expect(first.evaluations.at(-1)?.accuracies['labels']).toBeGreaterThan(0.9);
  expect(first.evaluations.at(-1)?.pairs['labels']).toBe(40);
  expect(printed.err).toMatch(/manners\.jsonl: 120 pairs, 80 to learn from, 40 held out; 120 fit whole/);
  expect(printed.err).toMatch(/base policy: 40 steps, perplexity \d/);
  printed.out = '';
  expect(await main(['run', recipe, '--data', data, ...small])).toBe(0);
  expect(printed.out).toMatch(/labels +50\.0% -> 1?\d\d\.\d% \(\d\d\.\d% to 1?\d\d\.\d%\) of 40/);
  expect(printed.out).toContain(first.digest);
});

it.each([
  [['--vocabulary', 'runes'], /--vocabulary: expected one of bpe, words, received runes/],
  [['--context', '33'], /context: expected one of 32, 64, 128, 256, received 33/],
  [['--words', '9'], /words: expected 259 to 8192, received 9/],
  [['--pretrain', '0'], /--pretrain: expected at least 1 step/],
])('refuses %j', async (options, message) => {
  expect(await main(['run', recipe, '--data', data, ...options])).toBe(2);
  expect(printed.err).toMatch(message);
});

it('refuses its options without a file, a file without pairs, and a recipe of another world', async () => {
  expect(await main(['run', recipe, '--pretrain', '3'])).toBe(2);
  expect(printed.err).toMatch(/--pretrain: expected it beside --data FILE/);
  expect(await main(['run', '--data', file('none.jsonl', '{"a":1}\n')])).toBe(2);
  expect(printed.err).toMatch(/sway -- data inspect/);
  const foreign = file('foreign.json', JSON.stringify({ world: 'data-0123456789abcdef' }));
  expect(await main(['run', foreign, '--data', data, ...small])).toBe(2);
  expect(printed.err).toMatch(/a world made of data that is open here/);
});
