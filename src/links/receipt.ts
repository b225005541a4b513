/** A receipt as a link carries it: marks as base64url, the final numbers in the order of their columns. */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import type { FinalNumbers, Receipt } from '../runs/receipt.ts';
import { FINAL_COLUMNS, stride } from '../runs/receipt.ts';
import { fromBase64Url, toBase64Url } from './bytes.ts';
import { MOST_STEPS } from './changes.ts';
import { linkIssue } from './issues.ts';

const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

export const packedReceipt = v.strictObject({
  engine: whole(1e6),
  steps: whole(MOST_STEPS),
  /** Absent where not all of the run was computed on WASM. */
  digest: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits'))),
  marks: v.optional(v.string(), ''),
  /** Null for a number that was not finite. */
  final: v.pipe(v.array(v.nullable(v.number())), v.length(FINAL_COLUMNS.length)),
});
type Packed = v.InferOutput<typeof packedReceipt>;

export function packReceipt({ engine, steps, digest, marks, final }: Receipt): Record<string, unknown> {
  return {
    engine,
    steps,
    ...(digest === null ? {} : { digest, marks: toBase64Url(Uint8Array.from(marks)) }),
    final: FINAL_COLUMNS.map((name) => (Number.isFinite(final[name]) ? final[name] : null)),
  };
}

export function unpackReceipt({ engine, steps, digest, marks, final }: Packed): Checked<Receipt> {
  const bytes = fromBase64Url(marks);
  const expected = digest === undefined ? 0 : Math.floor(steps / stride(steps));
  if (bytes?.length !== expected) {
    const received = bytes === null ? 'another text' : String(bytes.length);
    return linkIssue(
      'receipt',
      'receipt.marks',
      `${expected} bytes as base64url`,
      received,
      'Ask for the link again.',
    );
  }
  const numbers = FINAL_COLUMNS.map((name, i) => [name, final[i] ?? NaN]);
  return {
    ok: true,
    value: {
      engine,
      steps,
      digest: digest ?? null,
      marks: [...bytes],
      final: Object.fromEntries(numbers) as FinalNumbers,
    },
  };
}
