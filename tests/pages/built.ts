// What was built: every prerendered page, as its address below the site's own.
import { readdirSync } from 'node:fs';

/** `''` for the home page, `race/`, `learn/teach/`, ...; sorted. */
export const builtPages: readonly string[] = readdirSync('build', { recursive: true, encoding: 'utf8' })
  .filter((path) => /(^|[\\/])index\.html$/.test(path))
  .map((path) => path.replaceAll('\\', '/').replace(/index\.html$/, ''))
  .sort();
