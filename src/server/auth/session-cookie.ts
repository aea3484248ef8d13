import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

const LONGEST_S = 7 * 24 * 3600;

export interface CookieSettings {
  /** Whether the server is reached by HTTPS. */
  secureCookies: boolean;
  /** `/`, `/rollcall`. */
  basePath: string;
}

/**
 * The cookie of a session. It is not sent along from other sites at all: the page is public, and what it asks for comes from itself, also
 * after a login elsewhere.
 */
export class SessionCookie {
  readonly name: string;
  readonly #options: CookieSerializeOptions;

  constructor({ secureCookies, basePath }: CookieSettings) {
    // Browsers take a cookie of that prefix only from this very host, by HTTPS and for the whole of it.
    this.name = secureCookies && basePath === '/' ? '__Host-rollcall_session' : 'rollcall_session';
    this.#options = { httpOnly: true, sameSite: 'strict', secure: secureCookies, path: basePath };
  }

  read(request: FastifyRequest): string | undefined {
    return request.cookies[this.name];
  }

  set(reply: FastifyReply, secret: string): void {
    reply.setCookie(this.name, secret, { ...this.#options, maxAge: LONGEST_S });
  }

  clear(reply: FastifyReply): void {
    reply.clearCookie(this.name, this.#options);
  }
}
