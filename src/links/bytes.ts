/** Bytes to text that survives in an address, and small to large under a cap. Both by what the platform has itself. */

export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Null for a text that is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (unit) => unit.charCodeAt(0));
}

export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const all = await through(new CompressionStream('deflate-raw'), bytes, Infinity);
  return all as Uint8Array<ArrayBuffer>;
}

/** Reading stops as soon as there are more than `most` bytes, whatever more there would be. */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | 'damaged' | 'too-large'> {
  try {
    return await through(new DecompressionStream('deflate-raw'), bytes, most);
  } catch (error) {
    if (error instanceof TypeError || error instanceof Error) return 'damaged';
    throw error;
  }
}

async function through(
  { readable, writable }: GenericTransformStream,
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | 'too-large'> {
  const writer = writable.getWriter();
  // What goes wrong in writing is told by the reading side; on its own it would be an unhandled rejection.
  const ignored = (): void => undefined;
  writer.write(bytes).catch(ignored);
  writer.close().catch(ignored);
  const reader = readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > most) {
      await reader.cancel();
      return 'too-large';
    }
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
