/** A pair's loss and its slopes over the plane of log-ratios: what the margin plot and the field of arrows draw. */
import type { Device } from '../engine/backend.ts';
import { differentiate } from '../engine/differentiate.ts';
import { createGraph, float } from '../engine/graph.ts';
import type { Graph } from '../engine/graph.ts';
import { sumAll } from '../engine/op-row.ts';
import type { Tensor } from '../engine/types.ts';
import { sizeOf } from '../engine/types.ts';
import type { CheckedFormula } from './check.ts';
import { lower } from './lower.ts';
import { quantities } from './quantities.ts';

/** Log-ratios to the reference, one of each a point. */
export interface FieldPoints {
  chosen: ArrayLike<number>;
  rejected: ArrayLike<number>;
}

/** One number a point. */
export interface LossField {
  loss: ArrayLike<number>;
  /** d loss / d log-prob of the chosen response. */
  chosen: ArrayLike<number>;
  /** d loss / d log-prob of the rejected response. */
  rejected: ArrayLike<number>;
}

/** Log-prob of both responses under the reference, unless the caller says otherwise. */
const REFERENCE = -8;

/** Values of what is neither a log-prob nor a measure of the point itself, by the start of its name; elsewhere 0. */
const CONSTANTS: [RegExp, number][] = [
  [
    /^(len|position|weight|token_weight|label_probability|strength|mask|entropy|margin_column|verified|rank|err)/,
    1,
  ],
  [/^(p_squared|win_rate)/, 0.5],
];

/**
 * The loss of a batch of one pair at every point, by `device` (best the float64 reference; its programs are replaced).
 * A stated simplification: each response has one token (T = 1), so that log(pi/ref) of the token is that of the
 * response and means equal sums; the reference gives both log-prob `reference`; weights, lengths, entropies and label
 * probabilities are 1, divergences 0, and any other log-prob equals the reference's. Functions over the batch see one
 * pair. Where a formula reads no log-prob of the policy but a head's rewards (or denoising errors), the points are those.
 * Null for a formula over groups, which has no chosen and rejected response.
 */
export async function lossField(
  device: Device,
  checked: CheckedFormula,
  parameters: Readonly<Record<string, number>>,
  points: FieldPoints,
  reference = REFERENCE,
): Promise<LossField | null> {
  if (checked.vocabulary.setting !== 'pairs') return null;
  await device.load({ field: fieldProgram(checked, points.chosen.length, reference) });
  const numbers = Object.fromEntries(
    checked.vocabulary.parameters.map((name) => [`parameter.${name}`, [parameters[name] ?? NaN]]),
  );
  const [outputs] = await device.run('field', [
    { chosen: points.chosen, rejected: points.rejected, ...numbers },
  ]);
  // what is the same at every point comes back once
  const each = (name: string): ArrayLike<number> => {
    const values = outputs?.[name] ?? [];
    const { length } = points.chosen;
    return values.length === length ? values : Array.from({ length }, () => values[0] as number);
  };
  return { loss: each('loss'), chosen: each('d_chosen'), rejected: each('d_rejected') };
}

/** One point a replica. */
function fieldProgram(checked: CheckedFormula, count: number, reference: number): Graph {
  const g = createGraph(count);
  const point = (name: string): Tensor => g.feed(name, float(1), { replicated: true });
  const [chosen, rejected] = [point('chosen'), point('rejected')];
  const measure = ['logp', 'head', 'err'].find((base) => reads(checked, base)) ?? 'logp';
  const shift = { logp: reference, head: 0, err: 1 }[measure] as number;
  const given = new Map<string, Tensor>();
  for (const name of checked.reads) {
    const [whole, side] = [name.replace('[t]', ''), /_([wl])(\[t\])?$/.exec(name)?.[1]];
    const at = whole === `${measure}_${side}` ? (side === 'w' ? chosen : rejected) : null;
    const value =
      at === null
        ? g.constant(float(1), [constantFor(name, reference)])
        : g.apply('affine', [at], { scale: 1, shift });
    const shape = (quantities.pairs.get(name)?.shape ?? []).map(() => 1);
    given.set(name, g.apply('view', [value], { offset: 0, shape }));
  }
  for (const name of checked.vocabulary.parameters) given.set(name, g.feed(`parameter.${name}`, float()));
  const mask = g.constant(float(1, 1), [1]);
  const around = { given, sizes: { b: 1, t_w: 1, t_l: 1 }, masks: { t_w: mask, t_l: mask } };
  const loss = asScalar(g, lower(g, checked, around).get('loss') as Tensor);
  // nothing of both sides, for a loss that leaves one out
  const touched = [chosen, rejected].map((x) => sumAll(g, g.apply('affine', [x], { scale: 0, shift: 0 })));
  const whole = touched.reduce((sum, x) => g.apply('add', [sum, x]), loss);
  g.output('loss', whole);
  const slopes = differentiate(g, whole, [chosen, rejected]);
  ['d_chosen', 'd_rejected'].forEach((name, i) => g.output(name, slopes[i] as Tensor));
  return g;
}

const reads = (checked: CheckedFormula, base: string): boolean =>
  [...checked.reads].some((name) => /^(.+)_[wl](\[t\])?$/.exec(name)?.[1] === base);

function constantFor(name: string, reference: number): number {
  if (/^(logp|ref|prompt_)/.test(name)) return reference;
  return CONSTANTS.find(([names]) => names.test(name))?.[1] ?? 0;
}

const asScalar = (g: Graph, x: Tensor): Tensor =>
  sizeOf(x.shape) === 1 && x.shape.length > 0 ? sumAll(g, x) : x;
