/**
 * A chart large, in a dialog that stands in its figure. The chart itself moves there, with all that is drawn in it, so there is never
 * a second one; its place is kept.
 */
const CHART = ':scope > :is(figcaption, .plot)';

export function enlarge(dialog: HTMLDialogElement): void {
  const figure = dialog.parentElement as HTMLElement;
  figure.style.minHeight = `${figure.offsetHeight}px`;
  dialog.prepend(...figure.querySelectorAll(CHART));
  dialog.showModal();
}

export function putBack(dialog: HTMLDialogElement): void {
  const figure = dialog.parentElement as HTMLElement;
  figure.prepend(...dialog.querySelectorAll(CHART));
  figure.style.minHeight = '';
}
