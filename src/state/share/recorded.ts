/** What a Lab recorded of its run, for its link to show and for holding another's link against it. Loads lazily. */
import { seenOf, type Recorded, type Seen } from '../../links/seen.ts';
import type { Samples } from '../../runs/views.ts';
import type { ToldRun } from '../../session/protocol.ts';
import type { Lab } from '../lab/lab.svelte.ts';

/** `prompt`: whose samples. Null before the first step. */
export async function recordedOf(
  lab: Lab,
  { story, receipt }: ToldRun,
  prompt: string | undefined,
): Promise<Recorded | null> {
  if (receipt === null) return null;
  const { steps } = receipt;
  const samples = prompt === undefined ? null : await samplesAt(lab, steps, prompt);
  lab.run.catchUp();
  return { story, steps, ...lab.curves.table, samples };
}

/** What is in view already, or drawn now; null while the run goes on, since it is at another step by then. */
async function samplesAt({ modelView, run }: Lab, steps: number, prompt: string): Promise<Samples | null> {
  const { samples } = modelView;
  if (samples.step === steps && samples.prompt === prompt) return samples;
  if (run.phase === 'running') return null;
  const reply = await run.call('follow', prompt);
  // the visitor's own prompt stays the one that is followed
  if (modelView.prompt !== prompt) await run.monitor.follow(modelView.prompt, modelView.promptText);
  return reply.ok ? reply.value.samples : null;
}

/** What a link to the run may show. */
export async function seenIn(lab: Lab, told: ToldRun, prompt: string): Promise<Seen | null> {
  const recorded = await recordedOf(lab, told, prompt);
  return recorded && seenOf(recorded);
}
