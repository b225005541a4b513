/** Gives the visitor a file, as a link to it would that they follow. */
export function giveFile(content: Blob, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(content);
  anchor.download = name;
  anchor.click();
  // some browsers begin to read it later
  setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000);
}
