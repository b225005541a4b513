/** A short fingerprint of bytes: FNV-1a in 64 bits, as 16 hexadecimal digits. For comparing runs, not for secrets. */

/** The fingerprint of no bytes. */
export const EMPTY_DIGEST = 'cbf29ce484222325';

/** `after`: the fingerprint of the bytes before these; the fingerprint of a whole is that of its parts, one after the other. */
export function digest(bytes: Uint8Array, after: string = EMPTY_DIGEST): string {
  let high = parseInt(after.slice(0, 8), 16);
  let low = parseInt(after.slice(8), 16);
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    // times the FNV prime 2^40 + 0x1b3, in two halves of 32 bits
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 4294967296) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
