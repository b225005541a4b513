/** `sway link`: the link of a recipe or a shared file. */
import { InvalidInputError } from '../base/errors.ts';
import { linkOf } from '../recipes/link/codec.ts';
import { mistake, parseOptions } from './input.ts';
import { readState } from './shared.ts';

export async function link(argv: readonly string[]): Promise<number> {
  const { files } = parseOptions(argv, {});
  const [word] = files;
  if (word === undefined || files.length > 1) return 2;
  const linked = await linkOf(await readState(word, null));
  if ('issues' in linked) throw new InvalidInputError(linked.issues);
  if ('tooLong' in linked) {
    const cure = 'Share the file itself: chat programs cut longer links.';
    throw mistake(
      'too-long',
      word,
      `a link of at most ${linked.limit} characters`,
      String(linked.tooLong),
      cure,
    );
  }
  process.stdout.write(`${linked.link}\n`);
  return 0;
}
