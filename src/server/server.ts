import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { App } from '../app/app.ts';
import type { OpenedOidc } from '../app/open-oidc.ts';
import { openAccounts } from '../app/open-reconcile.ts';
import type { FeedHub } from '../services/feed/feed-hub.ts';
import { addressKey } from '../services/people/login-delay.ts';
import { hostNames } from '../text/host-header.ts';
import { addActionRoutes } from './auth/action-routes.ts';
import { addressOf } from './auth/address-of.ts';
import { installAuth } from './auth/install-auth.ts';
import { serveOidc } from './auth/serve-oidc.ts';
import { addSessionRoutes } from './auth/session-routes.ts';
import { addTokenRoutes } from './auth/token-routes.ts';
import { addUserRoutes } from './auth/user-routes.ts';
import { describeErrors } from './describe-errors.ts';
import { FeedClients } from './feed-clients.ts';
import { LifecycleWatch } from './lifecycle-watch.ts';
import { withExamples } from './openapi-examples.ts';
import { nodeTimeouts, PATIENCE, type Patience } from './patience.ts';
import { handleError, problem, sendProblem } from './problem.ts';
import { feedRoutes } from './routes/feed.ts';
import { type HealthDeps, healthRoutes } from './routes/health.ts';
import { hostRoutes } from './routes/hosts.ts';
import { importRoutes } from './routes/imports.ts';
import { lifecycleRoutes } from './routes/lifecycle.ts';
import { manageProviderRoutes } from './routes/manage-providers.ts';
import { meRoutes } from './routes/me.ts';
import { operationRoutes } from './routes/operations.ts';
import { proposalRoutes } from './routes/proposals.ts';
import { providerRoutes } from './routes/providers.ts';
import { reconcileRoutes } from './routes/reconcile.ts';
import { recordRoutes } from './routes/records.ts';
import { webRoutes } from './routes/web.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { serverLog } from './server-log.ts';
import { SYNC_WAIT_MS } from './server-sync.ts';
import { watchSilentConnections } from './silent-connections.ts';

const BODY_BYTES = 64 * 1024;
/** Pings are answered by the feed, which looks whether the answers are read. */
const SOCKETS = { maxPayload: 16 * 1024, perMessageDeflate: false, autoPong: false };
/** A client that does not read its answer holds up the end of the server for so long. */
const DRAIN_MS = 30_000;
const IDLE_MS = 200;

