/** The alphabet of GPT-2's byte-level tokenizers: each byte as one visible character, and how a text is cut before joining. */

/** Byte to character: printable ones are themselves, the others follow from U+0100 on. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();
const BYTES = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** What `\s` is in other languages' regular expressions: in this one U+FEFF is space too, and U+0085 is none. */
export const asElsewhere = (pattern: string): string => pattern.replaceAll('\\s', '\\p{White_Space}');

/** As `ByteLevel` of the `tokenizers` library cuts with `use_regex`. */
const PIECES = new RegExp(
  asElsewhere(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?![^\s])|\s+`),
  'gu',
);

function byteCharacters(): string[] {
  let next = 256;
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

export const piecesOf = (text: string): string[] => text.match(PIECES) ?? [];

const encoder = new TextEncoder();
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** The text that words of this alphabet spell; bytes that are no UTF-8 become U+FFFD. */
export function textOf(words: readonly string[]): string {
  const bytes = words.flatMap((word) => [...word].map((character) => BYTES.get(character) as number));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
