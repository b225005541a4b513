/** A model that is not one of ours: logits of the next word from a table, by the word before it alone. */
import { file, graph, node, tensor, value } from './onnx-files.ts';

/** `table`: logits [words, words], row after row. Input `input_ids` [batch, length], output `logits`. */
export function bigramOnnx(table: Float32Array, words: number): Uint8Array {
  const raw = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
  return file(
    graph({
      nodes: [node('Gather', ['table', 'input_ids'], ['logits'])],
      tensors: [tensor('table', [words, words], 1, raw)],
      inputs: [value('input_ids', 7, ['batch', 'length'])],
      outputs: [value('logits', 1, ['batch', 'length', words])],
    }),
  );
}
