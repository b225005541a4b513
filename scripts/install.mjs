// Checks Node and brings node_modules in line with the lock file. Imports node: builtins only, since it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  console.error(
    `Swayground needs Node 20.19 or 22.12 or newer; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Cure: install a current Node from https://nodejs.org, or `nvm install 22`, and run the command again.',
  );
  process.exit(1);
}

/** Runs a command with its output visible; returns true when it succeeded. */
export function run(command, args, options = {}) {
  const shell = process.platform === 'win32' && command === 'npm';
  return (
    spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell, ...options })
      .status === 0
  );
}

/** npm writes node_modules/.package-lock.json last, so it tells what is really there, even after an interrupted install. */
function modulesMatchLock() {
  const there = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(there)) return false;
  const installed = JSON.parse(readFileSync(there, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === '' || installed[path]?.version === version || (!installed[path] && (optional || peer)),
  );
}

export function ensureModules() {
  if (modulesMatchLock()) return;
  console.log('Installing packages (npm ci) …');
  if (run('npm', ['ci', '--no-audit', '--no-fund', '--include=dev'])) return;
  console.error('npm ci failed. Cure: check the network or proxy (`npm ping`), then run the command again.');
  process.exit(1);
}
