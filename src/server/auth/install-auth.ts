import fastifyCookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PeopleService } from '../../services/people/people-service.ts';
import { isOwnHost } from '../../text/host-header.ts';
import { isLoopback } from '../../text/loopback.ts';
import { hasRole, type Principal } from '../../types/principal.ts';
import { ProblemError, problem } from '../problem.ts';
import { type Access, requireDecisions } from './access.ts';
import { CSRF_HEADER, isCsrf } from './csrf.ts';
import { isAllowedOrigin } from './request-origin.ts';
import { type CookieSettings, SessionCookie } from './session-cookie.ts';

export interface AuthOptions extends CookieSettings {
  people: PeopleService;
  /** Whether whoever reaches the server from its own machine may read while there are no users: it listens on nothing else. */
  isLocalAllowed: () => Promise<boolean>;
  /** Names of this server, in lower case, besides its addresses and `localhost`. */
  hosts: ReadonlySet<string>;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
const BEARER = /^Bearer ([\w-]{1,200})$/i;

/**
 * Decides for every request of the instance, before its body is read: whether it was meant for this server, who asks, and whether they
 * may. Call it on the root instance before any route is added. Gives the cookie of sessions for {@link addSessionRoutes}.
 */
export async function installAuth(fastify: FastifyInstance, options: AuthOptions): Promise<SessionCookie> {
  await fastify.register(fastifyCookie);
  const cookie = new SessionCookie(options);
  requireDecisions(fastify);
  fastify.decorateRequest('principal', null);
  fastify.addHook('onRequest', async (request, reply) => {
    // Answers are of this moment and of one user: nobody between keeps them, unless a route says otherwise.
    reply.header('cache-control', 'no-store');
    requireOwnHost(request, options.hosts);
    requireOwnOrigin(request, options.hosts);
    if (request.is404) return;
    const { access } = request.routeOptions.config;
    if (access === undefined)
      throw new Error(`nobody has decided who may ${request.method} ${request.routeOptions.url}`);
    if ('public' in access) {
      if (access.isPersonal) request.principal = await identify(request, cookie, options);
      return;
    }
    request.principal = await identify(request, cookie, options);
    requireRole(request.principal, access);
    if (request.principal?.via === 'session') requireOwnPage(request, cookie);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    // Node's server lets go of a socket that asks for an upgrade: one that was refused would stay open as long as its client likes.
    if (request.headers.upgrade !== undefined && reply.raw.headersSent) request.raw.socket.end();
    done();
  });
  return cookie;
}

function requireOwnHost({ host }: FastifyRequest, hosts: ReadonlySet<string>): void {
  if (isOwnHost(host, hosts)) return;
  const hint = 'name it with --host if it is a name of this server';
  throw new ProblemError(
    problem(421, 'foreign-host', 'The request was not meant for this server', 'its Host is none of this server', hint),
  );
}

/** Of any method: browsers say who sends a request that is not a plain link, and upgrades to a WebSocket. */
function requireOwnOrigin({ headers, host, method }: FastifyRequest, hosts: ReadonlySet<string>): void {
  const { origin } = headers;
  const isForeign = origin !== undefined && !isAllowedOrigin(origin, host, hosts);
  const site = headers['sec-fetch-site'];
  const isFromElsewhere = !SAFE_METHODS.has(method) && (site === 'cross-site' || site === 'same-site');
  if (isForeign || isFromElsewhere) throw foreignOrigin();
}

async function identify(
  request: FastifyRequest,
  cookie: SessionCookie,
  { people, isLocalAllowed }: AuthOptions,
): Promise<Principal | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const bearer = BEARER.exec(authorization)?.[1];
    return bearer === undefined ? null : people.principalOf({ bearer });
  }
  const secret = cookie.read(request);
  const known = secret === undefined ? null : await people.principalOf({ cookie: secret });
  if (known !== null) return known;
  return isFromHere(request) && (await isLocalAllowed()) ? people.local() : null;
}

/** Whether no proxy brought it: what a proxy on this machine passes on comes from anywhere. */
function isFromHere({ headers, socket, hostname }: FastifyRequest): boolean {
  if (PROXY_HEADERS.some((name) => headers[name] !== undefined)) return false;
  const { remoteAddress } = socket;
  // A Unix socket has no address.
  if (remoteAddress === undefined) return true;
  return isLoopback(remoteAddress.replace(/^::ffff:/, '')) && isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function requireRole(principal: Principal | null, { role, isWhole }: Extract<Access, { role: unknown }>): void {
  if (principal === null) {
    const found = problem(401, 'unauthenticated', 'Nobody is logged in', undefined, 'log in, or send a token');
    throw new ProblemError(found, { 'www-authenticate': 'Bearer realm="rollcall"' });
  }
  if (isWhole && principal.scope !== null) {
    const detail = `this takes somebody who sees all, and ${principal.name} sees a part`;
    throw new ProblemError(problem(403, 'forbidden', 'The scope is not enough', detail, 'ask an admin'));
  }
  if (hasRole(principal, role)) return;
  const detail = `this takes the role ${role}, and ${principal.name} is ${principal.role} here`;
  const hint = principal.via === 'local' ? 'add a user: rollcall users add NAME' : 'ask an admin';
  throw new ProblemError(problem(403, 'forbidden', 'The role is not enough', detail, hint));
}

/** A cookie goes along with requests that another page makes: that a page of this server made it has to be shown. */
function requireOwnPage(request: FastifyRequest, cookie: SessionCookie): void {
  const { headers, method } = request;
  const isUpgrade = method === 'GET' && headers.upgrade !== undefined;
  if (SAFE_METHODS.has(method) && !isUpgrade) return;
  const isShown = headers.origin !== undefined || headers['sec-fetch-site'] === 'same-origin';
  if (!isShown) throw foreignOrigin();
  if (isUpgrade || isCsrf(headers[CSRF_HEADER], cookie.read(request) ?? '')) return;
  const hint = `send what GET /api/v1/session gives as ${CSRF_HEADER}`;
  throw new ProblemError(problem(403, 'csrf', 'The request does not show that the page sent it', undefined, hint));
}

function foreignOrigin(): ProblemError {
  const detail = 'another site sent it, or it does not say which one did';
  return new ProblemError(
    problem(403, 'foreign-origin', 'The request does not come from a page of this server', detail),
  );
}
