// `npm start`: from a bare checkout to the site on localhost. Installs and builds only what changed.
import { checkNode, ensureModules } from './install.mjs';

checkNode();
ensureModules();
const { build } = await import('./build.mjs');
if (!build({ ifChanged: true })) {
  console.error('The build failed; the lines above say why. Cure: mend that and run `npm start` again.');
  process.exit(1);
}
const { serve } = await import('./serve.mjs');
const address = await serve({ port: Number(process.env.PORT ?? 4300), tries: 50 });
console.log(`\nSwayground is at  ${address}\nPress Ctrl+C to stop.`);
