/** The page's side of the worker that trains reward models. */
import type { RewardApi, RewardEvent } from './reward-protocol.ts';
import { RunHandle, type RunListener } from './run-handle.ts';
import { TRAINER_SECONDS, TRAINER_WORDS } from './trainer-handle.ts';

export class RewardHandle extends RunHandle<RewardApi, RewardEvent> {
  constructor(listener: RunListener<RewardEvent>) {
    super({ name: 'reward', words: TRAINER_WORDS, seconds: TRAINER_SECONDS }, listener);
  }
}
