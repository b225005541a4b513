/** Names that nobody gave before: of projects, runs, and the tabs that write. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Sixteen letters and digits: 80 bits. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}
