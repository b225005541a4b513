// Compiles the AssemblyScript kernels to src/engine/wasm/kernels.wasm; does nothing when neither sources nor flags changed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, readStamp, writeStamp } from './hash.mjs';
import { root, run } from './install.mjs';

const source = 'src/engine/wasm/assembly';
const output = 'src/engine/wasm/kernels.wasm';
// No relaxed SIMD and no threads: the same bits in every browser and in Node.
const flags =
  '-O3 --noAssert --enable simd --runtime stub --uncheckedBehavior always --importMemory --use abort='.split(
    ' ',
  );

const stamp = join(root, '.cache/asm');
const hash = hashOf(root, [source, 'node_modules/assemblyscript/package.json'], flags.join(' '));
if (readStamp(stamp) !== hash || !existsSync(join(root, output))) {
  writeStamp(stamp, '');
  if (
    !run(process.execPath, [
      'node_modules/assemblyscript/bin/asc.js',
      `${source}/index.ts`,
      '-o',
      output,
      ...flags,
    ])
  )
    process.exit(1);
  writeStamp(stamp, hash);
  console.log(`built ${output}`);
}
