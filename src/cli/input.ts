/** What the command line is given: options and recipe files. Every mistake names what was expected. */
import { readFile } from 'node:fs/promises';
import { InvalidInputError } from '../base/errors.ts';
import type { BackendName } from '../engine/backend.ts';
import { BACKENDS } from '../engine/backend.ts';
import type { CheckedRecipe } from '../recipes/check.ts';
import { checkRecipe } from '../recipes/check.ts';
import type { Trained } from '../recipes/objective.ts';
import { worldsIn, type BringWorld } from '../worlds/index.ts';

/** Options by name: what their value must be, or null for an option without a value. */
export type Options = Readonly<Record<string, string | null>>;

export interface Parsed {
  files: string[];
  options: ReadonlyMap<string, string>;
}

export function mistake(
  code: string,
  at: string,
  expected: string,
  received: string,
  cure: string,
): InvalidInputError {
  return new InvalidInputError([{ code: `sway/${code}`, at, expected, received, cure }]);
}

export function parseOptions(argv: readonly string[], allowed: Options): Parsed {
  const files: string[] = [];
  const options = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (!word.startsWith('--')) files.push(word);
    else if (!Object.hasOwn(allowed, word)) {
      throw mistake(
        'argument',
        word,
        `one of ${Object.keys(allowed).join(', ')}`,
        word,
        'See npm run -s sway.',
      );
    } else if (allowed[word] === null) options.set(word, '');
    else {
      const value = argv[++i];
      if (value === undefined)
        throw mistake('argument', word, allowed[word] as string, 'nothing', 'Give it a value.');
      options.set(word, value);
    }
  }
  return { files, options };
}

/** WASM where the option is absent: the backend whose bits are the same everywhere. */
export function backendOption(options: Parsed['options']): BackendName {
  const value = options.get('--backend') ?? 'wasm';
  if (BACKENDS.includes(value as BackendName)) return value as BackendName;
  throw mistake('argument', '--backend', `one of ${BACKENDS.join(', ')}`, value, 'Choose a backend.');
}

/** A whole number given by an option, or null where it is absent. */
export function wholeOption(options: Parsed['options'], name: string): number | null {
  const value = options.get(name);
  if (value === undefined) return null;
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw mistake('argument', name, 'a whole number', value, 'Write digits only.');
}

/** One of a few words; `usual` where the option is absent. */
export function choiceOption<T extends string>(
  options: Parsed['options'],
  name: string,
  of: readonly T[],
  usual: T,
): T {
  const value = options.get(name) ?? usual;
  const known = of.find((one) => one === value);
  if (known !== undefined) return known;
  throw mistake('argument', name, `one of ${of.join(', ')}`, value, 'Choose one of these.');
}

export const seedOption = (options: Parsed['options']): number | null => wholeOption(options, '--seed');

/** A recipe, checked; `seed` takes the place of its own, `at` says where it stood. */
export async function checkedRecipe(
  value: unknown,
  bring: BringWorld,
  seed: number | null,
  at: string,
  trained?: Trained,
): Promise<CheckedRecipe> {
  const input = seed !== null && typeof value === 'object' && value !== null ? { ...value, seed } : value;
  const checked = checkRecipe(input, await worldsIn(input, bring), trained);
  if (checked.ok) return checked.value;
  throw new InvalidInputError(checked.issues.map((issue) => ({ ...issue, at: `${at}: ${issue.at}` })));
}

/** `parse`: for files whose numbers are not all JSON's. */
export async function readJson(
  file: string,
  parse: (text: string) => unknown = JSON.parse,
): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw mistake('no-file', file, 'a file that can be read', String(error), 'Check the path.');
  });
  try {
    return parse(text);
  } catch (error) {
    throw mistake(
      'not-json',
      file,
      'JSON',
      String(error),
      'Mend the file; a trailing comma is the usual cause.',
    );
  }
}
