/** Looks into an ONNX file without running anything of it: what goes in, what comes out, what it says of itself. */
import type { Checked } from '../../base/errors.ts';
import { InvalidInputError } from '../../base/errors.ts';
import { sizeOf } from '../../engine/types.ts';
import { readGraph, type OnnxGraph } from './graph-read.ts';
import { DAMAGED, EXPORT_AGAIN, named, refuse } from './mistake.ts';
import { refuseForeign } from './foreign.ts';
import { ENTRY, MODEL, OPSET_ID } from './schema.ts';
import { LONGEST_NAME } from './tensor-read.ts';
import { fieldsOf, type Range } from './wire-read.ts';

export interface OnnxFile extends OnnxGraph {
  bytes: number;
  irVersion: number;
  /** Version of ONNX's own operators. */
  opset: number;
  /** Other sets of operators that it imports, by domain. */
  opsets: ReadonlyMap<string, number>;
  producer: string;
  /** Numbers in all initialisers. */
  parameters: number;
  metadata: ReadonlyMap<string, string>;
}

/** Largest file that is opened: a page has to hold it twice, once as a file and once as a model. */
export const MOST_ONNX_BYTES = 256 * 1024 * 1024;
const MOST_METADATA = { entries: 256, bytes: 4_000_000 } as const;
/** What onnxruntime-web 1.30 opens, found by trying: it refuses newer ones, and has no operators of older ones. */
const OPSETS = { first: 7, last: 26 } as const;
const NEWEST_IR = 13;

/** Everything that is wrong is an issue; nothing is run, and the time is bounded by the file's size. */
export function readOnnx(bytes: Uint8Array): Checked<OnnxFile> {
  try {
    return { ok: true, value: fileOf(bytes) };
  } catch (error) {
    if (error instanceof InvalidInputError) return { ok: false, issues: error.issues };
    throw error;
  }
}

/** Null where a file of that many bytes may be opened: asked before its bytes are read. */
export function refuseSize(bytes: number): InvalidInputError | null {
  if (bytes === 0) return refuse('empty', 'the file', 'an ONNX model', 'no bytes', DAMAGED);
  if (bytes <= MOST_ONNX_BYTES) return null;
  const mib = (n: number): string => `${Math.round(n / 1024 / 1024)} MiB`;
  const cure = 'Choose a smaller model, or quantise this one (onnxruntime.quantization).';
  return refuse('too-large', 'the file', `at most ${mib(MOST_ONNX_BYTES)}`, mib(bytes), cure);
}

function fileOf(bytes: Uint8Array): OnnxFile {
  const tooLarge = refuseSize(bytes.length);
  if (tooLarge) throw tooLarge;
  refuseForeign(bytes);
  const { graph, ...head } = readModel({ file: bytes, start: 0, end: bytes.length });
  if (graph === null) {
    const cure = 'Choose the .onnx file of a model; this one may be another kind of file.';
    throw refuse('no-graph', 'the file', 'an ONNX model with a graph', 'none in it', cure);
  }
  const read = readGraph(graph);
  const parameters = read.initialisers.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { bytes: bytes.length, ...head, opset: opsetOf(head), ...read, parameters };
}

interface Head extends Pick<OnnxFile, 'irVersion' | 'producer'> {
  opsets: Map<string, number>;
  metadata: Map<string, string>;
  graph: Range | null;
}

function readModel(range: Range): Head {
  const head: Head = { irVersion: 0, producer: '', opsets: new Map(), metadata: new Map(), graph: null };
  for (const field of fieldsOf(range, 'the file')) {
    switch (field.number) {
      case MODEL.irVersion:
        head.irVersion = field.int('ir_version');
        break;
      case MODEL.producerName:
        head.producer = field.text('producer_name', LONGEST_NAME);
        break;
      case MODEL.graph:
        if (head.graph) throw refuse('two-graphs', 'the file', 'one graph', 'two', EXPORT_AGAIN);
        head.graph = field.range('graph');
        break;
      case MODEL.opsetImport:
        readOpset(field.range('opset_import'), head.opsets);
        break;
      case MODEL.metadata:
        readEntry(field.range('metadata_props'), head.metadata);
        break;
      case MODEL.functions: {
        const cure = 'Save it without functions: onnx.inliner.inline_local_functions(model).';
        throw refuse('functions', 'the file', 'operators of ONNX', 'functions of its own', cure);
      }
      default:
    }
  }
  return head;
}

function readOpset(range: Range, opsets: Map<string, number>): void {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(range, 'opset_import')) {
    if (field.number === OPSET_ID.domain) domain = field.text('domain', LONGEST_NAME);
    else if (field.number === OPSET_ID.version) version = field.int('version');
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

function opsetOf({ opsets, irVersion }: Pick<OnnxFile, 'opsets' | 'irVersion'>): number {
  const cure = 'Export the model with opset_version=17, which runs everywhere.';
  if (irVersion < 1 || irVersion > NEWEST_IR)
    throw refuse('ir-version', 'ir_version', `a file format from 1 to ${NEWEST_IR}`, `${irVersion}`, cure);
  const version = opsets.get('') ?? 0;
  if (version >= OPSETS.first && version <= OPSETS.last) return version;
  const expected = `an operator set from ${OPSETS.first} to ${OPSETS.last}`;
  throw refuse('opset', 'opset_import', expected, version === 0 ? 'none' : `${version}`, cure);
}

function readEntry(range: Range, metadata: Map<string, string>): void {
  let [key, value] = ['', ''];
  const left = MOST_METADATA.bytes - [...metadata.values()].reduce((sum, text) => sum + text.length, 0);
  for (const field of fieldsOf(range, 'metadata_props')) {
    if (field.number === ENTRY.key) key = field.text('key', LONGEST_NAME);
    else if (field.number === ENTRY.value) value = field.text('value', left);
  }
  if (metadata.has(key))
    throw refuse('name-twice', 'metadata_props', `one ${named('key', key)}`, 'two', EXPORT_AGAIN);
  if (metadata.size >= MOST_METADATA.entries)
    throw refuse(
      'too-many',
      'metadata_props',
      `at most ${MOST_METADATA.entries} entries`,
      'more',
      EXPORT_AGAIN,
    );
  metadata.set(key, value);
}
