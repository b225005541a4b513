// SvelteKit: every page is prerendered to static files that run from any host, under any sub-path.
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { mdsvex } from 'mdsvex';
import math from 'remark-math';
import { drawnMath } from './scripts/drawn-math.mjs';
import { siteHash } from './scripts/hash.mjs';
import { finished } from './scripts/site.mjs';

export default {
  extensions: ['.svelte', '.svx'],
  // Texts of lessons are Markdown with formulas, which are drawn when the site is built.
  preprocess: [
    vitePreprocess(),
    mdsvex({ extensions: ['.svx'], smartypants: false, remarkPlugins: [math], rehypePlugins: [drawnMath] }),
  ],
  kit: {
    adapter: finished(adapter({ strict: true }), 'build'),
    files: { assets: 'public' },
    paths: { relative: true },
    // A hash instead of the default clock: the same sources give the same site, byte for byte.
    version: { name: siteHash(import.meta.dirname).slice(0, 16) },
    prerender: {
      // What stands behind the # of a link to the Lab (src/links) is a state, not a place on the page.
      handleMissingId: ({ id, message }) => {
        if (!/^\d+\./.test(id)) throw new Error(message);
      },
    },
    // Registered by src/state/offline.svelte.ts, when the page has nothing else to do.
    serviceWorker: { register: false },
    csp: {
      // The hashes are taken out again, with the scripts that they are of, by scripts/site.mjs.
      mode: 'hash',
      directives: {
        'default-src': ['none'],
        'script-src': ['self', 'wasm-unsafe-eval'],
        'worker-src': ['self'],
        'connect-src': ['self'],
        'font-src': ['self'],
        'img-src': ['self'],
        'manifest-src': ['self'],
        'style-src': ['self'],
        // Svelte's `style:` directives print style attributes into the prerendered pages.
        'style-src-attr': ['unsafe-inline'],
        'base-uri': ['none'],
        'form-action': ['none'],
        'require-trusted-types-for': ['script'],
        // Svelte's own, which it keeps to itself, and that of src/base/trusted.ts.
        'trusted-types': ['svelte-trusted-html', 'swayground-workers'],
      },
    },
  },
};
