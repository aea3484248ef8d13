import { beforeAll, describe, expect, it } from '@jest/globals';
import { openAccounts } from '../../src/app/open-reconcile.ts';
import { routeTable } from '../../src/server/auth/access.ts';
import { openServeWorld, ROOT, type ServeWorld } from '../helpers/serve-world.ts';

interface Case {
  /** With the id of something of `other`, which no scope has. */
  path?: string;
  body?: unknown;
  /** Nobody, and viewer, operator and admin who see all. */
  whole: string;
  /** Viewer, operator and admin, whatever limits them. */
  scoped: string;
}

let serve: ServeWorld;
let cases: Record<string, Case>;
const tokens = new Map<string, string>();
const ROLES = ['viewer', 'operator', 'admin'] as const;
const FINGERPRINT = Array.from({ length: 32 }, () => 'AA').join(':');

beforeAll(async () => {
  serve = await openServeWorld();
  const lab = serve.providerId('lab');
  await serve.token('root-admin', 'admin');
  for (const role of ROLES) {
    tokens.set(role, await serve.token(role, role));
    tokens.set(`${role} provider`, await serve.token(`${role}-p`, role, { providers: [lab] }));
    tokens.set(`${role} pool`, await serve.token(`${role}-o`, role, { providers: [lab], pools: ['prod'] }));
    tokens.set(`${role} tag`, await serve.token(`${role}-t`, role, { tags: ['nobody-has-this'] }));
  }
  // Each of them may use /me.
  const users = await serve.people.users.list();
  const ids = users.map(({ name }) => ({ system: 'user', value: name }));
  await (await openAccounts(serve.app)).add('Everybody', ids, ROOT);
  cases = table();
});

const READ = { whole: '401 200 200 200', scoped: '200 200 200' };
const READ_ONE = { whole: '401 200 200 200', scoped: '404 404 404' };
const PUBLIC = { whole: '200 200 200 200', scoped: '200 200 200' };
/** Of the whole: who sees a part may not. */
const ADMIN = { whole: '401 403 403 200', scoped: '403 403 403' };
const ADMIN_NONE = { whole: '401 403 403 404', scoped: '403 403 403' };

