/** What keeping one's own data needs, in one lazy load: a page that nobody gives a file fetches it after it is painted. */
export { browserStorage } from '../../storage/database.ts';
export {
  bytesOfOwn,
  keepOwn,
  listOwn,
  MOST_OWN_BYTES,
  readOwn,
  removeOwn,
} from '../../storage/own-worlds.ts';
export { askToPersist } from '../../storage/persist.ts';
export { openStorage } from '../../storage/storage.ts';
