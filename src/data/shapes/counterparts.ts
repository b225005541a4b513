/** Good and bad responses, each waiting until one of the other kind comes for the same prompt. */
import type { PairSink } from './shape.ts';

interface Waiting {
  text: string;
  line: number;
}

interface Prompt {
  good: Waiting[];
  bad: Waiting[];
}

export class Counterparts {
  readonly #prompts = new Map<string, Prompt>();

  /** First come, first served: the earliest of the other kind that waits. A response is used once. */
  add(prompt: string, text: string, good: boolean, line: number, sink: PairSink): Waiting | null {
    let waiting = this.#prompts.get(prompt);
    if (waiting === undefined) {
      waiting = { good: [], bad: [] };
      this.#prompts.set(prompt, waiting);
    }
    const other = (good ? waiting.bad : waiting.good).shift();
    if (other === undefined) {
      (good ? waiting.good : waiting.bad).push({ text, line });
      sink.hold(text.length + prompt.length);
      return null;
    }
    const [chosen, rejected] = good ? [text, other.text] : [other.text, text];
    sink.pair({ prompt, chosen, rejected, margin: null }, Math.min(line, other.line));
    return other;
  }

  /** Those that are left, by line. */
  left(): { line: number; good: boolean }[] {
    const all: { line: number; good: boolean }[] = [];
    for (const { good, bad } of this.#prompts.values()) {
      for (const { line } of good) all.push({ line, good: true });
      for (const { line } of bad) all.push({ line, good: false });
    }
    return all.sort((a, b) => a.line - b.line);
  }
}

const GOOD: ReadonlySet<string> = new Set([
  'true',
  '1',
  '+',
  'good',
  'yes',
  'desirable',
  'positive',
  'up',
  'thumbs_up',
  '+1',
]);
const BAD: ReadonlySet<string> = new Set([
  'false',
  '0',
  '-',
  'bad',
  'no',
  'undesirable',
  'negative',
  'down',
  'thumbs_down',
  '-1',
]);

/** Whether a label says good; null where it says neither. */
export function isGood(label: unknown): boolean | null {
  if (typeof label === 'boolean') return label;
  if (typeof label !== 'string' && typeof label !== 'number' && typeof label !== 'bigint') return null;
  const word = String(label).trim().toLowerCase();
  return GOOD.has(word) ? true : BAD.has(word) ? false : null;
}
