/** What keeping needs, in one lazy load: the page is painted before any of it. */
export { checkRecipe, defaultRecipe } from '../../recipes/check.ts';
export { capsuleOf, putCapsule } from '../../storage/capsule.ts';
export { browserStorage } from '../../storage/database.ts';
export { exportAll } from '../../storage/dump.ts';
export { knownOf } from '../../storage/events.ts';
export { inMemory } from '../../storage/health.ts';
export { appendEvents, compactEvents, eventsSince, loadEvents } from '../../storage/log.ts';
export { askToPersist } from '../../storage/persist.ts';
export {
  beginProject,
  createProject,
  currentProject,
  deleteProject,
  draftProject,
  listProjects,
  readProject,
  renameProject,
  saveSettings,
  setCurrentProject,
} from '../../storage/projects.ts';
export { importAll } from '../../storage/restore.ts';
export { listRuns } from '../../storage/runs.ts';
export { openStorage } from '../../storage/storage.ts';
export { browserTabs, joinTabs } from '../../storage/tabs.ts';
export { worldsOf } from '../../worlds/index.ts';
export { settingsOf } from '../lab/adopt.ts';
