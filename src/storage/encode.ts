/**
 * Values of the database as JSON: arrays of numbers as base64, numbers that JSON does not know by name. Never throws, so
 * that damaged rows can be saved too; what it cannot write it names.
 */
const ARRAYS = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array } as const;
type ArrayName = keyof typeof ARRAYS;

/** Bytes a piece of base64; a multiple of 3. */
const PIECE = 0x6000;

export function toJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object') return { $unwritable: typeof value };
  const name = value.constructor?.name ?? 'Object';
  if (ArrayBuffer.isView(value) && Object.hasOwn(ARRAYS, name)) {
    return { $array: name, base64: toBase64(value) };
  }
  if (name !== 'Object') return { $unwritable: name };
  return mapped(value, (key) => (key.startsWith('$') ? `$${key}` : key), toJson);
}

/** Throws TypeError for what `toJson` does not write. */
export function fromJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromJson);
  const { $number, $array, base64, $unwritable } = value as Record<string, unknown>;
  if ($unwritable !== undefined) return null;
  if ($number !== undefined) return Number($number);
  if (typeof $array === 'string' && typeof base64 === 'string') {
    if (!Object.hasOwn(ARRAYS, $array)) throw new TypeError(`There is no array type ${$array}.`);
    return new ARRAYS[$array as ArrayName](fromBase64(base64).buffer);
  }
  return mapped(value, (key) => (key.startsWith('$') ? key.slice(1) : key), fromJson);
}

function mapped(value: object, rename: (key: string) => string, of: (value: unknown) => unknown): object {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [rename(key), of(one)]));
}

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let text = '';
  for (let from = 0; from < bytes.length; from += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(from, from + PIECE)));
  }
  return text;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
