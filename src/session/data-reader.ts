/** Reads files for the page: what stands behind the port of workers/data.ts. */
import { transfer } from 'comlink';
import { errorToData } from '../base/errors.ts';
import { transferOf } from '../data/read/packed.ts';
import { readPreferences, type ReadResult } from '../data/read/read.ts';
import { blobSource } from '../data/read/source.ts';
import type { DataApi } from './data-protocol.ts';
import type { Reply } from './protocol.ts';
import { refuseAnotherBuild } from './same-build.ts';

export function createDataReader(): DataApi {
  return {
    hello: refuseAnotherBuild,
    async read({ name, file, mapping }, progress): Promise<Reply<ReadResult>> {
      try {
        const options = { progress, ...(mapping === null ? {} : { mapping }) };
        const value = await readPreferences(blobSource(name, file), options);
        return transfer({ ok: true, value }, transferOf(value.pairs));
      } catch (error) {
        return { ok: false, error: errorToData(error) };
      }
    },
  };
}
