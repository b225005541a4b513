// `npm test [-- stage …]`: installs what is missing, runs every stage even when one fails, and ends with `N passed, N failed`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkNode, ensureModules, root, run } from './install.mjs';

checkNode();
ensureModules();
const { findBrowser } = await import('./browser.mjs');
const { build } = await import('./build.mjs');
const { audit } = await import('./audit.mjs');

const reports = mkdtempSync(join(tmpdir(), 'swayground-tests-'));
const deadline = 20 * 60_000; // of one stage; a hung browser must not hang the run
const node = (path, ...args) => run(process.execPath, [path, ...args], { timeout: deadline });
const npm = (script) => run('npm', ['run', '-s', script], { timeout: deadline });

/** Counts of a JSON report; a run that failed without a failed test (a file that does not load, a crash) counts as one failure. */
function counted(ok, file, read) {
  const counts = existsSync(file) ? read(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 0 };
  if (!ok && counts.failed === 0) counts.failed = 1;
  return counts;
}

function vitest(project) {
  const file = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = node('node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters);
  // A file that does not load has no tests to count; it counts as one that failed.
  const unloaded = ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  return counted(ok, file, ({ numPassedTests, numFailedTests, testResults }) => ({
    passed: numPassedTests,
    failed: numFailedTests + testResults.filter(unloaded).length,
  }));
}

function playwright(folder) {
  if (!existsSync(join(root, 'tests', folder))) return { passed: 0, failed: 0 };
  const file = join(reports, `${folder}.json`);
  process.env.PLAYWRIGHT_JSON_OUTPUT_NAME = file;
  const ok = node('node_modules/@playwright/test/cli.js', 'test', `tests/${folder}/`, '--reporter=list,json');
  return counted(ok, file, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
  }));
}

const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });
const stages = {
  asm: () => one(node('scripts/asm.mjs')),
  'format:check': () => one(npm('format:check')),
  lint: () => one(npm('lint')),
  check: () => one(npm('check')),
  layers: () => one(npm('layers')),
  knip: () => one(npm('knip')),
  audit,
  build: () => one(build()),
  size: () => one(npm('size')),
  pure: () => vitest('pure'),
  backends: () => vitest('backends'),
  pages: () => playwright('pages'),
  hostile: () => playwright('hostile'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in stages));
if (unknown.length) {
  console.error(`No stage named ${unknown.join(', ')}. Stages: ${Object.keys(stages).join(', ')}.`);
  process.exit(1);
}
const names = Object.keys(stages).filter((name) => !asked.length || asked.includes(name));

// What the asked stages need from stages that were not asked for.
const needs = (...users) => users.some((user) => names.includes(user));
if (needs('lint', 'check', 'knip', 'pure', 'backends'))
  node('node_modules/@sveltejs/kit/svelte-kit.js', 'sync');
if (needs('check', 'pure', 'backends') && !names.includes('asm')) node('scripts/asm.mjs');
if (needs('size', 'pages', 'hostile') && !names.includes('build')) build({ ifChanged: true });
const browser = needs('backends', 'pages', 'hostile') ? await findBrowser() : undefined;
if (browser) process.env.SWAY_CHROMIUM = browser;

const total = { passed: 0, failed: 0 };
const summary = [];
for (const name of names) {
  console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
  const began = Date.now();
  const usesBrowser = ['backends', 'pages', 'hostile'].includes(name);
  const { passed, failed, unasked = 0 } = usesBrowser && !browser ? one(false) : stages[name]();
  total.passed += passed;
  total.failed += failed;
  const seconds = ((Date.now() - began) / 1000).toFixed(1).padStart(7);
  // What could not be checked here counts as neither, and is said.
  const rest = unasked ? `, ${unasked} not checked (no answer)` : '';
  summary.push(
    `${failed ? '✗' : '✓'} ${name.padEnd(13)}${seconds} s  ${passed} passed, ${failed} failed${rest}`,
  );
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${summary.join('\n')}\n\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed || !total.passed ? 1 : 0;
