// Finds the Chromium that the tests run in; installs one where that is possible.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from './install.mjs';

const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
const fixed = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Some distributions ship a stub that only prints advice, and a download may lack system libraries: so ask it for its version. */
function version(path) {
  if (!path || !existsSync(path)) return undefined;
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  return status === 0 && /Chrom/.test(stdout) ? stdout.trim() : undefined;
}

function installed() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.CHROME_PATH, ...onPath, ...fixed].find((path) => version(path));
}

async function playwrightsOwn() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return version(path) ? path : undefined;
}

const isRoot = () => process.getuid?.() === 0;
const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

function tryPlaywrightInstall() {
  console.log("No Chrome or Chromium found; trying Playwright's own (npx playwright install chromium) …");
  return run(process.execPath, ['node_modules/playwright/cli.js', 'install', '--no-shell', 'chromium'], {
    timeout: 300_000,
  });
}

function tryApt() {
  if (!isRoot() || !has('apt-get')) return false;
  console.log('Trying apt-get install -y chromium …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-q'], { env });
  return run('apt-get', ['install', '-y', '-q', 'chromium'], { env });
}

/** The path of a Chromium that runs, or undefined after saying what to do. */
export async function findBrowser() {
  if (process.env.CHROME_PATH && !version(process.env.CHROME_PATH))
    console.error(`CHROME_PATH is ${process.env.CHROME_PATH}, which does not run; looking elsewhere.`);
  const path =
    installed() ??
    (await playwrightsOwn()) ??
    (tryPlaywrightInstall() ? await playwrightsOwn() : undefined) ??
    (tryApt() ? installed() : undefined);
  if (path) console.log(`Browser for tests: ${version(path)} at ${path}`);
  else
    console.error(
      'No Chrome or Chromium runs here and none could be installed.\n' +
        'Cure: install Google Chrome or Chromium (Debian: `apt-get install chromium`), or set CHROME_PATH to one, and run the tests again.',
    );
  return path;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exit((await findBrowser()) ? 0 : 1);
