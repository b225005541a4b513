// `npm run bench [-- --json FILE] [--markdown] [--seconds N] [--first N] [--only wasm|webgpu]`: bench/main.ts, in Node.
import { checkNode, ensureModules, root, run } from '../scripts/install.mjs';

checkNode();
ensureModules();
if (!run(process.execPath, ['scripts/asm.mjs'])) process.exit(1);
const { findBrowser } = await import('../scripts/browser.mjs');
const { runMain } = await import('../scripts/load.mjs');
const browser = await findBrowser();
if (!browser) process.exit(1);
process.env.SWAY_CHROMIUM = browser;
process.chdir(root);
await runMain('bench/main.ts');
