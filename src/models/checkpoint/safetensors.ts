/**
 * The safetensors format: header length (u64, little-endian), a JSON header, then the tensors' bytes without gaps.
 * Only float32. Reading trusts nothing: a file may come from a stranger.
 */
import { repeatedKey } from '../../base/repeated-key.ts';
import { sizeOf } from '../../engine/types.ts';
import { isObject, mistake, parseObject, quoted } from './mistake.ts';

export interface NamedTensor {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

const FILE = 'model.safetensors';
const PREFIX = 8;
const LONGEST_HEADER = 1_000_000;
const METADATA = '__metadata__';
const DAMAGED = 'The file is damaged; export or download it again.';
const EXPORT_AGAIN = 'Export it again with save_pretrained(..., safe_serialization=True).';

/** The same tensors in the same order give the same bytes. */
export function writeSafetensors(tensors: readonly NamedTensor[]): Uint8Array {
  // transformers refuses a file that does not say which framework wrote its layout
  const header = new Map<string, unknown>([[METADATA, { format: 'pt' }]]);
  let end = 0;
  for (const { name, shape, data } of tensors) {
    if (data.length !== sizeOf(shape))
      throw mistake(`tensor ${quoted(name)}`, `${sizeOf(shape)} numbers`, `${data.length}`, 'Fix its shape.');
    if (header.has(name))
      throw mistake(`tensor ${quoted(name)}`, 'one tensor of that name', 'two', 'Rename one of them.');
    header.set(name, { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] });
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // spaces at the end, so that the tensors start on a multiple of 8 bytes
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(PREFIX + headerBytes + end).fill(0x20, PREFIX, PREFIX + headerBytes);
  bytes.set(json, PREFIX);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  let at = PREFIX + headerBytes;
  for (const { data } of tensors) {
    for (const x of data) {
      view.setFloat32(at, x, true);
      at += 4;
    }
  }
  return bytes;
}

/** All tensors in the order of their bytes. Throws CheckpointError. */
export function readSafetensors(bytes: Uint8Array): NamedTensor[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = PREFIX + headerLength(view);
  const entries = readHeader(bytes.subarray(PREFIX, dataStart), bytes.length - dataStart);
  return entries.map(({ name, shape, begin, end }) => {
    const data = new Float32Array((end - begin) / 4);
    data.forEach((_, i) => (data[i] = view.getFloat32(dataStart + begin + 4 * i, true)));
    return { name, shape, data };
  });
}

function headerLength(view: DataView): number {
  if (view.byteLength < PREFIX)
    throw mistake(FILE, 'at least 8 bytes', `a file of ${view.byteLength} bytes`, DAMAGED);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(LONGEST_HEADER)) {
    const cure = 'This is no safetensors file, or one of a much larger model; choose another file.';
    throw mistake(`${FILE}, header length`, `at most ${LONGEST_HEADER} bytes`, `${length} bytes`, cure);
  }
  const left = view.byteLength - PREFIX;
  if (Number(length) > left)
    throw mistake(`${FILE}, header`, `${length} bytes`, `a file that ends after ${left}`, DAMAGED);
  return Number(length);
}

interface Entry {
  name: string;
  shape: readonly number[];
  /** Bytes from the end of the header. */
  begin: number;
  end: number;
}

function readHeader(bytes: Uint8Array, dataBytes: number): Entry[] {
  const text = decodeUtf8(bytes);
  const header = parseObject(`${FILE}, header`, text, DAMAGED);
  const twice = repeatedKey(text);
  if (twice !== null)
    throw mistake(`tensor ${quoted(twice)}`, 'one entry in the header', 'two of that name', EXPORT_AGAIN);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => readEntry(name, entry, dataBytes))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const received = `${entry.begin}, which ${entry.begin < end ? 'overlaps the tensor before' : 'leaves a gap'}`;
      throw mistake(`tensor ${quoted(entry.name)}`, `its data at byte ${end}`, received, EXPORT_AGAIN);
    }
    end = entry.end;
  }
  if (end !== dataBytes)
    throw mistake(FILE, `${end} bytes of tensors`, `${dataBytes} bytes after the header`, DAMAGED);
  return entries;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw mistake(`${FILE}, header`, 'UTF-8 text', 'other bytes', DAMAGED);
  }
}

function readEntry(name: string, entry: unknown, dataBytes: number): Entry {
  const what = `tensor ${quoted(name)}`;
  if (!isObject(entry))
    throw mistake(what, 'an object with dtype, shape and data_offsets', quoted(entry), DAMAGED);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'F32')
    throw mistake(what, 'dtype F32', quoted(dtype), 'Save the model in float32: model.float().');
  if (!isListOfCounts(shape))
    throw mistake(`${what}, shape`, 'a list of whole numbers', quoted(shape), EXPORT_AGAIN);
  if (!isListOfCounts(offsets) || offsets.length !== 2)
    throw mistake(`${what}, data_offsets`, 'two whole numbers', quoted(offsets), EXPORT_AGAIN);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    const expected = `a stretch of the ${dataBytes} bytes after the header`;
    throw mistake(`${what}, data_offsets`, expected, quoted(offsets), DAMAGED);
  }
  if (4 * sizeOf(shape) !== end - begin) {
    const expected = `${4 * sizeOf(shape)} bytes for shape ${quoted(shape)}`;
    throw mistake(what, expected, `${end - begin} bytes`, EXPORT_AGAIN);
  }
  return { name, shape, begin, end };
}

function isListOfCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}
