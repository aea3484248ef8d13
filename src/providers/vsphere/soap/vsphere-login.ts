import type { Redactor } from '../../../net/redact.ts';
import { AppError } from '../../../types/errors.ts';
import { loginCookie, sessionKeyOf } from './login-cookie.ts';
import type { ManagedObject } from './managed-object.ts';
import { SoapFault } from './soap-fault.ts';
import type { SoapAnswer, SoapCall } from './soap-wire.ts';
import { element } from './xml-writer.ts';

export interface LoginOptions {
  user: string;
  password: string;
  endpoint: string;
  timeoutMs: number;
  redactor: Redactor;
  sessionManager: () => Promise<ManagedObject>;
  send: (call: SoapCall, cookie: string | null) => Promise<SoapAnswer>;
  /** Ends a login for all who wait for it. */
  signal: AbortSignal;
}

export interface LoginSession {
  /** The value of the header. */
  cookie: string;
  /** Counts the sessions of a client. */
  number: number;
}

/**
 * Keeps one session. A login is sent once for all calls that need it; one that the server refuses is not tried again, since some
 * accounts lock after five of them. Throws SoapFault and AppError.
 */
export class VsphereLogin {
  readonly #options: LoginOptions;
  #pending: Promise<LoginSession> | null = null;
  #current: LoginSession | null = null;
  #count = 0;
  #refusal: SoapFault | null = null;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** The session, which begins with the first call that needs it. */
  async session(): Promise<LoginSession> {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#current !== null) return this.#current;
    this.#pending ??= this.#logIn().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** After the server ended this session: the next call begins a new one. */
  forget(session: LoginSession): void {
    if (this.#current === session) this.#current = null;
  }

  /** Ends the session on the server, if there is one; what fails is of no consequence, it expires by itself. */
  async logOut(timeoutMs: number): Promise<void> {
    const session = this.#current;
    this.#current = null;
    if (session === null) return;
    const { send, sessionManager } = this.#options;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      await send({ method: 'Logout', self: await sessionManager(), once: true, timeoutMs, signal }, session.cookie);
    } catch {
      // vCenter ends an idle session after 30 minutes.
    }
  }

  async #logIn(): Promise<LoginSession> {
    const { user, password, endpoint, timeoutMs, signal, redactor, send, sessionManager } = this.#options;
    const parameters = [
      element('userName', user),
      element('password', password),
      // The language of messages of events, which would be that of the account otherwise.
      element('locale', 'en'),
    ];
    const self = await sessionManager();
    try {
      const { headers } = await send({ method: 'Login', self, parameters, once: true, timeoutMs, signal }, null);
      const cookie = loginCookie(headers);
      if (cookie === null) throw noCookie(endpoint);
      redactor.renew('session', [sessionKeyOf(cookie)]);
      this.#count += 1;
      this.#current = { cookie, number: this.#count };
      return this.#current;
    } catch (error) {
      if (error instanceof SoapFault) this.#refusal = error;
      throw error;
    }
  }
}

function noCookie(endpoint: string): AppError {
  return new AppError('malformed', `Login on ${endpoint}: the answer has no session`, {
    hint: 'Check for a proxy in between that removes the cookie vmware_soap_session',
  });
}
