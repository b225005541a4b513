/** A shared file on its way to the page of one's own data: in memory, so it ends with the tab. */
let handed: File | null = null;

export function handRun(file: File): void {
  handed = file;
}

/** The file, once. */
export function takeHandedRun(): File | null {
  const file = handed;
  handed = null;
  return file;
}
