/** A static host that can be stopped and given another build, and a second build to give it. */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sirv from 'sirv';
import { listFiles } from '../../scripts/site.mjs';

export class Host {
  #server: Server | null = null;
  #port = 0;
  #serve = sirv('build', { dev: true });
  /** Paths asked for since the start, from the site's root, without query. */
  readonly asked: string[] = [];

  constructor(readonly base: string) {}

  get site(): string {
    return `http://localhost:${this.#port}${this.base}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const missing = (): void => void response.writeHead(404).end();
      if (!request.url?.startsWith(this.base)) return missing();
      request.url = request.url.slice(this.base.length - 1);
      this.asked.push(request.url.slice(1).replace(/\?.*/, ''));
      this.#serve(request, response, missing);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, 'localhost', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** From now on the files of that folder alone. */
  deploy(folder: string): void {
    this.#serve = sirv(folder, { dev: true });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Begins the name of every file of the second build that had a hash in its name. */
export const SECOND = 'second-';

/**
 * What a deployment changes at most: another build name, and another name for every file that has a hash in its name. It
 * does the same as the first, so that whatever a page mixes is seen by the names alone.
 */
export function secondBuild(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  const paths = readdirSync(to, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ folder: entry.parentPath, name: entry.name }));
  const hashed = paths.filter(
    ({ folder, name }) => folder.includes('immutable') || /^start\..*\.js$/.test(name),
  );
  const { version } = JSON.parse(readFileSync(join(to, '_app/version.json'), 'utf8')) as { version: string };
  const build = [...version].reverse().join('');
  // a name may end another one
  const names = new RegExp(
    [...new Set(hashed.map(({ name }) => name))].map((name) => name.replaceAll('.', '\\.')).join('|'),
    'g',
  );
  for (const { folder, name } of paths.filter(({ name }) => /\.(html|js|css|json)$/.test(name))) {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8').replaceAll(version, build);
    writeFileSync(
      file,
      text.replace(names, (found) => SECOND + found),
    );
  }
  for (const { folder, name } of hashed) renameSync(join(folder, name), join(folder, SECOND + name));
  listFiles(to, build);
}