export interface ServerDeps {
  app: App;
  hub: FeedHub;
  health: HealthDeps;
  version: string;
  /** Where the built page is. */
  webFolder: string;
  clock: () => Date;
  /** `/rollcall`, or empty. */
  basePath: string;
  tls: { cert: Buffer; key: Buffer } | null;
  /** Whether a proxy in front speaks HTTPS. */
  isBehindTls: boolean;
  /** Names by which it is reached. */
  hosts: readonly string[];
  /** The login by an identity provider; null: there is none. */
  oidc: OpenedOidc | null;
  /** Whether only users of this machine reach it. */
  isLocalOnly: boolean;
  /** Addresses whose forwarded headers count. */
  trustedProxies: readonly string[];
  /** Patterns of references to secrets that may be given by a request. */
  secrets: readonly string[];
  /** Requests of one address in a minute. */
  requestsPerMinute: number;
  socketsPerUser: number;
  /** How long the answer to who asks for a comparison waits for its end. */
  syncWaitMs?: number;
  patience?: Patience;
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Everything of the API on one fastify; it does not listen yet. */
export async function buildServer(deps: ServerDeps): Promise<{ server: FastifyInstance; clients: FeedClients }> {
  const { app, hub, clock, patience = PATIENCE } = deps;
  const server: FastifyInstance = fastify({
    ...(deps.tls ? { https: { ...deps.tls, ...nodeTimeouts(patience) } } : { http: nodeTimeouts(patience) }),
    bodyLimit: BODY_BYTES,
    requestTimeout: patience.requestMs,
    connectionTimeout: patience.idleMs,
    trustProxy: deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 128, ignoreTrailingSlash: true },
    loggerInstance: serverLog(deps.log),
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(handleError);
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'not-found', 'There is no such thing')),
  );
  await server.register(helmet, SECURITY_HEADERS);
  await limitRequests(server, deps.requestsPerMinute);
  // Its own way to end would close sockets before they are told to come back.
  await server.register(websocket, { options: SOCKETS, preClose: (done) => done() });
  await server.register(swagger, {
    openapi: description(deps),
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  const people = await app.people();
  const cookies = {
    secureCookies: deps.tls !== null || deps.isBehindTls,
    basePath: deps.basePath === '' ? '/' : deps.basePath,
  };
  const cookie = await installAuth(server, {
    people,
    ...cookies,
    hosts: new Set(hostNames(deps.hosts, '--host')),
    // Behind a proxy whoever comes seems to be on this machine.
    isLocalAllowed: async () => deps.isLocalOnly && deps.trustedProxies.length === 0,
  });
  server.addHook('onRoute', describeErrors);
  const lifecycle = new LifecycleWatch(app, hub, clock);
  const clients = new FeedClients({
    hub,
    lifecycle,
    isStillValid: (principal) => people.validate(principal),
    clock,
  });
  const endSilent = watchSilentConnections(server.server, deps.tls ? 'secureConnection' : 'connection');
  server.addHook('preClose', async () => {
    clients.close();
    setTimeout(() => server.server.closeAllConnections(), DRAIN_MS).unref();
    // Those whose request was still being answered are idle only later.
    const idle = setInterval(() => {
      server.server.closeIdleConnections();
      endSilent();
    }, IDLE_MS);
    server.server.once('close', () => clearInterval(idle));
  });
  let described: unknown;
  await server.register(
    async (api) => {
      feedRoutes(api, { hub, clients, socketsPerUser: deps.socketsPerUser });
      providerRoutes(api, { hub });
      hostRoutes(api, { app, hub, clock });
      recordRoutes(api, { app, clock });
      manageProviderRoutes(api, { app, people, hub, clock, secrets: deps.secrets });
      operationRoutes(api, { app, hub });
      importRoutes(api, { app, people, clock });
      lifecycleRoutes(api, { hub, lifecycle });
      const { syncWaitMs: waitMs = SYNC_WAIT_MS } = deps;
      meRoutes(api, { app, clock, waitMs });
      reconcileRoutes(api, { app, clock, waitMs });
      proposalRoutes(api, { app });
      const button = deps.oidc && { path: '/api/v1/login/oidc', label: deps.oidc.settings.label };
      addSessionRoutes(api, { people, cookie, clock, oidc: button });
      if (deps.oidc) await serveOidc(api, { oidc: deps.oidc, people, cookie, clock, log: deps.log, ...cookies });
      const accountKeyOf = async (text: string) => (await openAccounts(app)).keyOf(text);
      addUserRoutes(api, { people, accountKeyOf, clock });
      addTokenRoutes(api, { people, clock });
      addActionRoutes(api, { people });
      api.get(
        '/openapi.json',
        { config: { access: { public: 'what the API is, is no secret' } }, schema: { hide: true } },
        async () => {
          described ??= withExamples(server.swagger());
          return described;
        },
      );
    },
    { prefix: `${deps.basePath}/api/v1` },
  );
  await server.register(
    async (plain) => {
      healthRoutes(plain, deps.health);
      await webRoutes(plain, { folder: deps.webFolder, basePath: deps.basePath });
    },
    { prefix: deps.basePath },
  );
  return { server, clients };
}

/** Before anybody is asked who he is, which reads the database. Routes with a limit of their own have that one. */
async function limitRequests(server: FastifyInstance, max: number): Promise<void> {
  const keyGenerator = (request: FastifyRequest) => addressKey(addressOf(request));
  await server.register(rateLimit, { global: false, max, timeWindow: 60_000, keyGenerator });
  const limit = server.rateLimit();
  server.addHook('onRequest', async function limitRequest(request, reply) {
    if (request.routeOptions.config.rateLimit === undefined) await limit.call(this, request, reply);
  });
}

function description({ version, basePath }: ServerDeps) {
  return {
    openapi: '3.1.0',
    info: { title: 'Rollcall', version, description: 'The inventory of every guest, its history, and what runs now.' },
    servers: [{ url: `${basePath}/` }],
  };
}
