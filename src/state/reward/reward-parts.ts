/** What the page of reward models reads and writes besides training, in one lazy load. */
export { agreement } from '../../labelers/agreement.ts';
export { wilson } from '../../metrics/calibration.ts';
export { rewardFile } from '../../runs/reward/file.ts';
export { checkRecipe } from '../../recipes/check.ts';
export { browserStorage } from '../../storage/database.ts';
export { foldEvents } from '../../storage/events.ts';
export { loadEvents } from '../../storage/log.ts';
export { currentProject, readProject } from '../../storage/projects.ts';
export { openStorage } from '../../storage/storage.ts';
export { builtInWorld, worldsOf } from '../../worlds/index.ts';
