/**
 * Several models on one device, each as if it had the device to itself: a lane is a `Device` whose states are one replica's.
 * Lanes keep step: a call waits until every lane has made its next one, and all of them become one call of the device. So
 * code that is written for one model trains many at once, as long as every lane makes the same calls in the same order.
 */
import { GraphError, StateError, UnknownNameError } from '../base/errors.ts';
import type { Device, Feeds, Outputs, Values } from './backend.ts';
import type { Graph } from './graph.ts';
import { liveTensors, writesState } from './graph.ts';
import { replicate } from './replicate.ts';
import { sizeOf } from './types.ts';

export interface Lane extends Device {
  /**
   * All lanes meet: `together` runs once, over what each lane in place brought, and every lane gets its answer. `load`
   * takes programs for one model and loads them for all lanes.
   */
  meet<T, A>(mine: T, together: (all: readonly T[], load: Device['load']) => Promise<A>): Promise<A>;
  /** The other lanes no longer wait for this one; its calls from now on are refused. */
  leave(): void;
}

interface Call {
  /** What all lanes must agree on: `run train`, `read policy`. */
  kind: string;
  brought: unknown;
  /** One answer a lane, from what each lane brought (undefined for a lane that has left). */
  serve: (brought: readonly unknown[]) => Promise<unknown[]>;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/** What crosses between a lane and a program that is loaded. */
interface Known {
  feeds: readonly { name: string; size: number }[];
  /** Words of an output, a lane. */
  outputs: ReadonlyMap<string, number>;
  changes: boolean;
}

/** One lane for each of `defaults`: feeds that the lane's programs take where a call gives none of that name. */
export function openLanes(device: Device, defaults: readonly Feeds[]): Lane[] {
  const count = defaults.length;
  const waiting: Call[][] = defaults.map(() => []);
  const present = new Set(waiting.keys());
  const written = new Map<string, (ArrayLike<number> | undefined)[]>();
  const programs = new Map<string, Known>();
  let serving = false;

  /** Serves what all lanes wait for, one call after the other. */
  const serve = async (): Promise<void> => {
    if (serving) return;
    serving = true;
    while (present.size > 0 && [...present].every((lane) => (waiting[lane] as Call[]).length > 0)) {
      const calls = waiting.map((queue, lane) => (present.has(lane) ? queue.shift() : undefined));
      const here = calls.filter((call) => call !== undefined);
      try {
        const [first] = here as [Call];
        const other = here.find(({ kind }) => kind !== first.kind);
        if (other) throw new StateError(`lanes are out of step: ${first.kind} meets ${other.kind}.`);
        await flush();
        const answers = await first.serve(calls.map((call) => call?.brought));
        calls.forEach((call, lane) => call?.resolve(answers[lane]));
      } catch (error) {
        for (const call of here) call.reject(error);
      }
    }
    serving = false;
  };

  /** Brings what lanes have written to the device, where each state is written as a whole. */
  const flush = async (): Promise<void> => {
    for (const [state, parts] of written) {
      const { length } = parts.find((part) => part !== undefined) ?? [];
      const all = new Float64Array(length * count);
      if ([...present].some((lane) => parts[lane] === undefined)) all.set(await device.read(state));
      parts.forEach((part, lane) => part && all.set(part, lane * length));
      device.write(state, all);
    }
    written.clear();
  };

  const load: Device['load'] = async (next) => {
    const all = Object.entries(next).map(([name, graph]) => [name, replicate(graph, count)] as const);
    await device.load(Object.fromEntries(all));
    programs.clear();
    for (const [name, graph] of Object.entries(next)) programs.set(name, knownOf(graph));
  };

  /** A run of every lane as one; a lane that makes fewer is given zeros, where that changes nothing. */
  const runAll = async (
    program: string,
    all: readonly (readonly Feeds[] | undefined)[],
  ): Promise<Outputs[][]> => {
    const known = programs.get(program);
    if (known === undefined) throw new UnknownNameError(`no program ${program} was loaded for all lanes.`);
    const lengths = all.map((feeds) => feeds?.length ?? 0);
    const most = Math.max(...lengths);
    if (known.changes && all.some((feeds) => feeds && feeds.length !== most))
      throw new GraphError(`lanes run ${program} a different number of times, and it changes states.`);
    const runs = Array.from({ length: most }, (_, i) =>
      Object.fromEntries(
        known.feeds.map(({ name, size }) => {
          const values = new Float64Array(size * count);
          all.forEach((feeds, lane) => {
            if (feeds?.[i] === undefined) return;
            const own = feeds[i][name] ?? defaults[lane]?.[name];
            if (own === undefined) throw new UnknownNameError(`lane ${lane} gave no feed ${name}.`);
            values.set(own, lane * size);
          });
          return [name, values];
        }),
      ),
    );
    const outputs = await device.run(program, runs);
    return lengths.map((length, lane) =>
      outputs.slice(0, length).map((output) => partOf(known, output, lane)),
    );
  };

  const readAll = async (state: string): Promise<Values[]> => {
    const all = await device.read(state);
    const size = all.length / count;
    return waiting.map((_, lane) => all.slice(lane * size, (lane + 1) * size));
  };

  const ask = <A>(lane: number, kind: string, brought: unknown, how: Call['serve']): Promise<A> =>
    new Promise((resolve, reject) => {
      if (!present.has(lane)) return reject(new StateError('this lane was left.'));
      const answer = resolve as (answer: unknown) => void;
      (waiting[lane] as Call[]).push({ kind, brought, serve: how, resolve: answer, reject });
      void serve();
    });

  const leave = (lane: number): void => {
    present.delete(lane);
    for (const [state, parts] of written) {
      const left = parts.with(lane, undefined);
      if (left.some((part) => part !== undefined)) written.set(state, left);
      else written.delete(state);
    }
    for (const call of waiting[lane]?.splice(0) ?? []) call.reject(new StateError('this lane was left.'));
    void serve();
  };

  return defaults.map((_, lane): Lane => ({
    info: device.info,
    lost: device.lost,
    get arenaBytes() {
      return device.arenaBytes;
    },
    load: () => Promise.reject(new StateError('lanes load their programs together; use meet.')),
    meet: (mine, together) =>
      ask(lane, 'meet', mine, async (brought) => {
        const here = brought.filter((_one, other) => present.has(other)) as (typeof mine)[];
        return new Array<unknown>(count).fill(await together(here, load));
      }),
    run: (program, feeds) =>
      ask(lane, `run ${program}`, feeds, (all) => runAll(program, all as (readonly Feeds[] | undefined)[])),
    read: (state) => ask(lane, `read ${state}`, null, () => readAll(state)),
    write: (state, values) => {
      if (!present.has(lane)) return;
      const parts = written.get(state) ?? new Array<undefined>(count).fill(undefined);
      written.set(state, parts.with(lane, values));
    },
    leave: () => leave(lane),
    dispose: () => leave(lane),
    ...(device.lose && { lose: () => device.lose?.() }),
  }));
}

function knownOf(graph: Graph): Known {
  const feeds = liveTensors(graph).flatMap(({ source, shape }) =>
    source.kind === 'feed' ? [{ name: source.name, size: sizeOf(shape) }] : [],
  );
  const outputs = new Map([...graph.outputs].map(([name, { shape }]) => [name, sizeOf(shape)]));
  return { feeds, outputs, changes: graph.tensors.some(writesState) };
}

/** A lane's part of an output; one that no feed and no state goes into is the same for all. */
function partOf({ outputs }: Known, output: Outputs, lane: number): Outputs {
  const parts = Object.entries(output).map(([name, values]) => {
    const size = outputs.get(name) as number;
    return [name, values.length === size ? values : values.slice(lane * size, (lane + 1) * size)] as const;
  });
  return Object.fromEntries(parts);
}
