import type { Attachment } from 'svelte/attachments';

/** Tells whether any of an element is in the window: what is out of view need not be drawn. */
export function seenIn(tell: (seen: boolean) => void): Attachment {
  return (element) => {
    const observer = new IntersectionObserver((entries) => tell(entries.at(-1)?.isIntersecting ?? true));
    observer.observe(element);
    return () => observer.disconnect();
  };
}
