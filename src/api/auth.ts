import * as z from 'zod';
import type { Redactor } from '../net/redact.ts';
import { AppError } from '../types/errors.ts';
import { flag, text } from './decode/primitives.ts';
import { totp } from './totp.ts';

/** What makes a request an authenticated one. */
export interface Authenticator {
  /** A promise only where something may have to be asked first. */
  headers(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  ): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** After a 401 with these headers: whether other ones may do better. */
  renew(rejected: Readonly<Record<string, string>>): boolean;
}

/** Posts a form to /access/ticket and gives back `data`; throws AppError. */
export type Login = (form: Readonly<Record<string, string>>) => Promise<unknown>;

/** A ticket lasts two hours (pve-access-control src/PVE/AccessControl.pm). */
const RENEW_AFTER_MS = 60 * 60_000;
const EXPIRES_AFTER_MS = 110 * 60_000;

const ticketAnswer = z.object({ ticket: text, CSRFPreventionToken: text, NeedTFA: flag });

type TicketAnswer = z.output<typeof ticketAnswer>;

interface Ticket {
  ticket: string;
  csrfToken: string | undefined;
  issuedAtMs: number;
}

export class TokenAuth implements Authenticator {
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ tokenId, secret }: { tokenId: string; secret: string }) {
    this.#headers = { Authorization: `PVEAPIToken=${tokenId}=${secret}` };
  }

  headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  renew(): boolean {
    return false;
  }
}

/** Logs in with user and password, and keeps the ticket fresh by posting it as the password. */
export class TicketAuth implements Authenticator {
  readonly #credential: { user: string; password: string; totpSecret?: string | undefined };
  readonly #login: Login;
  readonly #redactor: Redactor;
  readonly #clock: () => number;
  /** For the second factor. */
  readonly #serverClock: () => number;
  #current: Ticket | null = null;
  #pending: Promise<Ticket> | null = null;

  constructor(
    credential: { user: string; password: string; totpSecret?: string | undefined },
    options: { login: Login; redactor: Redactor; clock: () => number; serverClock: () => number },
  ) {
    this.#credential = credential;
    this.#login = options.login;
    this.#redactor = options.redactor;
    this.#clock = options.clock;
    this.#serverClock = options.serverClock;
  }

  async headers(method: 'GET' | 'POST' | 'PUT' | 'DELETE'): Promise<Readonly<Record<string, string>>> {
    const { ticket, csrfToken } = await this.#ticket();
    const cookie = { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` };
    return method === 'GET' || csrfToken === undefined ? cookie : { ...cookie, CSRFPreventionToken: csrfToken };
  }

  renew(rejected: Readonly<Record<string, string>>): boolean {
    const current = this.#current;
    if (current && rejected['Cookie'] === `PVEAuthCookie=${encodeURIComponent(current.ticket)}`) this.#current = null;
    return true;
  }

  /** Calls at the same time share one login. */
  async #ticket(): Promise<Ticket> {
    const current = this.#current;
    if (current && this.#clock() - current.issuedAtMs < RENEW_AFTER_MS) return current;
    this.#pending ??= this.#obtain(current).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #obtain(current: Ticket | null): Promise<Ticket> {
    const ticket = current === null ? await this.#logIn() : await this.#prolong(current);
    this.#current = ticket;
    return ticket;
  }

  async #prolong(current: Ticket): Promise<Ticket> {
    try {
      return await this.#finish(await this.#ask({ password: current.ticket }));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'unauthenticated') return this.#logIn();
      if (error.code === 'interrupted' || this.#clock() - current.issuedAtMs >= EXPIRES_AFTER_MS) throw error;
      return { ...current };
    }
  }

  async #logIn(): Promise<Ticket> {
    return this.#finish(await this.#askWithPassword());
  }

  async #askWithPassword(): Promise<TicketAnswer> {
    const { password, totpSecret } = this.#credential;
    try {
      return await this.#ask({ password });
    } catch (error) {
      // Before PVE 7 there is no challenge: the one-time password comes with the password.
      if (!(error instanceof AppError) || error.code !== 'unauthenticated' || totpSecret === undefined) throw error;
      return this.#ask({ password, otp: totp(totpSecret, this.#serverClock()) });
    }
  }

  /** Answers the challenge for a second factor, once. */
  async #finish(answer: TicketAnswer): Promise<Ticket> {
    if (!answer.NeedTFA) return this.#toTicket(answer);
    const { user, totpSecret } = this.#credential;
    if (totpSecret === undefined || answer.ticket === undefined) {
      throw new AppError('unauthenticated', `POST /access/ticket: ${user} has a second factor`, {
        hint: 'Give the secret of its TOTP factor in PROXMOX_TOTP_SECRET, or use an API token, which needs none',
      });
    }
    const code = totp(totpSecret, this.#serverClock());
    return this.#toTicket(await this.#ask({ password: `totp:${code}`, 'tfa-challenge': answer.ticket }));
  }

  async #ask(form: Readonly<Record<string, string>>): Promise<TicketAnswer> {
    const data = await this.#login({ username: this.#credential.user, ...form });
    const answer = ticketAnswer.safeParse(data);
    if (!answer.success) throw noTicket();
    const { ticket, CSRFPreventionToken: csrfToken, NeedTFA } = answer.data;
    this.#redactor.renew(NeedTFA ? 'challenge' : 'ticket', [ticket ?? '', csrfToken ?? '']);
    return answer.data;
  }

  #toTicket({ ticket, CSRFPreventionToken: csrfToken, NeedTFA }: TicketAnswer): Ticket {
    if (ticket === undefined || NeedTFA) throw noTicket();
    return { ticket, csrfToken, issuedAtMs: this.#clock() };
  }
}

function noTicket(): AppError {
  return new AppError('malformed', 'POST /access/ticket: the answer has no ticket', {
    hint: 'Check that the address is that of a Proxmox VE server',
  });
}
