import type { FastifyInstance } from 'fastify';
import '@fastify/websocket';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RawData } from 'ws';
import * as z from 'zod';
import {
  clientMessage,
  state,
  syncAnswer,
  syncRequest,
  type VersionAnswer,
  versionAnswer,
} from '../../protocol/feed.ts';
import type { FeedHub } from '../../services/feed/feed-hub.ts';
import { toToken } from '../../services/feed/version-token.ts';
import { toState } from '../../services/feed/view.ts';
import { hashOf } from '../../services/people/secrets.ts';
import type { FeedClients } from '../feed-clients.ts';
import { principalOf } from '../principal-of.ts';
import { ProblemError, problem } from '../problem.ts';
import { encodingOf, StateBodies } from '../state-body.ts';

const HELLO_MS = 10_000;
const JSON_TYPE = 'application/json; charset=utf-8';

export interface FeedRouteDeps {
  hub: FeedHub;
  clients: FeedClients;
  /** Sockets that one user may have open. */
  socketsPerUser: number;
}

/** State, version, what happened since, and the socket that tells what happens. */
export function feedRoutes(app: FastifyInstance, { hub, clients, socketsPerUser }: FeedRouteDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const bodies = new StateBodies();
  const filtered = z.object({
    filter: z.string().max(2000).optional().describe('a selector, as the commands take it: only these hosts'),
  });

  app.get(
    '/state',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        tags: ['feed'],
        summary: 'Everything that a first load needs',
        querystring: filtered,
        response: { 200: state, 304: z.null().describe('The client has it already') },
      },
    },
    async (request, reply) => {
      const { filter = null } = filtered.parse(request.query);
      const { view, snapshot } = await hub.look(principalOf(request).scope, filter);
      const encoding = encodingOf(request.headers['accept-encoding']);
      const key = `${toToken(snapshot.mark)} ${view.key}`;
      // With the view in it: a browser that has the answer for another user, or for a wider scope, must not be told to show that.
      const etag = `"${toToken(snapshot.mark)}.${hashOf(view.key).slice(0, 16)}.${encoding}"`;
      reply.header('etag', etag).header('vary', 'accept-encoding, cookie, authorization');
      reply.header('cache-control', 'private, no-cache');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      if (encoding !== 'identity') reply.header('content-encoding', encoding);
      return reply.type(JSON_TYPE).send(await bodies.body(key, encoding, () => toState(snapshot)));
    },
  );

  routes.get(
    '/version',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        tags: ['feed'],
        summary: 'The newest version, and the newest run of each provider',
        response: { 200: versionAnswer },
      },
    },
    async (request) => {
      const { mark, rev, providers } = (await hub.look(principalOf(request).scope, null)).snapshot;
      return {
        version: toToken(mark),
        epoch: mark.epoch,
        rev,
        providers: [...providers.values()].map(({ id, lastRun }): VersionAnswer['providers'][number] => ({
          id,
          lastRun: lastRun && { id: lastRun.id, outcome: lastRun.outcome, finishedAt: lastRun.finishedAt },
        })),
      };
    },
  );

  routes.post(
    '/sync',
    {
      config: { access: { role: 'viewer' } },
      schema: {
        tags: ['feed'],
        summary: 'What happened since a version: nothing, the events, or the state',
        body: syncRequest,
        response: { 200: syncAnswer },
      },
    },
    async (request) => {
      const { version = null, filter = null } = request.body;
      return hub.since(await hub.look(principalOf(request).scope, filter), version);
    },
  );

  app.get(
    '/ws',
    {
      websocket: true,
      config: { access: { role: 'viewer' } },
      schema: { tags: ['feed'], summary: 'Events as they are committed; the first message says from where to go on' },
      preValidation: async (request) => {
        if (clients.countOf(principalOf(request)) < socketsPerUser) return;
        const detail = `more than ${socketsPerUser} connections of one user`;
        throw new ProblemError(problem(429, 'too-many', 'Too many connections', detail, 'close another page'));
      },
    },
    (socket, request) => {
      const principal = principalOf(request);
      clients.admit(socket, principal);
      const late = setTimeout(() => socket.close(1008, 'no resume'), HELLO_MS);
      socket.once('message', (data) => {
        clearTimeout(late);
        const hello = parseHello(data);
        if (hello === null) return socket.close(1008, 'no resume');
        const { version, filter = null, telemetry = false } = hello;
        clients.join(socket, principal, { version, filter, wantsTelemetry: telemetry }).catch((error: unknown) => {
          request.log.warn({ err: error }, 'a client of the feed was refused');
          socket.close(1008, 'refused');
        });
      });
      socket.on('close', () => clearTimeout(late));
      socket.on('error', () => socket.terminate());
    },
  );
}

function parseHello(data: RawData) {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(new Uint8Array(data));
    return clientMessage.parse(JSON.parse(bytes.toString()));
  } catch {
    return null;
  }
}
