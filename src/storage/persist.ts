/** What the browser promises about this site's storage. */

/** `navigator.storage`, as far as it is there. */
export type StorageManagerLike = Partial<Pick<StorageManager, 'persist' | 'persisted' | 'estimate'>>;

/** `refused`: the browser may clear the data when space is short, or after weeks without a visit. */
export type Persistence = 'granted' | 'refused' | 'unsupported';

/** To be called after the first real work; asks only if it was not granted before. */
export async function askToPersist(manager: StorageManagerLike | undefined): Promise<Persistence> {
  if (!manager?.persist) return 'unsupported';
  try {
    if ((await manager.persisted?.()) === true) return 'granted';
    return (await manager.persist()) ? 'granted' : 'refused';
  } catch {
    return 'refused';
  }
}

/** Bytes. Both are the browser's estimates. */
export interface Space {
  used: number;
  quota: number;
}

/** Null where the browser does not say. */
export async function spaceUsed(manager: StorageManagerLike | undefined): Promise<Space | null> {
  try {
    const { usage, quota } = (await manager?.estimate?.()) ?? {};
    return usage === undefined || quota === undefined ? null : { used: usage, quota };
  } catch {
    return null;
  }
}
