/** What the service worker knows of its build. `scripts/site.mjs` writes it in front of the built script. */

export interface SiteFile {
  /** From the site's root; a page is its folder: `` or `race/`. */
  path: string;
  /** SHA-256 of the bytes, base64. */
  sha256: string;
}

export interface Site {
  build: string;
  files: SiteFile[];
  /** Not part of the offline copy until a page has asked for them. */
  whenUsed: SiteFile[];
}

/** What a page says to the service worker. */
export type Word =
  /** Become the active one now; only the page that was asked by its visitor says so. */
  | { kind: 'take over' }
  /** Throw away the files of builds that no page is of. */
  | { kind: 'tidy' }
  /** Answered on the port that comes along, with the name of the build. */
  | { kind: 'which build' };
