import { afterEach, describe, expect, it } from '@jest/globals';
import { type Login, TicketAuth } from '../../src/api/auth.ts';
import type { ProxmoxClient } from '../../src/api/proxmox-client.ts';
import { decodeTotpSecret, totp } from '../../src/api/totp.ts';
import { Redactor } from '../../src/net/redact.ts';
import { AppError } from '../../src/types/errors.ts';
import { type ReplayAnswer, type ReplayServer, startReplay } from '../helpers/replay-server.ts';
import { clientOf, failure } from './open-client.ts';

const USER = 'admin@pve';
const PASSWORD = 'Adm1n-secret!';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const HOUR_MS = 3_600_000;

const unauthorized: ReplayAnswer = { status: 401, reason: 'authentication failure', body: { data: null } };

/** The codes of this step and its neighbours count, as they do on the server. */
function isCode(code: string | undefined, atMs: number): boolean {
  return [-30_000, 0, 30_000].some((shiftMs) => totp(SECRET, atMs + shiftMs) === code);
}

/** Gives tickets as pveproxy does, and takes only the newest. */
class TicketServer {
  readonly forms: Record<string, string>[] = [];
  valid: string | null = null;
  issued = 0;
  /** `challenge` since PVE 7, `otp` before it. */
  secondFactor: 'challenge' | 'otp' | null = null;
  isDown = false;
  nowMs = Date.UTC(2026, 10, 21);
  /** How far the server's clock is ahead of the client's. */
  skewMs = 0;

  dateMs(): number {
    return this.nowMs + this.skewMs;
  }

  answer(key: string, { headers, body }: { headers: { cookie?: string | undefined }; body: string }): ReplayAnswer {
    if (key === 'POST /access/ticket') return this.#logIn(Object.fromEntries(new URLSearchParams(body)));
    const cookie = decodeURIComponent(headers.cookie ?? '');
    if (this.valid === null || cookie !== `PVEAuthCookie=${this.valid}`)
      return { ...unauthorized, reason: 'No ticket' };
    return { status: 200, body: { data: { version: '8.4.21' } } };
  }

  #logIn(form: Record<string, string>): ReplayAnswer {
    this.forms.push(form);
    if (this.isDown) return { status: 500, reason: 'cfs-lock timeout' };
    if (form['password'] === this.valid) return this.#issue();
    if (this.secondFactor === 'challenge') {
      if (
        form['tfa-challenge'] === 'PVE:!tfa!challenge' &&
        isCode(form['password']?.replace('totp:', ''), this.dateMs())
      )
        return this.#issue();
      if (form['password'] !== PASSWORD) return unauthorized;
      return { status: 200, body: { data: { username: USER, ticket: 'PVE:!tfa!challenge', NeedTFA: 1 } } };
    }
    if (form['password'] !== PASSWORD) return unauthorized;
    if (this.secondFactor === 'otp' && !isCode(form['otp'], this.dateMs())) return unauthorized;
    return this.#issue();
  }

  #issue(): ReplayAnswer {
    this.issued += 1;
    this.valid = `PVE:${USER}:ticket+${this.issued}/==`;
    return {
      status: 200,
      body: { data: { ticket: this.valid, CSRFPreventionToken: `csrf-${this.issued}-0123456789` } },
    };
  }
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function world(credential: { password?: string; totpSecret?: string } = {}) {
  const tickets = new TicketServer();
  const server: ReplayServer = await startReplay(
    {},
    { onRequest: (key, request) => tickets.answer(key, request), date: () => new Date(tickets.dateMs()) },
  );
  const client: ProxmoxClient = clientOf(server, {
    credential: { kind: 'password', user: USER, password: PASSWORD, ...credential },
    clock: () => tickets.nowMs,
  });
  closers.push(
    () => server.close(),
    () => client.close(),
  );
  return { tickets, server, client };
}

