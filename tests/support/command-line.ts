/** What tests of the command line have in common: a folder for their files, and what a command prints. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, vi } from 'vitest';

/** For one file of tests: `printed` begins anew with each test, and the folder goes with the last one. */
export function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'sway-'));
  const printed = { out: '', err: '' };
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    printed.out = printed.err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed.out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed.err += String(text)), true));
    return () => vi.restoreAllMocks();
  });
  const at = (name: string): string => join(folder, name);
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(at(name), content);
    return at(name);
  };
  return { printed, at, file };
}
