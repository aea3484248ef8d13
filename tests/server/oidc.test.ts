import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OidcSettings } from '../../src/app/config/oidc.ts';
import { findOidc } from '../../src/app/config/oidc.ts';
import { Problems } from '../../src/app/config/problems.ts';
import { mapClaims } from '../../src/server/auth/oidc-claims.ts';
import { OidcLogin } from '../../src/server/auth/oidc-login.ts';
import { addOidcRoutes } from '../../src/server/auth/oidc-routes.ts';
import { seal, sealKey, unseal } from '../../src/server/auth/seal.ts';
import { type Answer, type AuthServer, openAuthServer, ROOT } from '../helpers/auth-server.ts';

const CALLBACK = '/api/v1/login/oidc/callback';
/** Where the server seems to be: only its path matters, because the tests follow the redirects themselves. */
const PUBLIC = 'http://localhost';

const key = sealKey(null);
let provider: ChildProcess;
let issuer: string;
let server: AuthServer;
const warnings: string[] = [];

const settings = (): OidcSettings => ({
  issuer,
  clientId: 'rollcall',
  secretRef: 'env:X',
  publicUrl: PUBLIC,
  scopes: 'openid profile email',
  nameClaim: 'preferred_username',
  roleClaim: 'groups',
  roles: new Map([
    ['admins', 'admin'],
    ['staff', 'viewer'],
  ]),
  defaultRole: null,
  label: 'test',
});

