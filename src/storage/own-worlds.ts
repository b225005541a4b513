/**
 * Worlds made of a visitor's own files, each with the base policy that was taught on it. The file's text is not kept: what a
 * run needs of it is its tokens. What comes back is checked here for its form alone; the worker that opens it checks the rest.
 */
import * as v from 'valibot';
import type { BuiltWorld, WorldChoices } from '../data/build.ts';
import type { Written } from './log.ts';
import { DELETED, WRITTEN } from './log.ts';
import type { Rows, Tx, Unreadable } from './rows.ts';
import { readableRow, readableRows } from './rows.ts';
import type { OwnBaseRow, OwnEncodedRow, OwnWorldRow, Stores } from './schema.ts';
import { OWN_STORES } from './schema.ts';

/** Of one world, with its base policy; a larger one stays in the tab. */
export const MOST_OWN_BYTES = 128 * 1024 * 1024;

const name = v.pipe(v.string(), v.regex(/^data-[0-9a-f]{16}$/));
const text = v.pipe(v.string(), v.maxLength(500));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const time = v.pipe(v.number(), v.finite());
const kind = v.picklist(['bpe', 'words']);
const lists = v.object({ tokens: v.instance(Uint16Array), ends: v.instance(Uint32Array) });

const counts = ['pairs', 'kept', 'training', 'heldOut', 'whole', 'promptsCut', 'responsesCut'] as const;
const others = ['empty', 'alike', 'turned', 'undecided', 'prompts'] as const;
type Counted = (typeof counts)[number] | (typeof others)[number];
const report = v.object({
  ...(Object.fromEntries([...counts, ...others].map((key) => [key, count])) as Record<Counted, typeof count>),
  splitByPrompt: v.boolean(),
});

/** The form of the rows, for a file that brings them too. */
export const OWN_ROWS: { readonly [S in (typeof OWN_STORES)[number]]: v.GenericSchema<unknown, Stores[S]> } =
  {
    ownWorlds: v.object({
      world: name,
      file: text,
      created: time,
      modified: time,
      bytes: count,
      choices: v.object({ vocabulary: kind, words: count, context: count }),
      report,
      coverage: v.pipe(v.number(), v.finite()),
      tokens: count,
      size: v.pipe(v.string(), v.maxLength(40)),
      step: count,
      digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
    }),
    ownEncoded: v.object({
      world: name,
      encoded: v.object({
        name,
        file: text,
        vocabulary: v.object({
          kind,
          words: v.array(v.string()),
          merges: v.array(v.string()),
        }),
        context: count,
        prompts: lists,
        responses: lists,
        pairs: v.instance(Uint32Array),
        training: count,
      }),
    }),
    ownBases: v.object({ world: name, parameters: v.instance(Float32Array) }),
  };

export interface OwnKept {
  built: BuiltWorld;
  choices: WorldChoices;
  base: Pick<OwnWorldRow, 'size' | 'step' | 'digest'> & Pick<OwnBaseRow, 'parameters'>;
}

/** What `keepOwn` would write, in bytes. */
export function bytesOfOwn({ built: { encoded }, base }: OwnKept): number {
  const { prompts, responses, pairs, vocabulary } = encoded;
  const arrays = [prompts.tokens, prompts.ends, responses.tokens, responses.ends, pairs, base.parameters];
  const letters = [...vocabulary.words, ...vocabulary.merges].reduce((sum, { length }) => sum + length, 0);
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 2 * letters);
}

/** Keeps a world with its base policy; one of that name that is there gets the new base policy. */
export function keepOwn(rows: Rows, kept: OwnKept, at: number): Promise<void> {
  const { built, choices, base } = kept;
  const { encoded, report: told, coverage, tokens } = built;
  const { name: world, file } = encoded;
  const { parameters, ...taught } = base;
  const bytes = bytesOfOwn(kept);
  return rows.transact('write', OWN_STORES, async (tx) => {
    const before = await tx.get('ownWorlds', [world]);
    const times = { created: before?.created ?? at, modified: at };
    await tx.put('ownWorlds', {
      ...{ world, file, ...times, bytes, choices, report: told, coverage, tokens },
      ...taught,
    });
    if (!before) await tx.put('ownEncoded', { world, encoded });
    await tx.put('ownBases', { world, parameters });
  });
}

/** The one worked on last comes first. */
export async function listOwn(rows: Rows): Promise<{ worlds: OwnWorldRow[]; unreadable: Unreadable[] }> {
  const { rows: worlds, unreadable } = await readableRows(rows, 'ownWorlds', []);
  return { worlds: worlds.sort((a, b) => b.modified - a.modified), unreadable };
}

/** Null where it is gone, or is not what was written. */
export async function readOwn(rows: Rows, world: string): Promise<OwnKept | null> {
  const head = await readableRow(rows, 'ownWorlds', [world]);
  const data = await readableRow(rows, 'ownEncoded', [world]);
  const model = await readableRow(rows, 'ownBases', [world]);
  if ('why' in head || 'why' in data || 'why' in model) return null;
  const [about, is, base] = [
    v.safeParse(OWN_ROWS.ownWorlds, head.value),
    v.safeParse(OWN_ROWS.ownEncoded, data.value),
    v.safeParse(OWN_ROWS.ownBases, model.value),
  ];
  if (!about.success || !is.success || !base.success) return null;
  const { choices, report: told, coverage, tokens, size, step, digest } = about.output;
  return {
    built: { encoded: is.output.encoded, report: told, coverage, tokens },
    choices,
    base: { size, step, digest, parameters: base.output.parameters },
  };
}

export function removeOwn(rows: Rows, world: string): Promise<Written> {
  return rows.transact('write', OWN_STORES, async (tx) => {
    if (!(await tx.get('ownWorlds', [world]))) return DELETED;
    for (const store of OWN_STORES) await tx.remove(store, [world]);
    return WRITTEN;
  });
}

/** From a file: a world that is not here, or was worked on there later, is taken whole. True if it was taken. */
export async function takeOwn(
  tx: Tx,
  head: OwnWorldRow,
  data: OwnEncodedRow,
  base: OwnBaseRow,
): Promise<boolean> {
  const here = await tx.get('ownWorlds', [head.world]);
  if (here && here.modified >= head.modified) return false;
  await tx.put('ownWorlds', head);
  await tx.put('ownEncoded', data);
  await tx.put('ownBases', base);
  return true;
}
