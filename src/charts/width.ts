import type { Attachment } from 'svelte/attachments';

/**
 * Tells an element's width in pixels, first before it is painted. It waits for the browser's own layout; `bind:clientWidth`
 * asks for one in the midst of drawing, which holds up a page on which much is drawn at once.
 */
export function widthOf(tell: (width: number) => void): Attachment {
  return (element) => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) tell(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  };
}
