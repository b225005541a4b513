// The lock file's check finds what it is there for.
import { expect, test } from 'vitest';
import { lockProblems } from '../../scripts/audit.mjs';

const sound = { version: '1.2.3', integrity: 'sha512-abc' };
const problems = (entry: object, range = '^1.0.0', path = 'node_modules/a') =>
  lockProblems({ packages: { '': {}, [path]: entry } }, { dependencies: { a: range } }).join('\n');

test('a pinned package of the registry is sound, with and without its address', () => {
  expect(problems(sound)).toBe('');
  expect(problems({ ...sound, resolved: 'https://registry.npmjs.org/a/-/a-1.2.3.tgz' })).toBe('');
  expect(problems({ ...sound, hasInstallScript: true }, '~1.2.3', 'node_modules/webgpu')).toBe('');
});

test.each([
  ['no integrity', { version: '1.2.3' }, 'no SHA-512'],
  ['a weak integrity', { ...sound, integrity: 'sha1-abc' }, 'no SHA-512'],
  ['git', { ...sound, resolved: 'git+ssh://git@host/a.git#1' }, 'comes from git'],
  ['http', { ...sound, resolved: 'http://registry.npmjs.org/a.tgz' }, 'comes from http:'],
  ['another host', { ...sound, resolved: 'https://elsewhere.example/a.tgz' }, 'comes from https://elsewhere'],
  ['a folder', { ...sound, link: true }, 'not a package of the registry'],
  ['an install script', { ...sound, hasInstallScript: true }, 'run a script at install'],
  ['a version that is an address', { ...sound, version: 'git+https://host/a' }, 'no plain version'],
])('%s is found', (_, entry, said) => expect(problems(entry)).toContain(said));

test.each(['git+https://host/a.git', 'https://host/a.tgz', 'file:../a', 'owner/a', 'latest', '*'])(
  'package.json taking a package from %s is found',
  (range) => expect(problems(sound, range)).toContain('not from the registry'),
);
