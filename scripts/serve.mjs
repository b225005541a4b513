// Serves build/ on localhost, by itself as `node scripts/serve.mjs [--port N] [--base /some/path/]`.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sirv from 'sirv';
import { root } from './install.mjs';

/** Takes the first free port from `port` on, `tries` at most; resolves to the address. */
export function serve({ port, base = '/', tries = 1 }) {
  const files = sirv(join(root, 'build'), { dev: true, etag: true });
  const server = createServer((request, response) => {
    const missing = (code, headers = {}) => response.writeHead(code, headers).end(`${code} ${request.url}\n`);
    if (`${request.url}/` === base) return missing(302, { location: base });
    if (!request.url.startsWith(base)) return missing(404);
    request.url = request.url.slice(base.length - 1);
    files(request, response, () => missing(404));
  });
  return new Promise((resolve, reject) => {
    server.on('error', (error) => {
      if (error.code === 'EADDRINUSE' && --tries > 0) server.listen(++port, '127.0.0.1');
      else reject(error);
    });
    server.on('listening', () => resolve(`http://localhost:${port}${base}`));
    server.listen(port, '127.0.0.1');
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '4300' }, base: { type: 'string', default: '/' } },
  });
  console.log(`Serving build/ at ${await serve({ port: Number(values.port), base: values.base })}`);
}
