// A test that prints to the console fails: what is worth saying belongs in an assertion.
import { afterAll, afterEach } from 'vitest';

const said: string[] = [];
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
  console[method] = (...parts: unknown[]) =>
    void said.push(`console.${method}: ${parts.map(String).join(' ')}`);

function failIfAnything() {
  const lines = said.splice(0).join('\n');
  if (lines) throw new Error(`printed to the console:\n${lines}`);
}
afterEach(failIfAnything);
afterAll(failIfAnything);
