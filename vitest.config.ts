// Unit tests: `pure` in Node, `backends` in a real Chromium with WebGPU, `claims` (slow, nightly) in Node.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { executablePath, withWebGPU } from './tests/chromium.ts';

const setupFiles = ['tests/setup/fail-on-console.ts'];
// Watchdogs: no green run waits for them, however slow its machine is.
const timeouts = { testTimeout: 900_000, hookTimeout: 900_000 };
// Without Svelte's browser build, $effect does nothing.
const resolve = { conditions: ['browser'] };

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        resolve,
        test: {
          name: 'pure',
          include: ['tests/pure/**/*.test.ts'],
          environment: 'node',
          setupFiles,
          maxWorkers: 2, // left alone, a machine with two cores gets one
          ...timeouts,
        },
      },
      {
        plugins: [svelte()],
        resolve,
        test: {
          name: 'claims',
          include: ['tests/claims/**/*.test.ts'],
          environment: 'node',
          setupFiles,
          testTimeout: 3_600_000,
        },
      },
      {
        plugins: [svelte()],
        worker: { format: 'es' },
        optimizeDeps: { include: ['fast-check'] },
        test: {
          name: 'backends',
          include: ['tests/backends/**/*.test.ts'],
          setupFiles,
          ...timeouts,
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath, args: withWebGPU } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
