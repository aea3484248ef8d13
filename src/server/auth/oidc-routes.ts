import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { PeopleService } from '../../services/people/people-service.ts';
import { AppError } from '../../types/errors.ts';
import { addressOf } from './address-of.ts';
import type { OidcLogin, OidcOutcome } from './oidc-login.ts';
import type { CookieSettings, SessionCookie } from './session-cookie.ts';
import { endEarlier } from './session-routes.ts';

export interface OidcRoutesOptions extends CookieSettings {
  people: PeopleService;
  cookie: SessionCookie;
  login: OidcLogin;
  /** Says why a login failed to whoever runs the server; people are told little. */
  warn: (message: string) => void;
}

const COOKIE = 'rollcall_oidc';
const KEPT_S = 600;
const RATE = { rateLimit: { max: 60, timeWindow: 60_000 } };

/** `/login/oidc`: call it on the instance whose prefix is that of the API. */
export function addOidcRoutes(fastify: FastifyInstance, options: OidcRoutesOptions): void {
  const { people, cookie, login, warn, basePath, secureCookies } = options;
  const path = `${basePath === '/' ? '' : basePath}/api/v1/login/oidc`;
  // The identity provider leads the browser back: a stricter cookie would not come along.
  const kept = { httpOnly: true, sameSite: 'lax', secure: secureCookies, path } as const;
  const schema = { tags: ['session'], response: { 302: z.null() } };

  fastify.route({
    method: 'GET',
    url: '/login/oidc',
    config: { access: { public: 'leads to the identity provider' }, ...RATE },
    schema: { ...schema, summary: 'log in by the identity provider' },
    handler: async (_request, reply) => {
      try {
        const { location, sealed } = await login.begin();
        reply.setCookie(COOKIE, sealed, { ...kept, maxAge: KEPT_S });
        return reply.redirect(location);
      } catch (error) {
        warn(`the identity provider cannot be used: ${causes(error)}`);
        return backTo(reply, basePath, 'oidc-failed');
      }
    },
  });

  fastify.route({
    method: 'GET',
    url: '/login/oidc/callback',
    config: { access: { public: 'where the identity provider leads back to' }, ...RATE },
    schema: { ...schema, summary: 'the end of a login by the identity provider' },
    handler: async (request, reply) => {
      reply.clearCookie(COOKIE, kept);
      const outcome = await finishLogin(request, login, warn);
      if (outcome.kind === 'refused') return backTo(reply, basePath, outcome.why);
      const { issuer, subject, mapped } = outcome.person;
      // Only what the identity provider has vouched for is worth a record: anybody can call this.
      const refuse = async (why: string): Promise<FastifyReply> => {
        const actor = { name: 'unknown', via: 'web', address: addressOf(request) } as const;
        await people.actions.record(actor, {
          action: 'login',
          detail: { by: issuer, subject, why },
          outcome: 'refused',
        });
        return backTo(reply, basePath, why);
      };
      if ('refusal' in mapped) return refuse(mapped.refusal);
      try {
        const opened = await people.sessions.loginExternally({ issuer, subject, ...mapped }, addressOf(request));
        await endEarlier(request, { people, cookie });
        cookie.set(reply, opened.secret);
        return reply.redirect(basePath);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'forbidden') throw error;
        warn(`a login by the identity provider was refused: ${error.message}`);
        return refuse('oidc-refused');
      }
    },
  });
}

async function finishLogin(
  request: FastifyRequest,
  login: OidcLogin,
  warn: (message: string) => void,
): Promise<OidcOutcome> {
  try {
    const at = request.url.indexOf('?');
    return await login.finish(at < 0 ? '' : request.url.slice(at), request.cookies[COOKIE]);
  } catch (error) {
    warn(`a login by the identity provider failed: ${causes(error)}`);
    return { kind: 'refused', why: 'oidc-failed' };
  }
}

/** The page says what went wrong by one of few codes; nothing that came from elsewhere gets into the address. */
function backTo(reply: FastifyReply, basePath: string, why: string): FastifyReply {
  const base = basePath === '/' ? '' : basePath;
  return reply.redirect(`${base}/login?error=${why}`);
}

/** The messages of an error and of what caused it: openid-client says the part that matters in the cause. */
function causes(error: unknown): string {
  const messages: string[] = [];
  for (let at: unknown = error; at instanceof Error && messages.length < 4; at = at.cause) messages.push(at.message);
  return messages.join(': ');
}
