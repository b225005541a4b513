// Checks of the packages that this site is made of. `npm test -- audit` runs it: the lock file is read without a network;
// npm's registry is asked for known vulnerabilities and for its signatures, and when it does not answer, that is said.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './install.mjs';
import { tell } from './test-events.mjs';

const REGISTRY = 'https://registry.npmjs.org/';
/** Packages with a script that npm would run at install; package.json's `allowScripts` says which of them may. */
const WITH_SCRIPTS = new Set(['webgpu', 'fsevents', 'protobufjs']);
const VERSION = /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/;
const FROM_REGISTRY = /^[~^]?\d[\w.+-]*$/;

/** What is wrong with a lock file and its package.json, as sentences. */
export function lockProblems(lock, manifest) {
  const problems = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry.link || !path.startsWith('node_modules/'))
      problems.push(`${path} is not a package of the registry.`);
    if (!VERSION.test(entry.version ?? '')) problems.push(`${path} has no plain version: ${entry.version}.`);
    if (!/^sha512-/.test(entry.integrity ?? '')) problems.push(`${path} has no SHA-512 of its contents.`);
    if (entry.resolved !== undefined && !entry.resolved.startsWith(REGISTRY))
      problems.push(`${path} comes from ${entry.resolved}, not from ${REGISTRY}.`);
    if (entry.hasInstallScript && !WITH_SCRIPTS.has(name))
      problems.push(
        `${path} wants to run a script at install. Look at it, then list it in scripts/audit.mjs.`,
      );
  }
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
    for (const [name, range] of Object.entries(manifest[kind] ?? {}))
      if (!FROM_REGISTRY.test(range))
        problems.push(`package.json takes ${name} from ${range}, not from the registry.`);
  return problems;
}

const once = ['--fetch-retries=0', '--fetch-timeout=20000', `--registry=${REGISTRY}`];

function npm(...args) {
  const options = { cwd: root, encoding: 'utf8', timeout: 120_000, shell: process.platform === 'win32' };
  const { stdout, stderr } = spawnSync('npm', [...args, ...once], options);
  let report = null;
  try {
    report = JSON.parse(stdout);
  } catch {
    // no report: the registry was not reached
  }
  const why =
    report?.message ?? /npm error (?:network )?(request .*|.*)/.exec(stderr ?? '')?.[1] ?? 'no answer';
  return { report, why };
}

/** What the registry is asked, and what its report says is wrong; null when it is no report. */
const QUESTIONS = [
  {
    what: 'no known vulnerability, high or worse, in what the site ships',
    ask: ['audit', '--omit=dev', '--json'],
    problemsIn: (report) =>
      report?.metadata && report.vulnerabilities
        ? Object.values(report.vulnerabilities)
            .filter(({ severity }) => severity === 'high' || severity === 'critical')
            .map(({ name, severity, range }) => `${name} ${range}: ${severity}.`)
        : null,
  },
  {
    what: 'every package is signed by the registry',
    ask: ['audit', 'signatures', '--json'],
    problemsIn: (report) =>
      Array.isArray(report?.invalid) && Array.isArray(report.missing)
        ? report.invalid.map(({ name, version }) => `The signature of ${name} ${version} is wrong.`)
        : null,
  },
];

/** Says what was checked; true when nothing is wrong. What the registry did not answer is neither passed nor failed. */
function audit() {
  let failed = false;
  const say = (what, problems) => {
    failed ||= problems.length > 0;
    tell({ end: what, outcome: problems.length ? 'failed' : 'passed' });
    console.log(`${problems.length ? '✗' : '✓'} ${what}`);
    for (const problem of problems) console.log(`    ${problem}`);
  };
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
  say('the lock file pins every package', lockProblems(read('package-lock.json'), read('package.json')));
  for (const { what, ask, problemsIn } of QUESTIONS) {
    const { report, why } = npm(...ask);
    const problems = problemsIn(report);
    if (problems) say(what, problems);
    else {
      tell({ end: what, outcome: 'unasked' });
      console.log(`? ${what}: not checked, the registry could not be asked (${why}).`);
    }
  }
  return !failed;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = audit() ? 0 : 1;
