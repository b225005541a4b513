/** What the page and the worker that trains reward models say to each other. Types only; the rules are those of protocol.ts. */
import type { ErrorData } from '../base/errors.ts';
import type { RewardRow } from '../metrics/reward.ts';
import type { UnusedLabels } from '../runs/pairs.ts';
import type { RewardModelData } from '../runs/reward/file.ts';
import type { RewardAudit, RewardEvaluation, RewardRanking } from '../runs/reward/views.ts';
import type { Phase, Reply } from './protocol.ts';

export interface RewardOpenRequest {
  runId: string;
  /** Absolute address of the site's root; ends with a slash. */
  site: string;
  /** Checked by the worker as a recipe that trains a reward model. */
  recipe: unknown;
  /** The visitor's labels that it is to be tried on and not to learn from; checked as the recipe's are. */
  kept: readonly unknown[];
  /** The prompt whose ranking is followed; '' takes the first held-out one. */
  prompt: string;
}

export interface RewardOpened {
  pairs: number;
  unused: UnusedLabels;
  /** Why no update can be made, as a sentence with a cure; null where one can. */
  obstacle: string | null;
  evaluation: RewardEvaluation;
}

/** `measuring`: what is drawn after training, from many samples of the policy. */
export type RewardPhase = Phase | 'measuring';

export type RewardEvent = { runId: string } & (
  | { kind: 'progress'; phase: RewardPhase; step: number; rows: RewardRow[]; stepsPerSecond: number | null }
  | { kind: 'evaluation'; evaluation: RewardEvaluation }
  | { kind: 'audit'; audit: RewardAudit }
  | { kind: 'failed'; error: ErrorData }
);

export interface RewardApi {
  /** `build`: the page's; one of another build is refused. */
  subscribe(listener: (event: RewardEvent) => void, build: string): void;
  open(request: RewardOpenRequest): Promise<Reply<RewardOpened>>;
  /** To the recipe's last step, or to the next pause. */
  train(runId: string): Promise<Reply<null>>;
  /** One update, measured. */
  step(runId: string): Promise<Reply<null>>;
  pause(runId: string): Promise<Reply<null>>;
  follow(runId: string, prompt: string): Promise<Reply<RewardRanking>>;
  exported(runId: string): Promise<Reply<RewardModelData>>;
}