function table(): Record<string, Case> {
  const provider = `/api/v1/providers/${serve.providerId('other')}`;
  const [first] = [...serve.hub.current.hosts.values()].filter(
    ({ providerId }) => providerId === serve.providerId('other'),
  );
  const hostId = first?.id ?? '';
  const host = `/api/v1/hosts/${hostId}`;
  const user = '/api/v1/users/nobody';
  return {
    'GET /api/v1/state': READ,
    'GET /api/v1/version': READ,
    'POST /api/v1/sync': { ...READ, body: { epoch: '', rev: 0 } },
    // Without an upgrade.
    'GET /api/v1/ws': { whole: '401 404 404 404', scoped: '404 404 404' },
    'GET /api/v1/providers': READ,
    'GET /api/v1/providers/:id': { ...READ_ONE, path: provider },
    'GET /api/v1/providers/:id/availability': { ...READ_ONE, path: `${provider}/availability` },
    'GET /api/v1/hosts': READ,
    'GET /api/v1/hosts/:id': { ...READ_ONE, path: host },
    'GET /api/v1/hosts/:id/history': { ...READ_ONE, path: `${host}/history` },
    'GET /api/v1/hosts/:id/diff': { ...READ_ONE, path: `${host}/diff?from=1h` },
    'GET /api/v1/hosts/:id/availability': { ...READ_ONE, path: `${host}/availability` },
    'GET /api/v1/changes': READ,
    'GET /api/v1/runs': READ,
    'GET /api/v1/tasks': READ,
    'GET /api/v1/nodes': READ,
    'GET /api/v1/storages': READ,
    'POST /api/v1/providers': { whole: '401 403 403 400', scoped: '403 403 403', body: {} },
    'PATCH /api/v1/providers/:id': { whole: '401 403 403 200', scoped: '403 403 404', path: provider, body: {} },
    'DELETE /api/v1/providers/:id': { whole: '401 403 403 204', scoped: '403 403 404', path: provider },
    'POST /api/v1/providers/inspect': { ...ADMIN, body: { url: 'https://127.0.0.1:1', type: 'proxmox' } },
    'POST /api/v1/providers/:id/sync': {
      whole: '401 403 202 202',
      scoped: '403 404 404',
      path: `${provider}/sync`,
      body: {},
    },
    'POST /api/v1/providers/:id/test': {
      whole: '401 403 202 202',
      scoped: '403 404 404',
      path: `${provider}/test`,
      body: {},
    },
    'POST /api/v1/providers/:id/trust': {
      whole: '401 403 403 202',
      scoped: '403 403 404',
      path: `${provider}/trust`,
      body: { endpoint: serve.other.lab.url, fingerprint: FINGERPRINT },
    },
    'GET /api/v1/operations': READ,
    'GET /api/v1/operations/:id': { whole: '401 404 404 404', scoped: '404 404 404', path: '/api/v1/operations/none' },
    'POST /api/v1/operations/:id/cancel': {
      whole: '401 403 404 404',
      scoped: '403 404 404',
      path: '/api/v1/operations/none/cancel',
      body: {},
    },
    'GET /api/v1/imports': READ,
    'POST /api/v1/imports': { whole: '401 403 200 200', scoped: '403 404 404', body: { hostIds: [hostId] } },
    'POST /api/v1/imports/archive': { whole: '401 403 409 409', scoped: '403 409 409', body: { hostIds: [hostId] } },
    'GET /api/v1/lifecycle': READ,
    'POST /api/v1/me/servers/sync': { whole: '401 202 202 202', scoped: '202 202 202', body: {} },
    'GET /api/v1/me/servers/sync/status': READ,
    'GET /api/v1/me/servers': READ,
    'GET /api/v1/me/findings': READ,
    'POST /api/v1/admin/servers/sync': { whole: '401 403 403 202', scoped: '403 403 403', body: {} },
    'GET /api/v1/admin/servers/sync/status': { whole: '401 200 200 200', scoped: '403 403 403' },
    'POST /api/v1/admin/accounts/:id/servers/sync': {
      whole: '401 403 403 202',
      scoped: '403 403 403',
      path: '/api/v1/admin/accounts/whmcs:42/servers/sync',
      body: {},
    },
    'GET /api/v1/findings': { whole: '401 200 200 200', scoped: '403 403 403' },
    'POST /api/v1/findings/:id/accept': {
      whole: '401 403 404 404',
      scoped: '403 403 403',
      path: '/api/v1/findings/none/accept',
      body: { reason: 'known' },
    },
    'POST /api/v1/findings/:id/assign': {
      whole: '401 403 404 404',
      scoped: '403 403 403',
      path: '/api/v1/findings/none/assign',
      body: { to: 'alice' },
    },
    'GET /api/v1/billing/proposals': { whole: '401 403 200 200', scoped: '403 403 403' },
    'POST /api/v1/billing/proposals/:id/apply': {
      whole: '401 403 403 404',
      scoped: '403 403 403',
      path: '/api/v1/billing/proposals/none/apply',
      body: { reason: 'November' },
    },
    'POST /api/v1/billing/proposals/:id/reject': {
      whole: '401 403 403 404',
      scoped: '403 403 403',
      path: '/api/v1/billing/proposals/none/reject',
      body: { reason: 'a gift' },
    },
    'GET /api/v1/session': PUBLIC,
    'POST /api/v1/session': { whole: '400 400 400 400', scoped: '400 400 400', body: {} },
    'DELETE /api/v1/session': { whole: '401 204 204 204', scoped: '204 204 204' },
    'POST /api/v1/invite/:secret': {
      whole: '404 404 404 404',
      scoped: '404 404 404',
      path: '/api/v1/invite/x',
      body: { password: 'a very long password' },
    },
    'GET /api/v1/users': ADMIN,
    'POST /api/v1/users': { whole: '401 403 403 400', scoped: '403 403 403', body: {} },
    'GET /api/v1/users/:id': { ...ADMIN_NONE, path: user },
    'PATCH /api/v1/users/:id': { ...ADMIN_NONE, path: user, body: {} },
    'DELETE /api/v1/users/:id': { ...ADMIN_NONE, path: user },
    'POST /api/v1/users/:id/invitation': { ...ADMIN_NONE, path: `${user}/invitation` },
    'GET /api/v1/users/:id/tokens': { ...ADMIN_NONE, path: `${user}/tokens` },
    'POST /api/v1/users/:id/tokens': {
      ...ADMIN_NONE,
      path: `${user}/tokens`,
      body: { name: 'x', expiresAt: null },
    },
    'DELETE /api/v1/users/:id/tokens/:token': { ...ADMIN_NONE, path: `${user}/tokens/x` },
    'GET /api/v1/actions': ADMIN,
    'GET /api/v1/openapi.json': PUBLIC,
    'GET /healthz': PUBLIC,
    'GET /readyz': PUBLIC,
    'GET /metrics': { whole: '401 200 200 200', scoped: '403 403 403' },
  };
}

