/** A paper as the page tells it: with what may be done with its losses here. */
import type { Paper } from '../../papers/paper.ts';

export interface LossView {
  name: string;
  title: string;
  /** The Lab with this loss and 200 labels of the oracle; null where labelled pairs can't train it. */
  link: `#${string}` | null;
  /** A reward model can be trained with it on the page for that. */
  rewards: boolean;
  /** What it needs that neither page has, in words; empty where one of them trains it. */
  needs: string;
}

export interface PaperView extends Omit<Paper, 'losses'> {
  losses: LossView[];
}
