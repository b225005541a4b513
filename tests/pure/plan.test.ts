/** The memory plan: whatever the graph, no two values that are needed at the same time lie on each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphError } from '../../src/base/errors.ts';
import type { Graph } from '../../src/engine/graph.ts';
import { createGraph, float, integer } from '../../src/engine/graph.ts';
import type { ArenaPlan, Operand, ProgramPlan } from '../../src/engine/plan.ts';
import { planArena } from '../../src/engine/plan.ts';
import { openReference } from '../../src/engine/reference/index.ts';
import { MUTATES } from '../../src/engine/types.ts';
import {
  buildGraph,
  followPlan,
  graphRecipe,
  placeOf,
  readOutputs,
  recall,
  store,
} from '../support/random-graph.ts';

fc.configureGlobal({ seed: 23, numRuns: 300 });

const numbers = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i);
const feedsOf = (replicas: number, from: number) => ({
  shared: numbers(5, from),
  each: numbers(9 * replicas, from + 100),
});

const program = (plan: ArenaPlan, name: string): ProgramPlan => plan.programs.get(name) as ProgramPlan;

/** Memory as before the first run: states and constants in place, everything else poisoned. */
function freshMemory(plan: ArenaPlan): Float64Array {
  const memory = new Float64Array(plan.words).fill(NaN);
  for (const place of plan.states.values()) store(memory, place, place.replicas, [0]);
  for (const { constants, replicas } of plan.programs.values()) {
    for (const { place, data } of constants) store(memory, place, replicas, data);
  }
  return memory;
}

describe('any two programs', () => {
  // programs that share states must agree on the replicas
  const pair = fc.tuple(graphRecipe, graphRecipe).map(([a, b]) => ({
    a: buildGraph(a),
    b: buildGraph({ ...b, replicas: a.replicas }),
  }));

  it('run where the plan says as they do when every value has a place of its own', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async (graphs) => {
        const device = openReference();
        await device.load(graphs);
        const plan = planArena(graphs);
        const memory = freshMemory(plan);
        for (const [i, name] of ['a', 'b', 'a', 'b'].entries()) {
          const feeds = feedsOf(graphs.a.replicas, 10 * i + 1);
          const [expected] = await device.run(name, [feeds]);
          const before = readOutputs(program(plan, name === 'a' ? 'b' : 'a'), memory);
          const outputs = followPlan(program(plan, name), memory, feeds);
          for (const [output, values] of Object.entries(expected ?? {}))
            expect(outputs[output], output).toEqual([...values]);
          for (const [state, place] of plan.states)
            expect(recall(memory, place, place.replicas), state).toEqual([...(await device.read(state))]);
          expectUnmoved(graphs, plan, name === 'a' ? 'b' : 'a', before, memory);
        }
      }),
    );
  });

  /** Outputs that are not states outlive the other program's runs. */
  function expectUnmoved(
    graphs: Record<'a' | 'b', Graph>,
    plan: ArenaPlan,
    name: 'a' | 'b',
    before: Record<string, number[]>,
    memory: Float64Array,
  ): void {
    const now = readOutputs(program(plan, name), memory);
    for (const [output, tensor] of graphs[name].outputs) {
      if (tensor.source.kind !== 'state') expect(now[output], output).toEqual(before[output]);
    }
  }

  it('have everything inside the arena, replicas apart, and no result on its own inputs', () => {
    fc.assert(
      fc.property(pair, (graphs) => {
        const plan = planArena(graphs);
        for (const { steps, replicas } of plan.programs.values()) {
          for (const step of steps) {
            const own = step.inputs.slice(0, MUTATES[step.op] ?? 0);
            const others = step.inputs.slice(own.length);
            for (const written of own.length > 0 ? own : [step.output]) {
              expectInside(plan, written, replicas);
              for (const input of others) expectApart(written, input, step.replicas);
            }
          }
        }
      }),
    );
  });

  function expectInside(plan: ArenaPlan, place: Operand, replicas: number): void {
    const copies = place.stride > 0 ? replicas : 1;
    expect(placeOf(place, 0)[0]).toBeGreaterThanOrEqual(0);
    expect(placeOf(place, copies - 1)[1]).toBeLessThanOrEqual(plan.words);
    if (copies > 1) expect(placeOf(place, 0)[1]).toBeLessThanOrEqual(placeOf(place, 1)[0]);
  }

  function expectApart(a: Operand, b: Operand, replicas: number): void {
    for (let r = 0; r < replicas; r++) {
      for (let s = 0; s < replicas; s++) {
        const [[begin, end], [from, to]] = [placeOf(a, r), placeOf(b, s)];
        expect(begin === end || from === to || end <= from || to <= begin).toBe(true);
      }
    }
  }

  it('share states by name, which lie apart from each other and from all feeds, constants and outputs', () => {
    fc.assert(
      fc.property(pair, (graphs) => {
        const plan = planArena(graphs);
        const fixed = [...plan.programs].flatMap(([name, { feeds, constants, outputs }]) => [
          ...feeds.values(),
          ...constants.map((c) => c.place),
          ...[...outputs].filter(([o]) => isOwn(graphs[name as 'a' | 'b'], o)).map(([, place]) => place),
        ]);
        const distinct = [
          ...new Map([...plan.states.values(), ...fixed].map((p) => [`${p.offset}`, p])).values(),
        ];
        for (const place of [...plan.states.values(), ...fixed]) expect(place.offset % 4).toBe(0);
        distinct.forEach((a, i) =>
          distinct.slice(i + 1).forEach((b) => expectApart(a, b, graphs.a.replicas)),
        );
        expect([...plan.states.keys()].sort()).toEqual(['s0', 's1', 's2']);
      }),
    );
  });

  /** Whether the output is memory of its own: not a window into something larger. */
  function isOwn(graph: Graph, output: string): boolean {
    const source = graph.outputs.get(output)?.source;
    return source?.kind === 'op' && source.op !== 'view';
  }

  it('get the same plan again', () => {
    fc.assert(
      fc.property(pair, (graphs) => {
        expect(planArena(graphs)).toEqual(planArena(graphs));
      }),
      { numRuns: 30 },
    );
  });
});

