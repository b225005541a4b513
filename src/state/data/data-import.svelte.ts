/** A visitor's file on its way into the page: read in a worker, and what came of it. One writer: the import panel. */
import { createContext } from 'svelte';
import type { ErrorData } from '../../base/errors.ts';
import type { PreferenceText } from '../../data/dataset.ts';
import { checkMapping } from '../../data/mapping.ts';
import { PROBLEMS, type ProblemCode } from '../../data/problems.ts';
import { countOf, pairAt, type PackedDataset, type PackedPairs } from '../../data/read/packed.ts';
import type { ReadProgress, ReadResult } from '../../data/read/read.ts';
import type { Mapping, Role } from '../../data/shapes/shape.ts';
import { DataHandle } from '../../session/data-handle.ts';

export interface ReasonCount {
  code: ProblemCode;
  title: string;
  count: number;
}

/** What waits for an answer: reading another file, or the same by another mapping, or going on with what was kept. */
interface Asked {
  what: 'file' | 'mapping' | 'kept';
  name: string;
  /** Parts of a sentence. */
  losses: readonly string[];
  apply: () => void;
}

type Phase = 'empty' | 'reading' | 'read' | 'failed' | 'stopped';

export class DataImport {
  phase = $state<Phase>('empty');
  name = $state('');
  progress = $state.raw<ReadProgress | null>(null);
  result = $state.raw<ReadResult | null>(null);
  /** The reader itself failed; what is wrong with the file stands in `result`. */
  failure = $state.raw<ErrorData | null>(null);
  /** Columns by hand; what is not chosen is absent. */
  mapping = $state.raw<Mapping>({});

  readonly pairs = $derived<PackedPairs | null>(this.result?.pairs ?? null);
  readonly count = $derived(this.pairs === null ? 0 : countOf(this.pairs));
  /** All rows that gave no pair, or not all of theirs. */
  readonly rejectedCount = $derived(sumOf(this.result?.reasons));
  readonly reasons = $derived(countsOf(this.result?.reasons));
  /** Why the mapping is not enough, or null. */
  readonly mappingProblem = $derived.by(() => {
    const checked = checkMapping(this.mapping);
    return checked.ok ? null : (checked.issues[0] ?? null);
  });
  readonly #handle = new DataHandle();
  #file: Blob | null = null;
  #turn = 0;

  /** Null where there is no pair. */
  readonly dataset = $derived<PackedDataset | null>(
    this.pairs === null || this.count === 0 ? null : { name: this.name, pairs: this.pairs },
  );
  /** Waits for an answer: going on would lose what was made of the pairs there are. */
  asked = $state.raw<Asked | null>(null);
  /** What would be lost, as parts of a sentence; whoever makes something of the pairs says so here. */
  wouldLose: () => readonly string[] = () => [];

  /** Columns by hand, of what was read last; null where the shape was recognised. */
  byHand = $state.raw<Mapping | null>(null);
  /** Columns that the next file is read by, where a link names them. */
  wanted: () => Mapping | null = () => null;
  /** Whether somebody else opens this file: a shared run holds no preferences. */
  taken: (name: string, file: Blob) => boolean = () => false;

  pairAt(i: number): PreferenceText | null {
    return this.pairs === null || i >= this.count ? null : pairAt(this.pairs, i);
  }

  /** Reads a file in place of the one before; asks first where that would lose something. */
  read(name: string, file: Blob): void {
    if (this.taken(name, file)) return;
    this.#unlessLost('file', name, () => {
      this.name = name;
      this.#file = file;
      this.mapping = {};
      void this.#read(this.wanted());
    });
  }

  /** The same file again, by the mapping; asks first where that would lose something. */
  readMapped(): void {
    if (this.mappingProblem !== null) return;
    const mapping = this.mapping;
    this.#unlessLost('mapping', this.name, () => void this.#read(mapping));
  }

  /** Puts what was kept in place of the file; asks first where that would lose something. */
  leaveFor(name: string, open: () => void): void {
    this.#unlessLost('kept', name, () => {
      this.clear();
      open();
    });
  }

  /** What was asked about happens, and what was made is lost. */
  agree(): void {
    const { asked } = this;
    this.asked = null;
    asked?.apply();
  }

  /** All stays as it is. */
  decline(): void {
    this.asked = null;
  }

  map(role: Role, column: string): void {
    const { [role]: _, ...rest } = this.mapping;
    this.mapping = column === '' ? rest : { ...rest, [role]: column };
  }

  stop(): void {
    this.#handle.stop();
  }

  /** As before the first file. */
  clear(): void {
    this.stop();
    this.#turn++;
    this.asked = null;
    [this.result, this.failure, this.progress, this.#file] = [null, null, null, null];
    [this.phase, this.name, this.mapping] = ['empty', '', {}];
  }

  #unlessLost(what: Asked['what'], name: string, apply: () => void): void {
    this.asked = null;
    const losses = this.wouldLose();
    if (losses.length > 0) this.asked = { what, name, losses, apply };
    else apply();
  }

  async #read(mapping: Mapping | null): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const turn = ++this.#turn;
    this.byHand = mapping;
    [this.phase, this.result, this.failure, this.progress] = ['reading', null, null, null];
    // a plain copy: a proxy of the page does not cross to a worker
    const request = { name: this.name, file, mapping: mapping === null ? null : { ...mapping } };
    const reply = await this.#handle.read(request, (progress) => (this.progress = progress));
    if (this.#turn !== turn) return; // another file has taken its place
    if (reply.ok) {
      this.result = reply.value;
      this.phase = 'read';
      this.mapping = mapping ?? guessed(reply.value);
    } else if ('stopped' in reply) this.phase = 'stopped';
    else {
      this.failure = reply.error;
      this.phase = 'failed';
    }
  }
}

/** What a mapping by hand begins with: what was read as what. */
const guessed = ({ mapping }: ReadResult): Mapping => ({ ...mapping });

const sumOf = (reasons: ReadResult['reasons'] = {}): number =>
  Object.values(reasons).reduce((sum, count) => sum + count, 0);

const countsOf = (reasons: ReadResult['reasons'] = {}): ReasonCount[] =>
  (Object.entries(reasons) as [ProblemCode, number][])
    .map(([code, count]) => ({ code, count, title: PROBLEMS[code].title }))
    .sort((a, b) => b.count - a.count);

/** Rejected rows as a table for other programs. Cells that a spreadsheet would run as formulas begin with an apostrophe. */
export function rejectedTable({ rejected }: ReadResult): string {
  const cell = (value: string | number): string => {
    const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  const rows = rejected.map((one) => [one.line, one.code, one.at, one.expected, one.received, one.cure]);
  return [['line', 'code', 'at', 'expected', 'received', 'cure'], ...rows]
    .map((cells) => `${cells.map(cell).join(',')}\n`)
    .join('');
}

/** The page provides one; its parts use it. */
export const [useDataImport, provideDataImport] = createContext<DataImport>();
