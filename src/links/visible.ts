/** Whether a view shows a panel and leaves a control open. Apart from view.ts, since every page asks before any link is read. */
import type { ControlPath, PanelId, View } from './view.ts';

export const OPEN_VIEW: View = { hide: [], lock: [] };

export const isHidden = ({ hide }: View, panel: PanelId): boolean => hide.includes(panel);
export const isLocked = ({ lock }: View, path: ControlPath): boolean => lock === 'all' || lock.includes(path);
