/** The golden run: a tiny model's training by this project's own parts, to be compared with PyTorch's numbers. */
import type { BackendName, Device, Outputs } from '../../src/engine/backend.ts';
import { differentiate } from '../../src/engine/differentiate.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float, integer } from '../../src/engine/graph.ts';
import { sumAll } from '../../src/engine/op-row.ts';
import type { Tensor } from '../../src/engine/types.ts';
import { sizeOf } from '../../src/engine/types.ts';
import { checkedObjective } from '../../src/objectives/check.ts';
import { lower } from '../../src/formulas/lower.ts';
import { ADAMW } from '../../src/training/optimiser.ts';
import { lmParameters } from '../../src/models/lm/config.ts';
import { forward, openWeights } from '../../src/models/lm/decoder.ts';
import { objective } from '../../src/objectives/sigmoid.ts';
import golden from '../fixtures/golden-nano.json' with { type: 'json' };

export const GOLDEN_LOSSES = ['dpo', 'cross_entropy'] as const;
type GoldenLoss = (typeof GOLDEN_LOSSES)[number];
const STEPS = 10;

/**
 * Largest error allowed, as a share of the largest value: of the first step (logits, gradients), and of the losses and
 * gradient norms of all ten, where Adam magnifies the rounding of small gradients.
 */
const GOLDEN_TOLERANCE = {
  reference: { first: 1e-8, later: 1e-8 },
  wasm: { first: 1e-5, later: 1e-4 },
  webgpu: { first: 1e-4, later: 1e-3 },
} satisfies Record<BackendName, { first: number; later: number }>;

/** `logits`, one `gradient NAME` a parameter, and the `losses` and `norms` of ten updates. */
type GoldenResult = Record<string, readonly number[]>;

function goldenExpected(kind: GoldenLoss): GoldenResult {
  const { losses, norms, gradients } = golden[kind];
  const named = Object.entries(gradients).map(([name, values]) => [`gradient ${name}`, values]);
  return { logits: golden.logits, ...Object.fromEntries(named), losses, norms };
}

async function goldenRun(device: Device, kind: GoldenLoss): Promise<GoldenResult> {
  await device.load({ step: stepGraph(kind) });
  device.write('policy', goldenParameters());
  const settings = { ...golden.optimiser, warmup_steps: 0 };
  const { tokens, targets, mask } = golden;
  const feeds = Array.from({ length: STEPS }, (_, i) => ({
    tokens,
    targets,
    mask,
    ...ADAMW.feeds(settings, i + 1),
    ...(kind === 'dpo' ? { reference: golden.reference_logps } : {}),
  }));
  const outputs = await device.run('step', feeds);
  const each = (name: string): number[] => outputs.map((o) => valuesOf(o, name)[0] as number);
  const first = outputs[0] as Outputs;
  return {
    logits: valuesOf(first, 'logits'),
    ...namedGradients(first),
    losses: each('loss'),
    norms: each('norm'),
  };
}

/** The flat block, from little-endian float32. */
function goldenParameters(): Float32Array {
  const bytes = Uint8Array.from(atob(golden.parameters), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function stepGraph(kind: GoldenLoss): Graph {
  const { length, pairs, config } = golden;
  const g = createGraph();
  const { block, weights } = openWeights(g, config, 'policy');
  const rows = 2 * pairs * length;
  const logits = forward(g, config, weights, g.feed('tokens', integer(rows)), length);
  const logp = g.apply('token_logp', [logits, g.feed('targets', integer(rows))]);
  const mask = g.feed('mask', float(rows));
  const counted = g.apply('mul', [logp, mask]);
  const loss = kind === 'dpo' ? dpoLoss(g, counted) : meanLoss(g, counted, mask);
  const gradients = differentiate(g, loss, weights.all);
  g.output('norm', ADAMW.update(g, block, gradients));
  g.output('logits', logits);
  g.output('loss', loss);
  gradients.forEach((gradient, i) => g.output(`gradient ${i}`, gradient));
  return g;
}

/** The sigmoid objective's own formula over summed log-probs, averaged over the pairs. */
function dpoLoss(g: Graph, counted: Tensor): Tensor {
  const { length, pairs } = golden;
  const sums = g.apply('sum_last', [g.apply('view', [counted], { offset: 0, shape: [2 * pairs, length] })]);
  const reference = g.feed('reference', float(2 * pairs));
  const side = (x: Tensor, offset: number): Tensor => g.apply('view', [x], { offset, shape: [pairs] });
  const given = new Map([
    ['logp_w', side(sums, 0)],
    ['logp_l', side(sums, pairs)],
    ['ref_w', side(reference, 0)],
    ['ref_l', side(reference, pairs)],
    ['beta', g.scalar(golden.beta)],
  ]);
  const loss = lower(g, checkedObjective(objective), { given, sizes: { b: pairs }, masks: {} }).get(
    'loss',
  ) as Tensor;
  return g.apply('affine', [sumAll(g, loss)], { scale: 1 / pairs, shift: 0 });
}

/** Next-token cross-entropy over the tokens that count. */
function meanLoss(g: Graph, counted: Tensor, mask: Tensor): Tensor {
  return g.apply('neg', [g.apply('div', [sumAll(g, counted), sumAll(g, mask)])]);
}

/** The gradients of fused projections (q, k, v; gate, up), cut into one a named parameter. */
function namedGradients(outputs: Outputs): GoldenResult {
  const count = Object.keys(outputs).filter((name) => name.startsWith('gradient ')).length;
  const flat = Array.from({ length: count }, (_, i) => valuesOf(outputs, `gradient ${i}`)).flat();
  return Object.fromEntries(
    lmParameters(golden.config).map(({ name, shape, offset }) => [
      `gradient ${name}`,
      flat.slice(offset, offset + sizeOf(shape)),
    ]),
  );
}

function valuesOf(outputs: Outputs, name: string): number[] {
  const values = outputs[name];
  if (values === undefined) throw new Error(`the run gave no ${name}`);
  return [...values];
}

/** The largest error of one entry as a share of that entry's largest value. */
function goldenErrors(actual: GoldenResult, expected: GoldenResult): Record<string, number> {
  const errors = Object.entries(expected).map(([name, want]) => {
    const got = actual[name] ?? [];
    const largest = Math.max(...want.map(Math.abs));
    const error =
      got.length === want.length ? Math.max(...want.map((x, i) => Math.abs((got[i] as number) - x))) : NaN;
    return [name, error / largest];
  });
  return Object.fromEntries(errors) as Record<string, number>;
}

/** Everything that lies outside the device's tolerance; a NaN does. */
export async function goldenMistakes(device: Device, kind: GoldenLoss): Promise<string[]> {
  const { first, later } = GOLDEN_TOLERANCE[device.info.backend];
  const errors = goldenErrors(await goldenRun(device, kind), goldenExpected(kind));
  return Object.entries(errors)
    .filter(([name, error]) => !(error <= (name === 'losses' || name === 'norms' ? later : first)))
    .map(([name, error]) => `${name}: ${error}`);
}
