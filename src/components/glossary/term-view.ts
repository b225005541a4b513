/** A word as the page tells it: its formulas as trees of MathML. */
import type { Term } from '../../glossary/index.ts';
import type { MathNode } from '../../glossary/mathml.ts';

export interface TermView extends Omit<Term, 'tex' | 'loss' | 'see'> {
  math: MathNode[];
  /** The formula is long enough to scroll on a phone. */
  wide: boolean;
  see: { id: string; term: string }[];
}
