/** What a page shows under the view of a link: asked by the controls inside it, whichever page that is. */
import { createContext } from 'svelte';
import type { ControlPath, PanelId } from '../../links/view.ts';

export interface Viewed {
  hides(panel: PanelId): boolean;
  locks(path: ControlPath): boolean;
}

export const [useViewed, provideViewed] = createContext<Viewed>();
