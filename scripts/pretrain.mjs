// `npm run pretrain -- reviews`: rebuilds a base checkpoint, src/cli/pretrain.ts, in Node.
import { runMain } from './load.mjs';

await runMain('src/cli/pretrain.ts');
