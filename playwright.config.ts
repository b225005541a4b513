// Page tests: the built site, served under a sub-path, in Chromium with and without WebGPU.
import { defineConfig } from '@playwright/test';
import { executablePath, withWebGPU, withoutWebGPU } from './tests/chromium.ts';

// Workers read this file too: the port is chosen once, in the first process, and inherited.
const port = (process.env.SWAY_TEST_PORT ??= String(20_000 + (process.pid % 20_000)));
const base = '/some/sub/path/';

export default defineConfig({
  testDir: 'tests',
  testMatch: ['pages/**/*.spec.ts', 'hostile/**/*.spec.ts'],
  globalSetup: './tests/setup/serve-site.ts',
  outputDir: 'test-results',
  // Watchdogs: no green run waits for them, however slow its machine is.
  timeout: 900_000,
  expect: { timeout: 180_000 },
  retries: 0,
  workers: 3, // much of a page test is waiting; files run side by side, a file's tests one after the other
  fullyParallel: false,
  forbidOnly: true,
  use: { baseURL: `http://localhost:${port}${base}`, viewport: { width: 1280, height: 800 } },
  projects: [
    { name: 'with-webgpu', use: { launchOptions: { executablePath, args: withWebGPU } } },
    { name: 'without-webgpu', use: { launchOptions: { executablePath, args: withoutWebGPU } } },
  ],
});