describe('one graph', () => {
  it('reuses memory: a chain of fifty needs two places', () => {
    const g = createGraph();
    let x = g.feed('x', float(100));
    for (let i = 0; i < 50; i++) x = g.apply('neg', [x]);
    g.output('y', x);
    expect(planArena({ g }).words).toBe(400);
  });

  it('computes the parts of a pack in their places, and copies what has a place already', () => {
    const g = createGraph();
    const x = g.feed('x', float(5));
    const parts = [g.apply('neg', [x]), x, g.apply('exp', [x]), g.apply('abs', [x])];
    g.output('abs', parts[3]!);
    g.output('y', g.apply('pack', parts));
    const { steps, outputs } = program(planArena({ g }), 'g');
    const start = outputs.get('y')!.offset;
    const written = steps.map((s) => [s.op, (s.op === 'copy' ? s.inputs[0]! : s.output).offset - start]);
    expect(written.filter(([op]) => op !== 'abs')).toEqual([
      ['neg', 0],
      ['exp', 10],
      ['copy', 5],
      ['copy', 15],
    ]);
  });

  it('lets a view lie in what it looks into, replica by replica, and costs no step', () => {
    const g = createGraph(2);
    const x = g.state('x', float(4, 3), { replicated: true });
    const inner = g.apply('view', [g.apply('view', [x], { offset: 3, shape: [2, 3] })], {
      offset: 2,
      shape: [2],
    });
    g.output('y', inner);
    const plan = planArena({ g });
    const state = plan.states.get('x')!;
    const { steps, outputs } = program(plan, 'g');
    expect(steps).toEqual([]);
    expect(outputs.get('y')).toEqual({
      shape: [2],
      dtype: 'f32',
      offset: state.offset + 5,
      stride: state.stride,
    });
  });

  it('keeps one copy of what replicas share', () => {
    const g = createGraph(3);
    const shared = g.feed('shared', float(8));
    const each = g.feed('each', float(8), { replicated: true });
    g.output('once', g.apply('neg', [shared]));
    g.output('thrice', g.apply('add', [shared, each]));
    const { steps, feeds } = program(planArena({ g }), 'g');
    expect(steps.map((s) => [s.op, s.replicas, s.output.stride])).toEqual([
      ['neg', 1, 0],
      ['add', 3, 8],
    ]);
    expect(feeds.get('shared')!.stride).toBe(0);
  });

  it('leaves out what nothing needs', () => {
    const g = createGraph();
    const x = g.feed('x', float(3));
    g.apply('exp', [g.apply('neg', [x])]);
    g.output('y', g.apply('abs', [x]));
    expect(program(planArena({ g }), 'g').steps.map((s) => s.op)).toEqual(['abs']);
  });
});

describe('a state of two types', () => {
  const withState = (make: (g: Graph) => void, replicas = 1): Graph => {
    const g = createGraph(replicas);
    make(g);
    return g;
  };
  const small = withState((g) => g.state('x', float(3)));
  it.each([
    ['another shape', withState((g) => g.state('x', float(4)))],
    ['another number of axes', withState((g) => g.state('x', float(3, 1)))],
    ['whole numbers', withState((g) => g.state('x', integer(3)))],
    ['another number of replicas', withState((g) => g.state('x', float(3), { replicated: true }), 2)],
  ])('is refused: %s', (_, other) => {
    expect(() => planArena({ small, other })).toThrow(GraphError);
    expect(() => planArena({ small, other })).toThrow(/state x/);
  });
  it('is one state where the types agree', () => {
    const other = withState((g) => g.state('x', float(3)));
    expect(planArena({ small, other }).states.size).toBe(1);
  });
});
