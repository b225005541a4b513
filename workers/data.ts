/** The worker that reads visitors' files. */
import * as Comlink from 'comlink';
import { createDataReader } from '../src/session/data-reader.ts';

Comlink.expose(createDataReader());
