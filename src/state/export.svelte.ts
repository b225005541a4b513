/** What can be taken away of the Lab, made when it is asked for. Loads lazily. One writer: this class. */
import { giveFile } from '../base/give-file.ts';
import { jsonLines } from '../exports/jsonl.ts';
import type { LabelShape, LabelText } from '../exports/labels.ts';
import { labelRows, lostInWords } from '../exports/labels.ts';
import { metricsCsv } from '../exports/metrics.ts';
import type { GivenModel } from '../exports/read-model.ts';
import { readModel } from '../exports/read-model.ts';
import { describeIssue } from '../base/errors.ts';
import { checkRecipe } from '../recipes/check.ts';
import { worldsOf } from '../worlds/index.ts';
import { labelledPairs } from '../runs/pairs.ts';
import type { TakenKind } from '../session/take-away.ts';
import { plainEvent } from '../storage/events.ts';
import type { Lab } from './lab/lab.svelte.ts';

export type ExportKind = 'labels' | 'events' | 'metrics' | TakenKind;

/** What was made last of a kind. */
export interface Made {
  name: string;
  bytes: number;
  /** Sentences about it. */
  told: readonly string[];
}

type Content = { name: string; content: string | Uint8Array<ArrayBuffer>; type: string; told: string[] };

/** Far above any model that fits; more is not read at all. */
const MOST_BYTES = 300_000_000;

export class Export {
  shape = $state<LabelShape>('explicit');
  text = $state<LabelText>('readable');
  made = $state.raw<Partial<Record<ExportKind, Made>>>({});
  busy = $state<ExportKind | 'import' | null>(null);
  mistake = $state('');
  given = $state.raw<GivenModel | null>(null);

  constructor(private readonly lab: Lab) {}

  async save(kind: ExportKind): Promise<void> {
    if (this.busy) return;
    this.busy = kind;
    this.mistake = '';
    try {
      const made = await this.#make(kind);
      if (!made) return;
      const blob = new Blob([made.content], { type: made.type });
      giveFile(blob, made.name);
      this.made = { ...this.made, [kind]: { name: made.name, bytes: blob.size, told: made.told } };
    } catch (error) {
      this.mistake = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = null;
    }
  }

  async #make(kind: ExportKind): Promise<Content | null> {
    const { lab } = this;
    if (kind === 'labels') return this.#labels();
    if (kind === 'events') {
      const rows = lab.labelling.events.map(plainEvent);
      return {
        name: 'label-events.jsonl',
        content: jsonLines(rows),
        type: JSONL,
        told: [`${rows.length} events`],
      };
    }
    if (kind === 'metrics') {
      const { rows, evaluations } = lab.curves.table;
      const told = [`${rows.length} steps, ${evaluations.length} evaluations`];
      return { name: 'metrics.csv', content: metricsCsv(rows, evaluations), type: 'text/csv', told };
    }
    const content = await lab.run.takeAway(kind);
    if (content) return { ...FILES[kind], content, told: [] };
    this.mistake = lab.run.notice || (lab.run.failure?.message ?? 'No run is open.');
    return null;
  }

  async #labels(): Promise<Content | null> {
    const world = await this.lab.loadWorld();
    const checked = checkRecipe(this.lab.recipe(), worldsOf(world));
    if (!checked.ok) {
      this.mistake = checked.issues.map(describeIssue).join(' ');
      return null;
    }
    const { labels, seed } = checked.value.recipe;
    const { rows, lost } = labelRows(labelledPairs(labels, world, seed), world, this.shape, this.text);
    const told = [`${rows.length} rows`, ...lostInWords(lost)];
    return { name: `labels-${this.shape}.jsonl`, content: jsonLines(rows), type: JSONL, told };
  }

  /** Reads a model that the visitor chose: a zip, or the files of its folder. */
  async read(files: readonly File[]): Promise<void> {
    if (this.busy) return;
    this.busy = 'import';
    this.mistake = '';
    this.given = null;
    try {
      const world = await this.lab.loadWorld();
      const total = files.reduce((sum, { size }) => sum + size, 0);
      if (total > MOST_BYTES) {
        this.mistake = `${total} bytes are more than any model that fits here; choose another file.`;
        return;
      }
      const entries = await Promise.all(
        files.map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const),
      );
      const read = readModel(Object.fromEntries(entries), world);
      if (!read.ok) return void (this.mistake = read.why);
      this.lab.brought.set(read.model.digest, read.model);
      this.given = read.model;
    } catch (error) {
      this.mistake = error instanceof Error ? error.message : String(error);
    } finally {
      this.busy = null;
    }
  }
}

const JSONL = 'application/jsonl';
const FILES: Readonly<Record<TakenKind, { name: string; type: string }>> = {
  model: { name: 'swayground-model.zip', type: 'application/zip' },
  onnx: { name: 'swayground-model.onnx', type: 'application/octet-stream' },
  cluster: { name: 'swayground-cluster.zip', type: 'application/zip' },
};
