/** Which key means which answer, and when a key press is meant for something else. */
import type { Answer } from '../../state/label/shown-pair.ts';
import { isWithin } from '../within.ts';

export interface Key {
  /** As printed on the button. */
  printed: string;
  /** `KeyboardEvent.key` */
  key: string;
}

export const ANSWERS: readonly { answer: Answer; name: string; keys: readonly Key[] }[] = [
  {
    answer: 'left',
    name: 'Prefer A',
    keys: [
      { printed: '1', key: '1' },
      { printed: '←', key: 'ArrowLeft' },
    ],
  },
  {
    answer: 'right',
    name: 'Prefer B',
    keys: [
      { printed: '2', key: '2' },
      { printed: '→', key: 'ArrowRight' },
    ],
  },
  {
    answer: 'tie',
    name: 'Tie',
    keys: [
      { printed: '0', key: '0' },
      { printed: '↓', key: 'ArrowDown' },
    ],
  },
  { answer: 'both_bad', name: 'Both bad', keys: [{ printed: 'X', key: 'x' }] },
  { answer: 'skip', name: 'Skip', keys: [{ printed: 'Space', key: ' ' }] },
];

export const UNDO: Key = { printed: 'Backspace', key: 'Backspace' };

export type Meaning = Answer | 'undo';

/** Elements that have a use of their own for letters, digits and arrows. */
const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"], [role="slider"]';
/** Elements that Space and Enter press. */
const PRESSED = 'button, a[href], summary, [role="button"], [role="tab"]';
/** Regions that arrows scroll once they have the focus. */
const SCROLLED = '[role="region"][tabindex]';

/** What a key press on the page asks for, or null if it belongs to something else. */
export function meaningOf(event: KeyboardEvent): Meaning | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing)
    return null;
  if (isWithin(event, TYPING) || isWithin(event, 'dialog')) return null;
  if ((event.key === ' ' || event.key === 'Enter') && isWithin(event, PRESSED)) return null;
  if (event.key.startsWith('Arrow') && isWithin(event, SCROLLED)) return null;
  if (event.key === UNDO.key) return 'undo';
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return ANSWERS.find(({ keys }) => keys.some(({ key }) => key === pressed))?.answer ?? null;
}
