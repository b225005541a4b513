/** A paper as the page tells it: with what may be done with its losses here. */
import type { Paper } from '../../exhibits/paper.ts';

export interface ToldLoss {
  name: string;
  title: string;
  /** The Lab with this loss and 200 labels of the oracle; null where labelled pairs can't train it. */
  link: `#${string}` | null;
  /** What it needs beyond labelled pairs, in words; empty where there is a link. */
  needs: string;
}

export interface ToldPaper extends Omit<Paper, 'losses'> {
  losses: ToldLoss[];
}
