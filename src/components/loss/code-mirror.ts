/**
 * The formula editor, made of CodeMirror. It lives in a shadow root: there CodeMirror's styles are constructed style
 * sheets, which the content security policy allows; in the document they would be style elements, which it refuses.
 */
import { autocompletion, completionKeymap, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { Tag } from '@lezer/highlight';
import type { Issue } from '../../base/errors.ts';
import type { Completion } from '../../formulas/complete.ts';
import { lineTokens, type LineToken } from '../../formulas/line-tokens.ts';
import { codeTheme } from './code-theme.ts';

export interface FormulaEditor {
  setText(text: string): void;
  /** Underlines each mistake, with its text. */
  setIssues(issues: readonly Issue[]): void;
  focus(): void;
  destroy(): void;
}

interface Wishes {
  text: string;
  label: string;
  /** It can be read and selected, not changed. */
  fixed: boolean;
  onchange: (text: string) => void;
  /** Names that may be typed now. */
  complete: () => Completion[];
}

const TAGS = Object.fromEntries(
  (['number', 'chosen', 'rejected', 'loss', 'name', 'function', 'symbol', 'comment', 'wrong'] as const).map(
    (kind) => [kind, Tag.define()],
  ),
) as Record<LineToken['kind'], Tag>;

const language = StreamLanguage.define<{ tokens: LineToken[] }>({
  startState: () => ({ tokens: [] }),
  copyState: ({ tokens }) => ({ tokens }),
  token: (stream, state) => {
    if (stream.sol()) state.tokens = lineTokens(stream.string);
    const token = state.tokens.find(({ to }) => to > stream.pos);
    if (token === undefined) {
      stream.skipToEnd();
      return null;
    }
    if (token.from > stream.pos) {
      stream.pos = token.from;
      return null;
    }
    stream.pos = token.to;
    return token.kind;
  },
  tokenTable: TAGS,
  languageData: { commentTokens: { line: '#' } },
});

const colours = HighlightStyle.define([
  { tag: TAGS.chosen, color: 'var(--chosen)' },
  { tag: TAGS.rejected, color: 'var(--rejected)' },
  { tag: TAGS.loss, fontWeight: '700' },
  { tag: TAGS.function, fontStyle: 'italic' },
  { tag: TAGS.symbol, color: 'var(--ink-soft)' },
  { tag: TAGS.comment, color: 'var(--ink-soft)', fontStyle: 'italic' },
  { tag: TAGS.wrong, color: 'var(--problem)', fontWeight: '700' },
]);

export function openEditor(
  parent: ShadowRoot,
  { text, label, fixed, onchange, complete }: Wishes,
): FormulaEditor {
  let silent = false;
  const source = (context: CompletionContext) => {
    const word = context.matchBefore(/[A-Za-z_][A-Za-z0-9_]*(\[[a-z]?\]?)?/);
    if (word === null && !context.explicit) return null;
    const options = complete().map(({ label: name, kind, detail, info }) => ({
      label: name,
      detail,
      info,
      type: kind,
      boost: kind === 'parameter' ? 20 : info.includes('needs') ? -20 : 0,
    }));
    return { from: word?.from ?? context.pos, options, validFor: /^[A-Za-z0-9_[\]]*$/ };
  };
  const view = new EditorView({
    root: parent,
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        history(),
        lineNumbers(),
        language,
        syntaxHighlighting(colours),
        autocompletion({ override: [source], icons: false }),
        // Tab is not bound: it leaves the editor.
        keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.lineWrapping,
        EditorState.readOnly.of(fixed),
        EditorView.contentAttributes.of({
          'aria-label': label,
          autocapitalize: 'off',
          autocorrect: 'off',
          spellcheck: 'false',
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !silent) onchange(update.state.doc.toString());
        }),
        codeTheme,
      ],
    }),
  });
  return {
    setText: (next) => {
      if (next === view.state.doc.toString()) return;
      silent = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      silent = false;
    },
    setIssues: (issues) => {
      const found = issues.map((issue) => diagnostic(issue, view.state.doc));
      view.dispatch(setDiagnostics(view.state, found));
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function diagnostic({ at, expected, received, cure }: Issue, doc: Text): Diagnostic {
  const message = `Expected ${expected}, received ${received}. ${cure}`;
  const [, line, column] = /line (\d+), column (\d+)/.exec(at) ?? [];
  const row = doc.line(Math.min(doc.lines, Math.max(1, Number(line ?? 1))));
  const start = Number(line) > doc.lines ? row.length : Math.min(row.length, Number(column ?? 1) - 1);
  const token = lineTokens(row.text).find(({ from, to }) => from <= start && start < to);
  // at the end of a line, where nothing stands, its last character
  const from = row.from + (token?.from ?? Math.max(0, Math.min(start, row.length - 1)));
  const to = Math.min(doc.length, token === undefined ? from + 1 : row.from + token.to);
  return { from: Math.min(from, to), to, severity: 'error', message };
}
