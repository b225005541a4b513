/** What a link or a shared file carries, once it has been checked. Nothing in it runs by itself. */
import type { Arm } from '../runs/race/race.ts';
import type { Receipt } from '../runs/receipt.ts';
import type { Story } from '../runs/story.ts';
import type { DataSource } from './data.ts';
import type { Seen } from './seen.ts';
import type { View } from './view.ts';

interface Shown {
  view: View;
  title?: string;
  /** What whoever shares it says of it: plain text. */
  note?: string;
}

export interface LabState extends Shown {
  kind: 'lab';
  story: Story;
  /** Of the run that the story tells; null where it has not been run. */
  receipt: Receipt | null;
  /** Id of the prompt looked at. */
  prompt?: string;
  /** How a world of somebody's own data was made; absent for one that is built in. */
  data?: DataSource;
  /** What was seen of the run that the receipt is of. */
  seen?: Seen;
}

export interface RaceState extends Shown {
  kind: 'race';
  /** Their recipes differ in objective and optimiser only; the recipe's seed is the first of the race. */
  arms: readonly Arm[];
  /** How many seeds. */
  seeds: number;
}

export type SharedState = LabState | RaceState;
