// Vite: the SvelteKit site, with workers as ES modules.
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import svelteConfig from './svelte.config.js';

export default defineConfig({
  plugins: [sveltekit()],
  define: { __SWAYGROUND_BUILD__: JSON.stringify(svelteConfig.kit.version.name) },
  worker: { format: 'es' },
  // No asset inlined as a data: URL, which the content security policy would refuse.
  build: { assetsInlineLimit: 0, rolldownOptions: { checks: { pluginTimings: false } } },
});
