/** What could be a link of any version, told apart from an anchor without loading what reads them. */
export const isLinkHash = (hash: string): boolean => /^#\d+\./.test(hash);