/** What is removed is needed before. */
const isLast = (route: string) => route.startsWith('DELETE ');

describe('every route of the server', () => {
  it('is in this table, and answers each role and scope as the table says', async () => {
    const routes = routeTable(serve.server).map(({ method, url }) => `${method} ${url}`);
    const withoutHead = routes.filter((route) => !route.startsWith('HEAD '));
    expect(withoutHead.toSorted()).toEqual(Object.keys(cases).toSorted());
    const found: Record<string, Pick<Case, 'whole' | 'scoped'>> = {};
    for (const route of withoutHead.toSorted((a, b) => Number(isLast(a)) - Number(isLast(b)))) {
      const [method = '', url = ''] = route.split(' ');
      const { path = url, body } = cases[route] ?? {};
      const ask = async (who: string) => {
        const { status } = await serve.send(method, path, { token: tokens.get(who), body });
        return status;
      };
      const scoped: number[] = [];
      for (const role of ROLES) {
        const [one, ...others] = [await ask(`${role} provider`), await ask(`${role} pool`), await ask(`${role} tag`)];
        expect([route, role, ...others]).toEqual([route, role, one, one]);
        scoped.push(one);
      }
      const whole: number[] = [];
      for (const who of ['nobody', ...ROLES]) whole.push(await ask(who));
      found[route] = { whole: whole.join(' '), scoped: scoped.join(' ') };
    }
    const wanted = Object.entries(cases).map(([route, { whole, scoped }]) => [route, { whole, scoped }]);
    expect(found).toEqual(Object.fromEntries(wanted));
    expect(serve.log).toEqual([]);
  });

  it('tells at once that a provider was removed', async () => {
    const { json } = await serve.send('GET', '/api/v1/providers', { token: tokens.get('viewer') });
    expect(json.items.map(({ name }: { name: string }) => name)).toEqual(['lab']);
  });

  it('answers HEAD to whom it answers GET', async () => {
    const routes = routeTable(serve.server).filter(({ method }) => method === 'HEAD');
    expect(routes.length).toBeGreaterThan(20);
    for (const { url } of routes) {
      const path = cases[`GET ${url}`]?.path ?? url;
      for (const token of [undefined, tokens.get('viewer'), tokens.get('viewer provider'), tokens.get('admin')]) {
        const [get, head] = [await serve.send('GET', path, { token }), await serve.send('HEAD', path, { token })];
        expect([url, head.status]).toEqual([url, get.status]);
      }
    }
  });
});
