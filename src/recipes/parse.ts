/** Schemas over what may be very large and wrong throughout. */
import * as v from 'valibot';

/** Past so many values in it the first mistake is told alone: to gather hundreds of thousands takes seconds. */
const MOST_VALUES = 5000;

/** As `v.safeParse`; of an input of very many values only the first mistake. */
export function parsed<S extends v.GenericSchema>(schema: S, input: unknown): v.SafeParseResult<S> {
  const first = v.safeParse(schema, input, { abortEarly: true });
  return first.success || isLarge(input) ? first : v.safeParse(schema, input);
}

function isLarge(input: unknown): boolean {
  const waiting = [input];
  for (let values = 0; waiting.length > 0; values++) {
    if (values + waiting.length > MOST_VALUES) return true;
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const one of Object.values(value) as unknown[]) {
      if (waiting.push(one) > MOST_VALUES) return true;
    }
  }
  return false;
}
