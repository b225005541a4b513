/**
 * Whether an event came from inside an element that matches. It goes by the whole path: of an editor in a shadow root the
 * target shows only the host.
 */
export const isWithin = (event: Event, what: string): boolean =>
  event.composedPath().some((one) => one instanceof Element && one.matches(what));
