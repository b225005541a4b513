/**
 * Swayground beside its peer, in one browser process. Builds the page, serves it with the headers that let the peer use
 * threads, measures first steps in browsers of their own, then lets all subjects take turns, and prints what came out.
 */
import { parseArgs } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Browser, Page } from 'playwright';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { executablePath, withWebGPU } from '../tests/chromium.ts';
import type { First, Together } from './page.ts';
import type { Measured } from './report.ts';
import { checkLosses, jsonRows, markdown, report } from './report.ts';
import type { SubjectName } from './subject.ts';

const OUT = '.cache/bench';
/** Cross-origin isolation: the peer may share memory between threads. Our side needs none of it. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
/** The machine's own GPU in place of SwiftShader. */
const withGpu = withWebGPU.filter((flag) => !/swiftshader/.test(flag));
const DEADLINE = 15 * 60_000;

/** The subjects that take turns, ours first; on WebGPU a step takes seconds where there is no GPU, so few rounds must do. */
const GROUPS = {
  wasm: { own: 'swayground-wasm', peers: ['jax-js-wasm', 'jax-js-wasm-threads'], rounds: 40 },
  webgpu: { own: 'swayground-webgpu', peers: ['jax-js-webgpu'], rounds: 5 },
} as const;
type GroupName = keyof typeof GROUPS;

function withDeadline<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} took longer than ${DEADLINE / 60_000} minutes`)),
      DEADLINE,
    );
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function serve(): Promise<{ url: string; close: () => Promise<void> }> {
  const shared = { configFile: false, root: 'bench', logLevel: 'warn' } as const;
  const output = { outDir: `../${OUT}`, emptyOutDir: true, target: 'esnext', assetsInlineLimit: 0 };
  await build({ ...shared, worker: { format: 'es' }, build: output });
  const server = await preview({
    ...shared,
    build: output,
    preview: { port: 0, host: '127.0.0.1', headers },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the preview server has no address');
  return { url, close: () => server.close() };
}

async function inBrowser<T>(
  args: string[],
  url: string,
  use: (page: Page, browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(url);
    await page.waitForFunction(() => window.bench !== undefined);
    return await withDeadline('a measurement', use(page, browser));
  } finally {
    await browser.close();
  }
}

/** Flags with which this browser finds an adapter: the machine's GPU where there is one. */
async function chooseFlags(url: string): Promise<{ args: string[]; adapter: string }> {
  const adapterUnder = (args: string[]): Promise<string | null> =>
    inBrowser(args, url, (page) => page.evaluate(() => window.bench?.adapter() ?? null));
  const real = await adapterUnder(withGpu);
  if (real !== null && !/swiftshader|llvmpipe/i.test(real)) return { args: withGpu, adapter: real };
  return { args: withWebGPU, adapter: (await adapterUnder(withWebGPU)) ?? 'none' };
}

async function firstSteps(
  args: string[],
  url: string,
  names: readonly SubjectName[],
  times: number,
): Promise<Partial<Record<SubjectName, First[]>>> {
  const all: Partial<Record<SubjectName, First[]>> = {};
  for (let i = 0; i < times; i++) {
    for (const name of names) {
      const one = await inBrowser(args, url, (page) => page.evaluate((n) => window.bench?.first(n), name));
      if (one === undefined) throw new Error(`${name} gave no first step`);
      all[name] = [...(all[name] ?? []), one];
      console.log(
        `first step of ${name}: ${one.firstMs.toFixed(0)} ms (device opened in ${one.openMs.toFixed(0)} ms)`,
      );
    }
  }
  return all;
}

export async function main(argv: string[]): Promise<number> {
  const { values: options } = parseArgs({
    args: argv,
    options: {
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '60' },
      first: { type: 'string', default: '3' },
      only: { type: 'string' },
    },
  });
  const groups = (['wasm', 'webgpu'] as GroupName[]).filter(
    (g) => options.only === undefined || g === options.only,
  );
  const seconds = Number(options.seconds);
  const times = Number(options.first);
  if (groups.length === 0 || !(seconds >= 0) || !(times >= 1)) {
    console.error(
      'Usage: npm run bench -- [--json FILE] [--markdown] [--seconds N] [--first N] [--only wasm|webgpu]',
    );
    return 1;
  }

  const { url, close } = await serve();
  try {
    const { args, adapter } = await chooseFlags(url);
    const names = groups.flatMap((g) => [GROUPS[g].own, ...GROUPS[g].peers]);
    const first = await firstSteps(args, url, names, times);
    const measured: Measured = await inBrowser(args, url, async (page, browser) => {
      const together: Together[] = [];
      for (const group of groups) {
        const { own, peers, rounds } = GROUPS[group];
        console.log(`${own} and ${peers.join(', ')} in turns …`);
        const given = { own, peers: [...peers], seconds, rounds };
        const result = await page.evaluate(
          (g) => window.bench?.together(g.own, g.peers, g.seconds, g.rounds),
          given,
        );
        if (result === undefined) throw new Error(`${group} gave no result`);
        together.push(result);
      }
      const arenaBytes = (await page.evaluate(() => window.bench?.arenaBytes())) ?? NaN;
      return {
        together,
        first,
        arenaBytes,
        machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; WebGPU adapter: ${adapter}`,
        browser: `Chromium ${browser.version()}`,
        date: new Date().toISOString().slice(0, 10),
      };
    });
    console.log(report(measured));
    if (options.markdown) console.log(`\n${markdown(measured)}`);
    if (options.json !== undefined)
      await writeFile(options.json, `${JSON.stringify(jsonRows(measured), null, 2)}\n`);
    const wrong = checkLosses(measured);
    for (const line of wrong) console.error(line);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await close();
  }
}
