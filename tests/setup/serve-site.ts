// Serves the built site to the page tests, inside Playwright's own process: where that ends, however it ends, the server does.
import type { FullConfig } from '@playwright/test';
import { serve } from '../../scripts/serve.mjs';

export default async function serveSite({ projects }: FullConfig): Promise<void> {
  const { port, pathname } = new URL(projects[0]?.use.baseURL ?? '');
  await serve({ port: Number(port), base: pathname });
}
