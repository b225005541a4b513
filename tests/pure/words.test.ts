// The same words for the same things: one word each in what a visitor reads, and a way from it to the glossary.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** What is said, and what is not said for it. TRL's names stay where TRL is meant. */
const WORDS: readonly { say: string; not: RegExp }[] = [
  { say: 'label', not: /\bjudge?ments?\b|\bannotations?\b/i },
  { say: 'labeler', not: /\blabellers?\b|\bannotators?\b|\braters?\b/i },
  { say: 'log-prob', not: /\blog-(probabilit|likelihood)/i },
  { say: 'held-out pairs', not: /\b(validation|test|eval) (set|pairs|data)\b/i },
  { say: 'base model', not: /\bbase polic/i },
  { say: 'loss', not: /\bobjectives?\b/i },
  { say: 'chosen, rejected', not: /\b(winner|loser|winning|losing) (response|review)/i },
  { say: 'graphics processor', not: /\bGPUs?\b|\bgraphics cards?\b/ },
  { say: 'learning rate', not: /\bstep size\b/i },
  { say: 'seed', not: /\brandom state\b/i },
];

/** Visible text of a component: without its script, its styles, its comments, expressions and tags. */
const visible = (source: string): string =>
  source
    .replace(/<script[^]*?<\/script>|<style[^]*?<\/style>|<!--[^]*?-->/g, ' ')
    .replace(/\{[^{}]*\}/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const components = ['src/components', 'src/routes', 'src/charts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.svelte'))
    .map((path) => join(folder, path)),
);

test.each(WORDS)('$say', ({ not }) => {
  for (const path of components) {
    const text = visible(readFileSync(path, 'utf8'));
    expect(not.exec(text)?.[0], path).toBeUndefined();
  }
});

test('what is visible is found', () => {
  expect(visible('<script>let a</script><p class="b">A <b>word</b> {c}</p><style>p{}</style>').trim()).toBe(
    'A word',
  );
});

/** What stands on each page, in folders; a link to the glossary stands where a word is first used. */
const PAGES = {
  lab: ['routes/lab', 'components/label', 'components/train', 'components/loss', 'components/watch'],
  race: ['routes/race', 'components/race'],
  reward: ['routes/reward', 'components/reward'],
  data: ['routes/data', 'components/data'],
  device: ['routes/device', 'components/device'],
};

test.each(Object.entries(PAGES))('%s links its words to the glossary, each once', (_, folders) => {
  const ids = components
    .filter((path) => folders.some((folder) => path.replaceAll('\\', '/').startsWith(`src/${folder}/`)))
    .flatMap((path) =>
      Array.from(readFileSync(path, 'utf8').matchAll(/<Term id="([^"]+)"/g), ([, id]) => id),
    );
  expect(ids.length).toBeGreaterThanOrEqual(3);
  expect(ids).toEqual([...new Set(ids)]);
});
