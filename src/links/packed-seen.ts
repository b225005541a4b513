/** What was seen as a link carries it: steps as updates since the point before, samples as token ids. */
import * as v from 'valibot';
import type { Checked } from '../base/errors.ts';
import type { World } from '../worlds/world.ts';
import { MOST_STEPS } from './changes.ts';
import type { Plain } from './compact.ts';
import { linkIssue } from './issues.ts';
import { CURVES, MOST_DIGITS, MOST_POINTS, MOST_SAMPLES, MOST_UNITS } from './seen.ts';
import { valuesOf, type CurveName, type Seen, type SeenCurve, type SeenSamples } from './seen.ts';

const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const list = <S extends v.GenericSchema>(of: S, most: number) =>
  v.pipe(v.array(of), v.minLength(1), v.maxLength(most));

/** More words than any vocabulary has, and more tokens than any context; the world's own bounds are held below. */
const MOST_WORDS = 1e6;
const MOST_TOKENS = 512;

const packedCurve = v.strictObject({
  digits: whole(0, MOST_DIGITS),
  gaps: list(whole(0, MOST_STEPS), MOST_POINTS),
  values: list(whole(-MOST_UNITS, MOST_UNITS), MOST_POINTS),
});
const responses = list(list(whole(0, MOST_WORDS), MOST_TOKENS), MOST_SAMPLES);

export const packedSeen = v.strictObject({
  margins: v.exactOptional(packedCurve),
  loss: v.exactOptional(packedCurve),
  accuracy: v.exactOptional(packedCurve),
  samples: v.exactOptional(v.strictObject({ before: responses, after: responses })),
});
type Packed = v.InferOutput<typeof packedSeen>;
type PackedCurve = v.InferOutput<typeof packedCurve>;

export function packSeen(seen: Seen): Plain {
  const curves = CURVES.flatMap((name) => {
    const curve = seen[name];
    return curve ? [[name, packCurve(curve)] as const] : [];
  });
  return { ...Object.fromEntries(curves), ...(seen.samples && { samples: seen.samples }) };
}

function packCurve({ digits, steps, values }: SeenCurve): PackedCurve {
  const gaps = steps.map((step, i) => step - (i === 0 ? 0 : (steps[i - 1] as number)));
  return { digits, gaps, values: [...values] };
}

/** What it is about: the world, the prompt of the samples, and how many updates the run's receipt is of; null without one. */
export interface SeenOf {
  world: World;
  prompt: string | undefined;
  steps: number | null;
}

const ask = 'Ask for the link again.';

export function unpackSeen(packed: Packed, of: SeenOf): Checked<Seen> {
  if (of.steps === null)
    return linkIssue('seen', 'seen', 'the receipt of the run that it shows', 'none', ask);
  if (Object.keys(packed).length === 0)
    return linkIssue('seen', 'seen', 'a curve or samples', 'an empty object', ask);
  const seen: Seen = {};
  for (const name of CURVES) {
    const curve = packed[name];
    if (!curve) continue;
    const read = unpackCurve(name, curve, of.steps);
    if (!read.ok) return read;
    seen[name] = read.value;
  }
  if (packed.samples) {
    const samples = checkedSamples(packed.samples, of);
    if (!samples.ok) return samples;
    seen.samples = samples.value;
  }
  return { ok: true, value: seen };
}

function unpackCurve(
  name: CurveName,
  { digits, gaps, values }: PackedCurve,
  last: number,
): Checked<SeenCurve> {
  const at = `seen.${name}`;
  if (values.length !== gaps.length) {
    const expected = `${gaps.length} numbers, one a point`;
    return linkIssue('seen', `${at}.values`, expected, String(values.length), ask);
  }
  const steps: number[] = [];
  for (const [i, gap] of gaps.entries()) {
    const step = (steps.at(-1) ?? 0) + gap;
    if ((i > 0 && gap === 0) || step > last) {
      const expected = `steps that rise, up to ${last}`;
      return linkIssue('seen', `${at}.gaps.${i}`, expected, String(step), ask);
    }
    steps.push(step);
  }
  const curve = { steps, values, digits };
  const outside = name === 'accuracy' ? valuesOf(curve).findIndex((share) => share < 0 || share > 1) : -1;
  if (outside >= 0) {
    const received = String(valuesOf(curve)[outside]);
    return linkIssue('out-of-range', `${at}.values.${outside}`, 'a share from 0 to 1', received, ask);
  }
  return { ok: true, value: curve };
}

function checkedSamples({ before, after }: SeenSamples, { world, prompt }: SeenOf): Checked<SeenSamples> {
  if (prompt === undefined) return linkIssue('seen', 'prompt', 'the prompt of the samples', 'none', ask);
  if (after.length !== before.length) {
    const expected = `${before.length} responses, as before`;
    return linkIssue('seen', 'seen.samples.after', expected, String(after.length), ask);
  }
  for (const [side, all] of Object.entries({ before, after })) {
    for (const [i, tokens] of all.entries()) {
      const at = `seen.samples.${side}.${i}`;
      if (tokens.length > world.context) {
        const expected = `at most ${world.context} tokens`;
        return linkIssue('seen', at, expected, String(tokens.length), ask);
      }
      const stranger = tokens.findIndex((token) => token >= world.words.length);
      if (stranger < 0) continue;
      const expected = `a token of the world, 0 to ${world.words.length - 1}`;
      return linkIssue('seen', `${at}.${stranger}`, expected, String(tokens[stranger]), ask);
    }
  }
  return { ok: true, value: { before, after } };
}
