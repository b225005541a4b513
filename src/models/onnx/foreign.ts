/** Files that are something else than ONNX, known by how they begin, and what to do with each. */
import { refuse } from './mistake.ts';

interface Kind {
  name: string;
  /** Where the mark stands. */
  from?: number;
  mark: string | readonly number[];
  cure: string;
}

const CONVERT = 'Export the model to ONNX, with torch.onnx.export or optimum-cli export onnx.';
const NOT_A_MODEL = 'Choose the .onnx file itself.';

const KINDS: readonly Kind[] = [
  { name: 'a GGUF file', mark: 'GGUF', cure: CONVERT },
  { name: 'a zip archive (PyTorch checkpoints are such)', mark: 'PK\x03\x04', cure: `Unpack it and choose the .onnx file inside. A .pt or .pth file: ${CONVERT}` }, // prettier-ignore
  { name: 'a gzip archive', mark: [0x1f, 0x8b], cure: 'Unpack it and choose the .onnx file inside.' },
  { name: 'a 7-Zip archive', mark: "7z\xbc\xaf'\x1c", cure: 'Unpack it and choose the .onnx file inside.' },
  { name: 'a zstd archive', mark: [0x28, 0xb5, 0x2f, 0xfd], cure: 'Unpack it and choose the .onnx file inside.' }, // prettier-ignore
  ...[2, 3, 4, 5].map((version) => ({
    name: 'a Python pickle',
    mark: [0x80, version],
    cure: `${CONVERT} A pickle runs code when it is opened, so it is never opened here.`,
  })),
  { name: 'an HDF5 file (Keras)', mark: '\x89HDF', cure: 'Convert it to ONNX with tf2onnx.' },
  { name: 'a TensorFlow Lite model', from: 4, mark: 'TFL3', cure: 'Convert it to ONNX with tf2onnx.' },
  { name: 'a model in ORT format', from: 4, mark: 'ORTM', cure: 'Choose the .onnx file that it was made of.' }, // prettier-ignore
  { name: 'a NumPy array', mark: '\x93NUMPY', cure: NOT_A_MODEL },
  { name: 'a Git LFS pointer instead of the file', mark: 'version https://git-lfs', cure: 'Download the file itself: git lfs pull, or the download button of its page.' }, // prettier-ignore
  { name: 'a picture (PNG)', mark: '\x89PNG', cure: NOT_A_MODEL },
  { name: 'a picture (JPEG)', mark: [0xff, 0xd8, 0xff], cure: NOT_A_MODEL },
  { name: 'a PDF', mark: '%PDF', cure: NOT_A_MODEL },
  { name: 'a Python file or other text', mark: '#', cure: NOT_A_MODEL },
];

/** Texts, after blanks at the start, whatever the case. */
const TEXTS: readonly Kind[] = [
  { name: 'a web page', mark: '<!doctype html', cure: 'Download the file itself; this is the page about it, or one that asks you to sign in.' }, // prettier-ignore
  { name: 'a web page', mark: '<html', cure: 'Download the file itself; this is the page about it, or one that asks you to sign in.' }, // prettier-ignore
  { name: 'XML', mark: '<?xml', cure: 'OpenVINO models do not run here; choose the .onnx file.' },
  { name: 'JSON', mark: '{', cure: NOT_A_MODEL },
  { name: 'JSON', mark: '[', cure: NOT_A_MODEL },
];

/** Throws InvalidInputError for a file that begins as something else. */
export function refuseForeign(bytes: Uint8Array): void {
  const kind = isSafetensors(bytes) ? SAFETENSORS : (KINDS.find((k) => begins(bytes, k)) ?? textKind(bytes));
  if (kind) throw refuse('not-onnx', 'the file', 'an ONNX model', kind.name, kind.cure);
}

const SAFETENSORS = {
  name: 'a safetensors file',
  cure: `It holds weights without the model around them. ${CONVERT}`,
};

/** The length of a header in 8 bytes, then JSON. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && bytes.subarray(5, 8).every((byte) => byte === 0);
}

function begins(bytes: Uint8Array, { mark, from = 0 }: Kind): boolean {
  const wanted = typeof mark === 'string' ? [...mark].map((letter) => letter.charCodeAt(0)) : mark;
  return wanted.every((byte, i) => bytes[from + i] === byte);
}

function textKind(bytes: Uint8Array): Kind | undefined {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const text = start.replace(/^[\sï»¿]+/, '').toLowerCase();
  // `{` and `[` are valid first bytes of nothing in a ModelProto either
  return TEXTS.find(({ mark }) => text.startsWith(mark as string));
}
