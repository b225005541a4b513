// `npm test [-- stage …]`: installs what is missing, runs every stage even when one fails, and ends with `N passed, N failed`.
import { constants } from 'node:os';
import { checkNode, ensureModules, run } from './install.mjs';

checkNode();
ensureModules();
const { findBrowser } = await import('./browser.mjs');
const { linesByFolder } = await import('./lines.mjs');
const { endEverything, runWatched } = await import('./stage.mjs');

const node = (...args) => [process.execPath, args];
const npm = (script) => ['npm', ['run', '-s', script]];
const REPORTER = './scripts/test-reporter.mjs';
const vitest = (project) =>
  node('node_modules/vitest/vitest.mjs', 'run', '--project', project, '--reporter=default', `--reporter=${REPORTER}`); // prettier-ignore
const playwright = (folder) =>
  node('node_modules/@playwright/test/cli.js', 'test', `tests/${folder}/`, `--reporter=list,${REPORTER}`);

/**
 * Stages of one lane run one after the other, lanes side by side: what looks at the built site, and what does not. `counts` says
 * that the command tells of its tests; any other is one check.
 */
const stages = {
  asm: { command: node('scripts/asm.mjs') },
  build: { command: node('scripts/build.mjs'), lane: 'site' },
  size: { command: npm('size'), lane: 'site' },
  pages: { command: playwright('pages'), lane: 'site', counts: true, browser: true },
  hostile: { command: playwright('hostile'), lane: 'site', counts: true, browser: true },
  'format:check': { command: npm('format:check'), lane: 'sources' },
  lint: { command: npm('lint'), lane: 'sources' },
  check: { command: npm('check'), lane: 'sources' },
  layers: { command: npm('layers'), lane: 'sources' },
  knip: { command: npm('knip'), lane: 'sources' },
  audit: { command: node('scripts/audit.mjs'), lane: 'sources', counts: true },
  pure: { command: vitest('pure'), lane: 'sources', counts: true },
  backends: { command: vitest('backends'), lane: 'sources', counts: true, browser: true },
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length) {
  console.error(`No stage named ${unknown.join(', ')}. Stages: ${Object.keys(stages).join(', ')}.`);
  process.exit(1);
}
const names = Object.keys(stages).filter((name) => !asked.length || asked.includes(name));

let stopped = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(name, async () => {
    stopped = true;
    await endEverything();
    process.exit(128 + constants.signals[name]);
  });

// What the asked stages need from stages that were not asked for.
const needs = (...users) => users.some((user) => names.includes(user));
if (needs('lint', 'check', 'knip', 'pure', 'backends')) run(...node('node_modules/@sveltejs/kit/svelte-kit.js', 'sync')); // prettier-ignore
if (needs('check', 'pure', 'backends') && !names.includes('asm')) run(...stages.asm.command);
let built = true;
if (needs('size', 'pages', 'hostile') && !names.includes('build'))
  built = run(...node('scripts/build.mjs', '--if-changed'));
const browser = names.some((name) => stages[name].browser) ? await findBrowser() : undefined;
if (browser) process.env.SWAY_CHROMIUM = browser;

const results = [];
const seconds = (n) => `${n.toFixed(1).padStart(7)} s`;
const headline = (name) => `\n── ${name} ${'─'.repeat(60 - name.length)}\n`;

async function runStage(name) {
  const { command, lane, counts, browser: usesBrowser } = stages[name];
  // Side by side with others, a stage's output is shown as one piece when it ends.
  const alone = names.length === 1;
  const lines = [headline(name)];
  const write = (line) => void (alone ? process.stdout.write(line) : lines.push(line));
  if (alone) process.stdout.write(lines[0]);
  else console.log(`   ${name} begins`);
  const missing = usesBrowser && !browser ? 'browser' : lane === 'site' && !built ? 'build' : undefined;
  if (missing) write(`Not run: there is no ${missing}.\n`);
  const lost = { ok: false, tests: [], seconds: 0 };
  const { ok, tests, ...took } = missing ? lost : await runWatched(...command, { write });
  if (!alone) process.stdout.write(lines.join(''));
  if (name === 'build') built = ok;
  const count = (outcome) => tests.filter((test) => test.outcome === outcome).length;
  const failed = Math.max(count('failed'), ok ? 0 : 1);
  const passed = counts ? count('passed') : Number(ok);
  results.push({ name, passed, failed, unasked: count('unasked'), tests, ...took });
}

async function runLane(lane) {
  for (const name of names) if (stages[name].lane === lane && !stopped) await runStage(name);
}

const began = performance.now();
await runLane(undefined); // what both lanes need
await Promise.all([runLane('site'), runLane('sources')]);
if (stopped) await new Promise(() => undefined); // until all is ended
const total = (performance.now() - began) / 1000;

const slowest = results
  .flatMap(({ name, tests }) => tests.map((test) => ({ stage: name, ...test })))
  .filter((test) => test.seconds > 0)
  .sort((a, b) => b.seconds - a.seconds)
  .slice(0, 10);
if (slowest.length) console.log('\nThe slowest tests:');
for (const { stage, name, seconds: took } of slowest) console.log(`${seconds(took)}  ${stage}: ${name}`);
if (!asked.length) console.log(`\n${linesByFolder()}`);

const sum = (key) => results.reduce((all, result) => all + (result[key] ?? NaN), 0);
const ofCpu = (cpu) => (Number.isFinite(cpu) ? `${seconds(cpu)} of CPU` : '');
console.log('');
results.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
for (const { name, passed, failed, unasked, seconds: took, cpu } of results) {
  // What could not be checked here counts as neither, and is said.
  const rest = unasked ? `, ${unasked} not checked (no answer)` : '';
  const mark = failed ? '✗' : '✓';
  console.log(
    `${mark} ${name.padEnd(13)}${seconds(took)}${ofCpu(cpu)}  ${passed} passed, ${failed} failed${rest}`,
  );
}
console.log(`  ${'all'.padEnd(13)}${seconds(total)}${ofCpu(sum('cpu'))}`);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') || !sum('passed') ? 1 : 0;
