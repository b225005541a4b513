/**
 * A context-free grammar as data, in a notation one can read aloud. The generator, the parser and the likelihood all
 * work from the same productions, so a sentence that one makes the other accepts.
 *
 *     'the <thing> was <good>'              words, and rules in angle brackets
 *     '3: the <thing> was <good>'           drawn three times as often as a production without a number; 0: never drawn
 *     '[formal @hotel] <view> is <good>'    tags, for whoever draws (they change how often, never what is grammatical)
 *     'not <~good>'                         the part after ~ is drawn with the opposite feeling
 */
import { StateError } from '../../base/errors.ts';

export type Part = { kind: 'word'; word: string } | { kind: 'rule'; rule: string; flipped: boolean };

export interface Production {
  weight: number;
  tags: readonly string[];
  parts: readonly Part[];
}

/** Rules by name, each after all rules that it mentions: no recursion, so every text is finite. */
export type Grammar = ReadonlyMap<string, readonly Production[]>;

/** Rules by name, in the notation above. */
export type GrammarSource = Readonly<Record<string, readonly string[]>>;

const LINE = /^(?:\[(?<tags>[^\]]*)\] )?(?:(?<weight>\d+(?:\.\d+)?): )?(?<parts>.+)$/;
const RULE = /^<(?<flip>~?)(?<rule>[^<>~]+)>$/;

export function words(production: Production): string[] {
  return production.parts.flatMap((part) => (part.kind === 'word' ? [part.word] : []));
}

function readPart(text: string): Part {
  const groups = RULE.exec(text)?.groups;
  if (groups) return { kind: 'rule', rule: groups['rule'] as string, flipped: groups['flip'] === '~' };
  return { kind: 'word', word: text };
}

function readProduction(line: string): Production {
  const groups = LINE.exec(line)?.groups;
  if (!groups) throw new StateError(`'${line}' is not a production. Write it as '[tags] weight: parts'.`);
  return {
    weight: groups['weight'] === undefined ? 1 : Number(groups['weight']),
    tags: groups['tags'] === undefined ? [] : groups['tags'].split(' '),
    parts: (groups['parts'] as string).split(' ').map(readPart),
  };
}

/** Reads a grammar from its start rule. Throws on a rule that is missing, recursive, or never used. */
export function readGrammar(source: GrammarSource, start: string): Grammar {
  const done = new Map<string, readonly Production[]>();
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (open.has(name))
      throw new StateError(`The rule <${name}> contains itself. Unroll it a fixed number of times.`);
    const lines = source[name];
    if (!lines)
      throw new StateError(`No rule <${name}>. Write it, or correct the name where it is mentioned.`);
    open.add(name);
    const productions = lines.map(readProduction);
    for (const production of productions) {
      for (const part of production.parts) if (part.kind === 'rule') visit(part.rule);
    }
    open.delete(name);
    done.set(name, productions);
  };
  visit(start);
  const unused = Object.keys(source).filter((name) => !done.has(name));
  if (unused.length > 0)
    throw new StateError(`Nothing leads from <${start}> to <${unused.join('>, <')}>. Remove them.`);
  return done;
}

/** Every word of the grammar, once. */
export function terminals(grammar: Grammar): Set<string> {
  return new Set([...grammar.values()].flatMap((productions) => productions.flatMap(words)));
}
