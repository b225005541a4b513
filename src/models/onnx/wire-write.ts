/**
 * Writing protobuf: a message is a list of parts in the order of the calls, so the same calls give the same bytes
 * (https://protobuf.dev/programming-guides/encoding). Lengths are counted once, and large data is copied once, at the end.
 */

/** A message under construction. Numbers are fields'. */
export interface Message {
  /** Whole numbers from -2^53 to 2^53, negative ones in two's complement. */
  int(field: number, value: number): Message;
  float(field: number, value: number): Message;
  text(field: number, value: string): Message;
  bytes(field: number, value: Uint8Array): Message;
  /** Whole numbers one after the other in one field. */
  packed(field: number, values: readonly number[]): Message;
  message(field: number, value: Message): Message;
  readonly length: number;
  readonly parts: readonly Uint8Array[];
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

const tag = (field: number, wireType: number): number[] => varint(field * 8 + wireType);

export function message(): Message {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (added: readonly Uint8Array[]): Message => {
    for (const part of added) {
      parts.push(part);
      length += part.length;
    }
    return self;
  };
  const delimited = (field: number, size: number, content: readonly Uint8Array[]): Message => {
    add([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(size)])]);
    return add(content);
  };
  const self: Message = {
    int: (field, value) => add([Uint8Array.from([...tag(field, VARINT), ...varint(value)])]),
    float: (field, value) => {
      const bits = new Uint8Array(4);
      new DataView(bits.buffer).setFloat32(0, value, true);
      return add([Uint8Array.from(tag(field, FIXED32)), bits]);
    },
    text: (field, value) => self.bytes(field, new TextEncoder().encode(value)),
    bytes: (field, value) => delimited(field, value.length, [value]),
    packed: (field, values) => self.bytes(field, Uint8Array.from(values.flatMap(varint))),
    message: (field, value) => delimited(field, value.length, value.parts),
    get length() {
      return length;
    },
    parts,
  };
  return self;
}

export function bytesOf({ length, parts }: Message): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
