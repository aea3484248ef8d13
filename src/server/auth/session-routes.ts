import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { problem as problemSchema } from '../../protocol/common.ts';
import { invitationBody, invitationParams, loginBody, type Session, session } from '../../protocol/people.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import type { Principal } from '../../types/principal.ts';
import { ProblemError, problem } from '../problem.ts';
import { addressOf } from './address-of.ts';
import { toIso, toScopeAnswer } from './answers.ts';
import { csrfOf } from './csrf.ts';
import type { SessionCookie } from './session-cookie.ts';

export interface SessionRoutesOptions {
  people: PeopleService;
  cookie: SessionCookie;
  clock: () => Date;
  /** The login by an identity provider; null: there is none. */
  oidc: Session['login']['oidc'];
}

/** A password and a name, and not much more. */
const BODY_LIMIT = 8 * 1024;
const RATE = { rateLimit: { max: 60, timeWindow: 60_000 } };
const TAGS = ['session'];

/** `/session` and `/invite`: call it on the instance whose prefix is that of the API. */
export function addSessionRoutes(fastify: FastifyInstance, options: SessionRoutesOptions): void {
  const { people, cookie, clock } = options;
  const app = fastify.withTypeProvider<ZodTypeProvider>();

  app.route({
    method: 'GET',
    url: '/session',
    config: { access: { public: 'says who asks and how to log in', isPersonal: true } },
    schema: { tags: TAGS, summary: 'who asks, and how to log in', response: { 200: session } },
    handler: async (request) => describe(request.principal, cookie.read(request), options),
  });

  app.route({
    method: 'POST',
    url: '/session',
    bodyLimit: BODY_LIMIT,
    config: { access: { public: 'a login' }, ...RATE },
    schema: {
      tags: TAGS,
      summary: 'log in by a password',
      body: loginBody,
      response: { 200: session, 401: problemSchema, 429: problemSchema },
    },
    handler: async (request, reply) => {
      const outcome = await people.sessions.login({ ...request.body, address: addressOf(request) });
      if (outcome.kind === 'wait') throw tooEarly(outcome.until, clock());
      if (outcome.kind === 'wrong') {
        throw new ProblemError(problem(401, 'wrong-password', 'The name or the password is wrong'));
      }
      await endEarlier(request, options);
      cookie.set(reply, outcome.secret);
      return describe(outcome.principal, outcome.secret, options);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/session',
    config: { access: { role: 'customer' } },
    schema: { tags: TAGS, summary: 'log out', response: { 204: z.null() } },
    handler: async (request, reply) => {
      if (request.principal) await people.sessions.logout(request.principal, addressOf(request));
      cookie.clear(reply);
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/invite/:secret',
    bodyLimit: BODY_LIMIT,
    config: { access: { public: 'whoever has the link sets the password' }, ...RATE },
    schema: {
      tags: TAGS,
      summary: 'set a password by the link of an invitation',
      params: invitationParams,
      body: invitationBody,
      response: { 200: z.object({ name: z.string() }), 400: problemSchema, 404: problemSchema },
    },
    handler: async (request) => {
      const { params, body } = request;
      const accepted = { secret: params.secret, password: body.password };
      const { name } = await people.users.acceptInvitation(accepted, { via: 'web', address: addressOf(request) });
      return { name };
    },
  });
}

/** Whoever knew the cookie from before the login knows nothing after it. */
export async function endEarlier(
  request: FastifyRequest,
  { people, cookie }: Pick<SessionRoutesOptions, 'people' | 'cookie'>,
): Promise<void> {
  const secret = cookie.read(request);
  const earlier = secret === undefined ? null : await people.principalOf({ cookie: secret });
  if (earlier !== null) await people.sessions.logout(earlier, addressOf(request));
}

async function describe(
  principal: Principal | null,
  secret: string | undefined,
  { people, oidc }: SessionRoutesOptions,
): Promise<Session> {
  const hasUsers = principal?.via === 'local' ? false : await people.users.hasAny();
  return {
    principal: principal && {
      name: principal.name,
      role: principal.role,
      scope: toScopeAnswer(principal.scope),
      via: principal.via,
    },
    csrf: principal?.via === 'session' && secret !== undefined ? csrfOf(secret) : null,
    expiresAt: toIso(principal?.expiresAt ?? null),
    login: { hasUsers, password: hasUsers, oidc },
  };
}

function tooEarly(until: Date, now: Date): ProblemError {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  const found = problem(429, 'slowed', 'Too many logins have failed', `the next one is taken in ${seconds} s`);
  return new ProblemError(found, { 'retry-after': String(seconds) });
}
