import { beforeAll, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { requireDecisions, routeTable } from '../../src/server/auth/access.ts';
import { hasRole, ROLES } from '../../src/types/principal.ts';
import { type AuthServer, openAuthServer } from '../helpers/auth-server.ts';

let server: AuthServer;

beforeAll(async () => {
  server = await openAuthServer();
});

/** As a client without a decision would see it: whether it is let in, whatever comes then. */
const isLetIn = (status: number) => status !== 401 && status !== 403;

describe('a server without users', () => {
  it('shows itself to whoever is on its machine, and lets nobody change anything', async () => {
    const { json, headers } = await server.send('GET', '/api/v1/session');
    expect(headers['cache-control']).toBe('no-store');
    expect(json).toEqual({
      principal: { name: 'local', role: 'viewer', scope: null, via: 'local' },
      csrf: null,
      expiresAt: null,
      login: { hasUsers: false, password: false, oidc: null },
    });
    const {
      status,
      json: refused,
      headers: sent,
    } = await server.send('POST', '/api/v1/users', { body: { name: 'eve' } });
    expect(sent['content-type']).toBe('application/problem+json; charset=utf-8');
    expect([status, refused]).toEqual([
      403,
      {
        type: 'urn:rollcall:problem:forbidden',
        title: 'The role is not enough',
        status: 403,
        code: 'forbidden',
        detail: 'this takes the role admin, and local is viewer here',
        hint: 'add a user: rollcall users add NAME',
      },
    ]);
  });

  it.each([
    ['a proxy passed it on', { 'x-forwarded-for': '192.0.2.1' }],
    ['a proxy passed it on, and said so otherwise', { forwarded: 'for=192.0.2.1' }],
    ['it names the address of another interface', { host: '192.0.2.9' }],
    ['it has a token that is none', { authorization: 'Bearer x' }],
  ])('knows nobody when %s', async (_when, headers) => {
    const { json } = await server.send('GET', '/api/v1/session', { headers });
    expect(json.principal).toBe(null);
  });
});

describe('every route', () => {
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    await server.addUser('root-admin', 'admin');
    for (const role of ROLES) {
      await server.addUser(role, role);
      await server.addUser(`${role}-of-p1`, role, { providers: ['p1'] });
      for (const name of [role, `${role}-of-p1`]) tokens.set(name, await server.token(name));
    }
  });

  it('has a decision, and those for everybody are these', () => {
    const open = routeTable(server.app).flatMap(({ method, url, access }) =>
      'public' in access ? [`${method} ${url}: ${access.public}`] : [],
    );
    expect(open.toSorted()).toEqual([
      'GET /api/v1/session: says who asks and how to log in',
      'HEAD /api/v1/session: says who asks and how to log in',
      'POST /api/v1/invite/:secret: whoever has the link sets the password',
      'POST /api/v1/session: a login',
    ]);
  });

  it('lets in the roles that it says, those with a scope where it is not for the whole, and nobody else', async () => {
    const wrong: string[] = [];
    let tried = 0;
    for (const { method, url, access } of routeTable(server.app)) {
      const path = url.replace(':id', 'nobody').replace(/:\w+/, 'x');
      const outside = await server.send(method, path);
      if (isLetIn(outside.status) !== 'public' in access && url !== '/api/v1/session') wrong.push(`${method} ${url}`);
      for (const [name, token] of tokens) {
        const { status } = await server.send(method, path, { headers: { authorization: `Bearer ${token}` } });
        const role = ROLES.find((one) => name.startsWith(one)) ?? 'viewer';
        const isScoped = name.endsWith('-of-p1');
        const mayUse = 'public' in access || (hasRole({ role }, access.role) && !(access.isWhole && isScoped));
        const isFine = isLetIn(status) === mayUse && status !== 500;
        if (!isFine) wrong.push(`${method} ${url} as ${name}: ${status}`);
        tried += 1;
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBe(routeTable(server.app).length * ROLES.length * 2);
  });

  it('cannot be added without a decision', () => {
    const app = fastify();
    requireDecisions(app);
    expect(() => app.get('/forgotten', () => 'all of it')).toThrow('nobody has decided who may GET /forgotten');
    app.get('/health', { config: { access: { public: 'tells nothing' } } }, () => 'ok');
    expect(routeTable(app)).toMatchObject([{ method: 'GET', url: '/health' }, { method: 'HEAD' }]);
  });
});

describe('users by the API', () => {
  it('are added, changed, invited and removed by an admin, and recorded with the name of the admin', async () => {
    const headers = await server.logIn('admin');
    const send = (method: string, path: string, body?: unknown) =>
      server.send(method, `/api/v1${path}`, { headers, ...(body !== undefined && { body }) });
    const added = await send('POST', '/users', { name: 'Zoe', scope: { providers: [], pools: [], tags: ['Shop'] } });
    expect(added.status).toBe(201);
    expect(added.headers['cache-control']).toBe('no-store');
    expect(added.json).toMatchObject({
      user: { name: 'zoe', role: 'viewer', state: 'invited', scope: { tags: ['shop'] }, createdBy: 'admin' },
      invitation: { path: expect.stringMatching(/^\/invite\/[\w-]{43}$/), until: '2026-11-22T10:00:00.000Z' },
    });
    const { id } = added.json.user;
    const password = 'several words in a row';
    expect(await server.send('POST', `/api/v1${added.json.invitation.path}`, { body: { password } })).toMatchObject({
      status: 200,
      json: { name: 'zoe' },
    });
    expect(await server.send('POST', `/api/v1${added.json.invitation.path}`, { body: { password } })).toMatchObject({
      status: 404,
      json: { code: 'not-found' },
    });
    expect((await send('PATCH', `/users/${id}`, { role: 'operator', scope: null })).json).toMatchObject({
      role: 'operator',
      scope: null,
    });
    expect((await send('PATCH', `/users/${id}`, { isDisabled: true })).json).toMatchObject({ state: 'disabled' });
    expect((await send('PATCH', `/users/${id}`, { isDisabled: false })).json).toMatchObject({ state: 'active' });
    expect(await send('PATCH', `/users/${id}`, { passwordHash: 'x' })).toMatchObject({
      status: 400,
      json: { code: 'invalid' },
    });
    // A field that is dropped in silence would be believed to count.
    for (const [path, body] of [
      ['/users', { name: 'kim', password }],
      [`/users/${id}/tokens`, { name: 'ci', expiresAt: null, scopes: [] }],
    ] as const) {
      expect(await send('POST', path, body)).toMatchObject({ status: 400, json: { code: 'invalid' } });
    }
    const made = await send('POST', `/users/${id}/tokens`, { name: 'ci', role: 'viewer', expiresAt: null });
    expect(made).toMatchObject({
      status: 201,
      json: { token: { user: 'zoe', role: 'viewer' }, secret: expect.stringMatching(/^rollcall_/) },
    });
    const list = await send('GET', `/users/${id}/tokens`);
    expect(list.json.tokens).toMatchObject([{ name: 'ci', state: 'active' }]);
    expect(list.text).not.toContain(made.json.secret);
    expect((await send('DELETE', `/users/${id}/tokens/ci`)).status).toBe(204);
    expect((await send('POST', `/users/${id}/invitation`)).json.path).toMatch(/^\/invite\//);
    expect((await send('DELETE', `/users/${id}`)).status).toBe(204);
    const all = await send('GET', '/users');
    expect(all.json.users.map(({ name }: { name: string }) => name)).not.toContain('zoe');
    expect(all.text).not.toContain('scrypt');
    const first = await send('GET', '/actions?limit=3');
    expect(first.json.actions).toMatchObject([
      { actor: 'admin', via: 'web', address: '127.0.0.1', action: 'user.remove', target: 'zoe', outcome: 'done' },
      { action: 'user.invite' },
      { action: 'token.revoke', target: 'zoe/ci' },
    ]);
    const second = await send('GET', `/actions?limit=3&cursor=${first.json.next}`);
    expect(second.json.actions.map(({ action }: { action: string }) => action)).toEqual([
      'token.add',
      'user.enable',
      'user.disable',
    ]);
    expect((await send('GET', '/actions?cursor=zzz')).status).toBe(400);
  });

  it('keep their last admin', async () => {
    const other = await openAuthServer();
    await other.addUser('alice', 'admin');
    const headers = await other.logIn('alice');
    const { status, json } = await other.send('PATCH', '/api/v1/users/alice', { headers, body: { role: 'viewer' } });
    expect([status, json.code, json.detail]).toEqual([422, 'configuration', 'alice is the last admin']);
    expect((await other.send('GET', '/api/v1/users', { headers })).status).toBe(200);
  });
});
