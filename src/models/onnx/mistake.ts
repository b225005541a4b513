/** How a mistake in an ONNX file is told. What the file itself says is clipped: it may come from a stranger. */
import { InvalidInputError } from '../../base/errors.ts';
import { quoted } from '../checkpoint/mistake.ts';

export const DAMAGED = 'The file is damaged or cut off; download or export it again.';
export const EXPORT_AGAIN = 'Export the model again and check it with onnx.checker.check_model.';

/** Thrown by the reader and turned into data at its edge (`readOnnx`). */
export function refuse(
  code: string,
  at: string,
  expected: string,
  received: string,
  cure: string,
): InvalidInputError {
  return new InvalidInputError([{ code: `onnx/${code}`, at, expected, received, cure }]);
}

/** A name as the file has it. */
export const named = (kind: string, name: string): string => `${kind} ${quoted(name)}`;
