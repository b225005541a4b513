/** What of a visitor's own data would be lost by beginning something anew, as parts of a sentence. */
import type { TeachPhase } from '../../session/teach-protocol.ts';

export interface Held {
  /** The file's name. */
  file: string;
  phase: TeachPhase | 'none';
  /** Updates of the model that is taught, and how many there are to be. */
  step: number;
  steps: number;
  /** Updates behind the model that is on disk; null where none is. */
  kept: number | null;
  /** Something was labelled or trained in the Lab on it. */
  worked: boolean;
}

export function lossesOf({ file, phase, step, steps, kept, worked }: Held): string[] {
  const learning = (phase === 'running' || phase === 'paused') && step > 0;
  const model = kept === null ? 'its model is lost' : `its model stays as it was after step ${kept}`;
  return [
    ...(learning ? [`the teaching on ${file} ends at step ${step} of ${steps} (${model})`] : []),
    ...(!learning && step > 0 && kept !== step ? [`the model that was taught on ${file} is lost`] : []),
    ...(worked ? ['what was labelled and trained in its Lab is lost'] : []),
  ];
}
