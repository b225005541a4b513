/** All papers of the gallery, by family, in the order of their ids. */
import type { Entry, Paper, PaperFamily } from './paper.ts';
import { PAPER_FAMILIES } from './paper.ts';
import { papers as generativeMedia } from './families/generative-media.ts';
import { papers as objectives } from './families/objectives.ts';
import { papers as pluralism } from './families/pluralism.ts';
import { papers as reasoning } from './families/reasoning.ts';
import { papers as rewardModels } from './families/reward-models.ts';
import { papers as selfImprovement } from './families/self-improvement.ts';
import { papers as syntheticDataAudit } from './families/synthetic-data-audit.ts';

const ROOMS: Record<PaperFamily, readonly Entry[]> = {
  objectives,
  'reward-models': rewardModels,
  pluralism,
  reasoning,
  'self-improvement': selfImprovement,
  'generative-media': generativeMedia,
  'synthetic-data-audit': syntheticDataAudit,
};

export const papers: readonly Paper[] = (Object.keys(PAPER_FAMILIES) as PaperFamily[]).flatMap((family) =>
  ROOMS[family].map((entry) => ({ ...entry, family })),
);
