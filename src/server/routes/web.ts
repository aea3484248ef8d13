import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const EVERYBODY = { access: { public: 'the page itself; what it shows is asked for with a session' } } as const;
/** Files of a build have their content in the name. */
const FOREVER = 'public, max-age=31536000, immutable';

/** The web page: its files, and for every path of its own the same document. */
export async function webRoutes(
  fastify: FastifyInstance,
  { folder, basePath }: { folder: string; basePath: string },
): Promise<void> {
  const index = path.join(folder, 'index.html');
  if (!existsSync(index)) return;
  // Paths in it are relative to where the server is reached, whatever the path of the page is.
  const document = readFileSync(index, 'utf8').replace('<head>', `<head><base href="${basePath}/">`);
  await fastify.register(staticFiles, {
    root: path.join(folder, 'assets'),
    // Its own routes have nobody who decided about them.
    serve: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply) => void reply.setHeader('cache-control', FOREVER),
    index: false,
    dotfiles: 'deny',
  });
  fastify.get<{ Params: { '*': string } }>(
    '/assets/*',
    // A page is many files, and its readers may share an address.
    { config: { ...EVERYBODY, rateLimit: false }, schema: { hide: true } },
    async (request, reply) => reply.sendFile(request.params['*']),
  );
  for (const url of ['/', '/*']) {
    fastify.get(url, { config: EVERYBODY, schema: { hide: true } }, async (request, reply) => {
      // What is missing below these paths is missing: a page in place of it would hide that.
      if (/\/(?:api|assets)\//.test(request.url)) return reply.callNotFound();
      return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(document);
    });
  }
}