beforeAll(async () => {
  const script = fileURLToPath(new URL('../helpers/oidc-server.mjs', import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  provider = spawn(process.execPath, ['--no-deprecation', script, `${PUBLIC}${CALLBACK}`], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  issuer = await new Promise<string>((resolve) => {
    provider.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
  });
  server = await openAuthServer({
    routes: (api, { people, cookie, clock }) => {
      const login = new OidcLogin({ settings: settings(), clientSecret: 'the-secret-of-the-client', key, clock });
      addOidcRoutes(api, {
        people,
        cookie,
        login,
        warn: (message) => warnings.push(message),
        secureCookies: false,
        basePath: '/',
      });
    },
  });
  // The clocks of both have to agree.
  server.clock.advance(Date.now() - server.clock.now().getTime());
}, 30_000);
afterAll(() => {
  provider.kill('SIGKILL');
});

async function setAccount(claims: { sub: string } & Record<string, unknown>): Promise<void> {
  await fetch(`${issuer}/account`, { method: 'POST', body: JSON.stringify(claims) });
}

const kept = (answer: Answer): string => {
  const [cookie = ''] = (answer.headers['set-cookie'] ?? []).filter((one) => one.startsWith('rollcall_oidc='));
  return cookie.split(';')[0] ?? '';
};

/** Goes to the identity provider and comes back with what it sends along. */
async function goThere(): Promise<{ query: URLSearchParams; cookie: string; begun: Answer }> {
  const begun = await server.send('GET', '/api/v1/login/oidc');
  const jar = new Map<string, string>();
  let at = begun.headers.location ?? '';
  for (let hop = 0; hop < 8 && !at.startsWith(PUBLIC); hop++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(at, { redirect: 'manual', headers: { cookie } });
    for (const one of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      jar.set(name, value);
    }
    at = new URL(answer.headers.get('location') ?? '', at).href;
  }
  return { query: new URL(at).searchParams, cookie: kept(begun), begun };
}

const comeBack = (query: URLSearchParams, cookie: string) =>
  server.send('GET', `${CALLBACK}?${query.toString()}`, { headers: { cookie } });

const sessionOf = ({ headers }: Answer) =>
  (headers['set-cookie'] ?? []).find((one) => one.startsWith('rollcall_session='))?.split(';')[0];

describe('a login by an identity provider', () => {
  it('begins with state, nonce and PKCE, kept in a cookie that nobody can read', async () => {
    const { headers, status } = await server.send('GET', '/api/v1/login/oidc');
    expect(status).toBe(302);
    const to = new URL(headers.location ?? '');
    expect(to.origin).toBe(issuer);
    expect(Object.fromEntries(to.searchParams)).toEqual({
      client_id: 'rollcall',
      response_type: 'code',
      redirect_uri: `${PUBLIC}${CALLBACK}`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^rollcall_oidc=[\w-]+; Max-Age=600; Path=\/api\/v1\/login\/oidc; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(to.searchParams.get('state'));
  });

  it('ends in a session of the mapped role, which is taken anew at each login', async () => {
    await setAccount({ sub: 's1', preferred_username: 'Carol', name: 'Carol C.', groups: ['staff', 'admins'] });
    const { query, cookie } = await goThere();
    const back = await comeBack(query, cookie);
    expect([back.status, back.headers.location]).toEqual([302, '/']);
    const session = sessionOf(back);
    const { json } = await server.send('GET', '/api/v1/session', { headers: { cookie: session } });
    expect(json.principal).toEqual({ name: 'carol', role: 'admin', scope: null, via: 'session' });
    expect(await server.people.users.get('carol')).toMatchObject({ issuer, subject: 's1', displayName: 'Carol C.' });

    await setAccount({ sub: 's1', preferred_username: 'Carol', groups: ['staff'] });
    const again = await goThere();
    const lower = sessionOf(await comeBack(again.query, again.cookie));
    expect((await server.send('GET', '/api/v1/session', { headers: { cookie: lower } })).json.principal.role).toBe(
      'viewer',
    );
    expect((await server.send('GET', '/api/v1/users', { headers: { cookie: session } })).status).toBe(401);
    const [record] = await server.people.actions.list({ take: 1, action: 'login' });
    expect(record).toMatchObject({ actor: 'carol', detail: { by: issuer }, outcome: 'done' });
  });

  /** Where it leads to after something was changed on the way. */
  async function spoilt(
    change: (query: URLSearchParams, cookie: string) => string | undefined,
  ): Promise<string | undefined> {
    await setAccount({ sub: 's2', preferred_username: 'mallory', groups: ['admins'] });
    const { query, cookie } = await goThere();
    const changed = change(query, cookie);
    const back = await comeBack(query, changed ?? cookie);
    expect(sessionOf(back)).toBe(undefined);
    expect(back.status).toBe(302);
    return back.headers.location;
  }

  /** The query is changed, and the cookie is not. */
  const setting = (query: URLSearchParams, name: string, value: string | null): undefined => {
    query.delete(name);
    if (value !== null) query.set(name, value);
  };

  /** The cookie with another value in it, sealed as the server would. */
  const resealed = (cookie: string, change: object) => {
    const text = unseal(cookie.slice('rollcall_oidc='.length), key) ?? '';
    return `rollcall_oidc=${seal(JSON.stringify({ ...JSON.parse(text), ...change }), key)}`;
  };

  it.each<[string, string, (query: URLSearchParams, cookie: string) => string | undefined]>([
    ['another state', 'oidc-failed', (query) => setting(query, 'state', 'x'.repeat(43))],
    ['no state', 'oidc-failed', (query) => setting(query, 'state', null)],
    ['another issuer', 'oidc-failed', (query) => setting(query, 'iss', 'https://evil.example')],
    ['another code', 'oidc-failed', (query) => setting(query, 'code', 'stolen')],
    ['another nonce', 'oidc-failed', (_query, cookie) => resealed(cookie, { nonce: 'n'.repeat(43) })],
    ['another verifier', 'oidc-failed', (_query, cookie) => resealed(cookie, { verifier: 'v'.repeat(43) })],
    ['an error', 'oidc-failed', (query) => setting(query, 'error', 'access_denied')],
    ['no cookie: another browser began it', 'oidc-expired', () => 'x=y'],
    ['a cookie that was changed', 'oidc-expired', (_query, cookie) => `${cookie.slice(0, -4)}AAAA`],
    [
      'a cookie that is too old',
      'oidc-expired',
      (_query, cookie) => resealed(cookie, { until: server.clock.now().getTime() }),
    ],
  ])('fails with %s', async (_what, why, change) => {
    expect(await spoilt(change)).toBe(`/login?error=${why}`);
    expect((await server.people.users.list()).map(({ name }) => name)).not.toContain('mallory');
  });

  it('takes a code once', async () => {
    await setAccount({ sub: 's1', preferred_username: 'Carol', groups: ['staff'] });
    const { query, cookie } = await goThere();
    expect((await comeBack(query, cookie)).headers.location).toBe('/');
    expect((await comeBack(query, cookie)).headers.location).toBe('/login?error=oidc-failed');
  });

  it('lets nobody in without a mapped role, under the name of somebody else, or who is disabled', async () => {
    const endOf = async (claims: { sub: string } & Record<string, unknown>) => {
      await setAccount(claims);
      const { query, cookie } = await goThere();
      return (await comeBack(query, cookie)).headers.location;
    };
    expect(await endOf({ sub: 's3', preferred_username: 'dave', groups: ['others'] })).toBe(
      '/login?error=oidc-no-role',
    );
    expect(await endOf({ sub: 's3', preferred_username: 'dave' })).toBe('/login?error=oidc-no-role');
    expect(await endOf({ sub: 's3', groups: ['admins'] })).toBe('/login?error=oidc-name');
    await server.addUser('root-admin', 'admin');
    expect(await endOf({ sub: 's4', preferred_username: 'root-admin', groups: ['admins'] })).toBe(
      '/login?error=oidc-refused',
    );
    await server.people.users.change(await server.people.users.get('carol'), { isDisabled: true }, ROOT);
    expect(await endOf({ sub: 's1', preferred_username: 'carol', groups: ['admins'] })).toBe(
      '/login?error=oidc-refused',
    );
    const [record] = await server.people.actions.list({ take: 1 });
    expect(record).toMatchObject({
      actor: 'unknown',
      action: 'login',
      detail: { by: issuer, subject: 's1', why: 'oidc-refused' },
      outcome: 'refused',
    });
  });

  it('that cannot be reached leads back, and is tried again', async () => {
    const lost = await openAuthServer({
      routes: (api, { people, cookie, clock }) => {
        const login = new OidcLogin({
          settings: { ...settings(), issuer: 'http://127.0.0.1:1' },
          clientSecret: null,
          key,
          clock,
        });
        addOidcRoutes(api, {
          people,
          cookie,
          login,
          warn: (message) => warnings.push(message),
          secureCookies: false,
          basePath: '/rollcall',
        });
      },
    });
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await lost.send('GET', '/api/v1/login/oidc');
      expect([status, headers.location]).toEqual([302, '/rollcall/login?error=oidc-failed']);
    }
  });
});

describe('claims', () => {
  const map = (claims: Record<string, unknown>, more: object = {}) => mapClaims(claims, { ...settings(), ...more });

  it('are a name and the highest of the mapped roles', () => {
    expect(map({ preferred_username: 'a', groups: ['staff', 'admins', 'x'] })).toMatchObject({
      name: 'a',
      role: 'admin',
    });
    expect(map({ preferred_username: 'a', groups: 'staff' })).toMatchObject({ role: 'viewer' });
    expect(map({ preferred_username: 'a', groups: [1, null, { staff: true }] })).toEqual({ refusal: 'oidc-no-role' });
    expect(map({ preferred_username: 'a' }, { defaultRole: 'viewer' })).toMatchObject({ role: 'viewer' });
    const nested = { preferred_username: 'a', realm_access: { roles: ['admins'] } };
    expect(map(nested, { roleClaim: 'realm_access.roles' })).toMatchObject({ role: 'admin' });
    expect(map({ preferred_username: 'a' }, { roleClaim: 'constructor.name' })).toEqual({ refusal: 'oidc-no-role' });
  });

  it('take an address as a name only where it was verified', () => {
    const by = { nameClaim: 'email', defaultRole: 'viewer' };
    expect(map({ email: 'a@x.example', email_verified: true }, by)).toMatchObject({ name: 'a@x.example' });
    for (const email_verified of [false, 'true', undefined]) {
      expect(map({ email: 'a@x.example', email_verified }, by)).toEqual({ refusal: 'oidc-name' });
    }
  });
});

describe('the settings', () => {
  const find = (env: Record<string, string>) => {
    const problems = new Problems();
    return { found: findOidc(env, problems), problems: problems.list.map(({ what }) => what) };
  };
  const base = {
    ROLLCALL_OIDC_ISSUER: 'https://id.example.com/realms/x',
    ROLLCALL_OIDC_CLIENT_ID: 'rollcall',
    ROLLCALL_OIDC_CLIENT_SECRET: 'file:/etc/rollcall/oidc',
    ROLLCALL_OIDC_URL: 'https://rollcall.example.com/base/',
    ROLLCALL_OIDC_ROLES: 'cn=admins,ops=operator',
  };

  it('are there where an issuer is named', () => {
    expect(find({}).found).toBe(null);
    const { found, problems } = find({ ...base, ROLLCALL_OIDC_ROLES: 'cn=admins=admin, ops=operator' });
    expect(problems).toEqual([]);
    expect(found).toMatchObject({ publicUrl: 'https://rollcall.example.com/base', label: 'id.example.com' });
    expect([...(found?.roles ?? [])]).toEqual([
      ['cn=admins', 'admin'],
      ['ops', 'operator'],
    ]);
  });

  it('say all that is wrong with them, and never a secret', () => {
    const { problems } = find({
      ...base,
      ROLLCALL_OIDC_ISSUER: 'http://id.example.com',
      ROLLCALL_OIDC_CLIENT_ID: '',
      ROLLCALL_OIDC_CLIENT_SECRET: 'hunter2',
      ROLLCALL_OIDC_URL: '',
      ROLLCALL_OIDC_DEFAULT_ROLE: 'root',
    });
    expect(problems).toEqual([
      'ROLLCALL_OIDC_ISSUER is no address of HTTPS',
      'ROLLCALL_OIDC_CLIENT_ID is missing',
      'ROLLCALL_OIDC_URL is missing',
      'ROLLCALL_OIDC_CLIENT_SECRET is no reference to a secret',
      "ROLLCALL_OIDC_ROLES has 'cn=admins'",
      "ROLLCALL_OIDC_DEFAULT_ROLE is 'root'",
    ]);
  });
});
