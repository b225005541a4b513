// SvelteKit: every page is prerendered to static files that run from any host, under any sub-path.
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { hashOf } from './scripts/hash.mjs';

export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ strict: true }),
    files: { assets: 'public' },
    paths: { relative: true },
    // A hash instead of the default clock: the same sources give the same site, byte for byte.
    version: {
      name: hashOf(import.meta.dirname, ['src', 'workers', 'lessons', 'public', 'package-lock.json']),
    },
    csp: {
      mode: 'hash',
      directives: {
        'default-src': ['self'],
        'script-src': ['self', 'wasm-unsafe-eval'],
        'worker-src': ['self'],
        'connect-src': ['self'],
        'font-src': ['self'],
        'img-src': ['self', 'data:'],
        'style-src': ['self'],
        // Svelte's `style:` directives and KaTeX print style attributes into the prerendered pages.
        'style-src-attr': ['unsafe-inline'],
        'object-src': ['none'],
        'base-uri': ['self'],
        'form-action': ['none'],
      },
    },
  },
};
