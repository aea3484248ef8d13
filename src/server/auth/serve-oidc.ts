import type { FastifyInstance } from 'fastify';
import type { OpenedOidc } from '../../app/open-oidc.ts';
import type { PeopleService } from '../../services/people/people-service.ts';
import { sealKey } from './seal.ts';
import type { CookieSettings, SessionCookie } from './session-cookie.ts';

interface ServedOidc extends CookieSettings {
  oidc: OpenedOidc;
  people: PeopleService;
  cookie: SessionCookie;
  clock: () => Date;
  log: (level: 'warn', message: string) => void;
}

/** The login by an identity provider: call it on the instance whose prefix is that of the API. Loads what only that needs. */
export async function serveOidc(api: FastifyInstance, { oidc, clock, log, ...others }: ServedOidc): Promise<void> {
  const { OidcLogin } = await import('./oidc-login.ts');
  const { addOidcRoutes } = await import('./oidc-routes.ts');
  const login = new OidcLogin({ ...oidc, key: sealKey(oidc.key), clock });
  addOidcRoutes(api, { ...others, login, warn: (message) => log('warn', message) });
}
