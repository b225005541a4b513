// Loads a TypeScript module of src/ in Node through Vite, so that import.meta.glob, ?raw and .ts imports mean the same as in the browser.
import { createServer, createServerModuleRunner } from 'vite';
import { root } from './install.mjs';

/** Runs `main(argv)` of the module at `path` (from the root) and exits with the code it returns. */
export async function runMain(path) {
  const server = await createServer({
    configFile: false,
    root,
    mode: 'production',
    appType: 'custom',
    logLevel: 'silent',
    envDir: false,
    publicDir: false,
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
  let code = 1;
  try {
    const { main } = await runner.import(`/${path}`);
    code = await main(process.argv.slice(2));
  } catch (error) {
    console.error(error);
  }
  await runner.close();
  await server.close();
  process.exitCode = code;
}