describe('user and password', () => {
  it('log in once for calls at the same time', async () => {
    const { tickets, client } = await world();
    await Promise.all([client.getVersion(), client.getVersion(), client.getVersion()]);
    expect(tickets.forms).toEqual([{ username: USER, password: PASSWORD }]);
  });

  it('renew the ticket with itself, well before two hours', async () => {
    const { tickets, client } = await world();
    await client.getVersion();
    const first = tickets.valid;
    tickets.nowMs += 0.9 * HOUR_MS;
    await client.getVersion();
    expect(tickets.forms).toHaveLength(1);
    tickets.nowMs += 0.2 * HOUR_MS;
    await client.getVersion();
    expect(tickets.forms.slice(1)).toEqual([{ username: USER, password: first }]);
  });

  it('use the old ticket while renewing fails, and the password when the ticket is refused', async () => {
    const { tickets, client } = await world();
    await client.getVersion();
    tickets.nowMs += 1.2 * HOUR_MS;
    tickets.isDown = true;
    await client.getVersion();
    tickets.nowMs += HOUR_MS;
    expect(await failure(client.getVersion())).toMatchObject({ code: 'server' });
    tickets.isDown = false;
    tickets.valid = 'of another key';
    await client.getVersion();
    expect(tickets.forms.at(-1)).toEqual({ username: USER, password: PASSWORD });
  });

  it('log in again after a 401, once', async () => {
    const { tickets, server, client } = await world();
    await client.getVersion();
    tickets.valid = 'of another key';
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(tickets.issued).toBe(2);
    tickets.answer = (key, request) =>
      key.startsWith('GET') ? unauthorized : TicketServer.prototype.answer.call(tickets, key, request);
    server.requests.length = 0;
    expect(await failure(client.getVersion())).toMatchObject({ code: 'unauthenticated' });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
  });

  it('that are wrong are told', async () => {
    const { client, server } = await world({ password: 'wrong-password' });
    const error = await failure(client.getVersion());
    expect(error).toMatchObject({
      code: 'unauthenticated',
      message: 'POST /access/ticket: authentication failure (401)',
    });
    expect(error.hint).toContain('realm');
    expect(server.requests).toHaveLength(1);
  });

  it.each(['challenge', 'otp'] as const)('with a second factor by %s', async (way) => {
    const { tickets, client } = await world({ totpSecret: SECRET });
    tickets.secondFactor = way;
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(tickets.forms).toHaveLength(2);
    tickets.nowMs += 1.5 * HOUR_MS;
    await client.getVersion();
    expect(tickets.forms[2]?.['password']).toContain('ticket+1');
  });

  it.each([-290_000, 290_000])('have the code of the time of a server whose clock is %i ms ahead', async (skewMs) => {
    const { tickets, client } = await world({ totpSecret: SECRET });
    tickets.secondFactor = 'challenge';
    tickets.skewMs = skewMs;
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
  });

  it.each([
    [Date.UTC(2031, 0, 1) - Date.UTC(2026, 10, 21), 300_000],
    [-HOUR_MS, -300_000],
  ])('give no code of a time that is %i ms away, but of one that is %i ms away', async (skewMs, believedMs) => {
    const { tickets, client } = await world({ totpSecret: SECRET });
    tickets.secondFactor = 'challenge';
    tickets.skewMs = skewMs;
    expect(await failure(client.getVersion())).toMatchObject({ code: 'unauthenticated' });
    const codes = tickets.forms.flatMap((form) => form['password']?.replace('totp:', '') ?? []).slice(1);
    expect(codes).toEqual([totp(SECRET, tickets.nowMs + believedMs)]);
    expect(client.clockSkewMs()).toBe(skewMs + 500);
  });

  it('say that a second factor is missing', async () => {
    const { tickets, client } = await world();
    tickets.secondFactor = 'challenge';
    expect(await failure(client.getVersion())).toMatchObject({
      code: 'unauthenticated',
      hint: expect.stringContaining('PROXMOX_TOTP_SECRET'),
    });
  });

  it('refuse an answer without ticket', async () => {
    const server = await startReplay({ 'POST /access/ticket': { status: 200, body: { data: null } } });
    const client = clientOf(server, { credential: { kind: 'password', user: USER, password: PASSWORD } });
    closers.push(
      () => server.close(),
      () => client.close(),
    );
    expect(await failure(client.getVersion())).toMatchObject({ code: 'malformed', message: /has no ticket/ });
    server.set({ 'POST /access/ticket': { status: 200, body: { data: { username: USER } } } });
    expect(await failure(client.getVersion())).toMatchObject({ code: 'malformed' });
  });
});

describe('TicketAuth', () => {
  const auth = (login: Login) =>
    new TicketAuth(
      { user: USER, password: PASSWORD },
      { login, redactor: new Redactor(), clock: () => 0, serverClock: () => 0 },
    );

  it('gives the CSRF token to writes only', async () => {
    const session = auth(async () => ({ ticket: 'PVE:a+b', CSRFPreventionToken: 'csrf' }));
    expect(await session.headers('GET')).toEqual({ Cookie: 'PVEAuthCookie=PVE%3Aa%2Bb' });
    expect(await session.headers('POST')).toEqual({ Cookie: 'PVEAuthCookie=PVE%3Aa%2Bb', CSRFPreventionToken: 'csrf' });
  });

  it('forgets only the ticket that was refused', async () => {
    let logins = 0;
    const session = auth(async () => ({ ticket: `PVE:${(logins += 1)}` }));
    await session.headers('GET');
    session.renew({ Cookie: 'PVEAuthCookie=older' });
    expect(await session.headers('POST')).toEqual({ Cookie: 'PVEAuthCookie=PVE%3A1' });
    session.renew({ Cookie: 'PVEAuthCookie=PVE%3A1' });
    expect(await session.headers('GET')).toEqual({ Cookie: 'PVEAuthCookie=PVE%3A2' });
  });

  it('passes on what is no AppError', async () => {
    const session = auth(async () => {
      throw new RangeError('a bug');
    });
    await expect(session.headers('GET')).rejects.toThrow(RangeError);
  });
});

describe('totp', () => {
  // RFC 6238, appendix B, SHA-1, the last six of eight digits
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at %i s is %s', (seconds, code) => expect(totp(SECRET, seconds * 1000)).toBe(code));

  it('reads secrets as people have them', () => {
    const bytes = decodeTotpSecret(SECRET);
    expect(bytes.toString()).toBe('12345678901234567890');
    expect(decodeTotpSecret('gezd gnbv-GY3TQOJQ gezdgnbvgy3tqojq==').equals(bytes)).toBe(true);
    expect(decodeTotpSecret(`otpauth://totp/x?secret=${SECRET}&issuer=y`).equals(bytes)).toBe(true);
    expect(() => decodeTotpSecret('not base32 1!')).toThrow(AppError);
  });
});
