// Runs at build time only: formulas become MathML, so that the page is read without a script.
import type { TermView } from '../../components/glossary/term-view.ts';
import { printTex } from '../../formulas/tex.ts';
import { terms, type Term } from '../../glossary/index.ts';
import { mathLength, mathOf } from '../../glossary/mathml.ts';
import { checkedObjective } from '../../objectives/check.ts';
import { objectives, type Objective } from '../../objectives/index.ts';

/** Characters of a formula beyond which it may not fit a phone. */
const PHONE = 26;

export function load(): { terms: TermView[] } {
  const titles = new Map(terms.map(({ id, term }) => [id, term]));
  return {
    terms: terms.map(({ tex, loss, see = [], ...term }) => {
      const math = texOf(tex, loss).map(mathOf);
      return {
        ...term,
        math,
        wide: math.some((line) => mathLength(line) > PHONE),
        see: see.map((id) => ({ id, term: titles.get(id) as string })),
      };
    }),
  };
}

function texOf(tex: Term['tex'], loss: Term['loss']): string[] {
  if (loss === undefined) return tex === undefined ? [] : [tex];
  return printTex(checkedObjective(objectives.get(loss) as Objective)).map((line) => line.tex);
}
