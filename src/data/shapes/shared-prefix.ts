/** The prompt of two texts that begin alike. */
import type { NewPair } from './shape.ts';

/** Where an answer begins, in the way HH-RLHF writes conversations and in common others. */
const TURN =
  /(?:^|\n\n)(?:Assistant|ASSISTANT|Bot|AI): ?|<\|im_start\|>assistant\n|\[\/INST\] ?|<\|assistant\|>\n?/g;

export function cutShared(chosen: string, rejected: string): Omit<NewPair, 'margin'> {
  const most = Math.min(chosen.length, rejected.length);
  let shared = 0;
  while (shared < most && chosen.charCodeAt(shared) === rejected.charCodeAt(shared)) shared++;
  const at = lastTurn(chosen.slice(0, shared)) ?? wordStart(chosen, rejected, shared);
  return { prompt: chosen.slice(0, at), chosen: chosen.slice(at), rejected: rejected.slice(at) };
}

function lastTurn(text: string): number | null {
  let end: number | null = null;
  for (const match of text.matchAll(TURN)) end = match.index + match[0].length;
  return end;
}

/** Back to the beginning of a word, so that none is cut and neither response is empty. */
function wordStart(chosen: string, rejected: string, shared: number): number {
  const last = Math.min(chosen.trimEnd().length, rejected.trimEnd().length) - 1;
  let at = Math.max(Math.min(shared, last), 0);
  while (at > 0 && !/\s/.test(chosen[at - 1] as string)) at--;
  return at;
}
