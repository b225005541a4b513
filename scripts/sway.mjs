// `npm run -s sway -- run RECIPE.json`: the command line, src/cli/main.ts, in Node.
import { runMain } from './load.mjs';

await runMain('src/cli/main.ts');
