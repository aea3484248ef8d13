import fastifyWebsocket from '@fastify/websocket';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { isAllowedOrigin } from '../../src/server/auth/request-origin.ts';
import { isOwnHost } from '../../src/text/host-header.ts';
import { type AuthServer, cookieOf, openAuthServer, PASSWORD, ROOT } from '../helpers/auth-server.ts';

const LOGIN = '/api/v1/session';
const USERS = '/api/v1/users';

let server: AuthServer;
let page: Awaited<ReturnType<AuthServer['logIn']>>;

beforeAll(async () => {
  server = await openAuthServer({
    options: { hosts: new Set(['rollcall.example.com']), isLocalAllowed: () => Promise.resolve(false) },
    routes: (api) => {
      void api.register(fastifyWebsocket);
      void api.register((inner, _options, done) => {
        const config = { access: { role: 'viewer' } } as const;
        inner.get('/ws', { websocket: true, config }, (socket, { principal }) => socket.send(principal?.name ?? ''));
        inner.post('/work', { config: { access: { role: 'operator' } } }, () => ({ done: true }));
        done();
      });
    },
  });
  await server.addUser('alice', 'admin');
  await server.addUser('bob', 'operator');
});

beforeEach(async () => {
  server.clock.advance(24 * 3_600_000);
  page = await server.logIn('alice');
});

const add = (headers: object, name = 'eve') => server.send('POST', USERS, { headers: { ...headers }, body: { name } });
const codeOf = ({ status, json }: { status: number; json: { code: string } }) => `${status} ${json.code}`;

/** `open NAME`, or the status that refuses the upgrade. */
function connect(headers: Record<string, string>, host = server.host): Promise<string> {
  const socket = new WebSocket(`ws://${server.host}/api/v1/ws`, { headers: { host, ...headers } });
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      socket.terminate();
      resolve(`open ${data.toString()}`);
    });
    socket.on('unexpected-response', (_request, answer) => {
      // The server closes the connection: nothing else would.
      answer.resume().on('close', () => resolve(String(answer.statusCode)));
    });
    socket.on('error', reject);
  });
}

describe('another site', () => {
  it.each([
    ['without the header that its page cannot know', { 'x-rollcall-csrf': undefined }, '403 csrf'],
    ['with a header of another session', { 'x-rollcall-csrf': 'a'.repeat(43) }, '403 csrf'],
    ['with a header that is too long', { 'x-rollcall-csrf': 'a'.repeat(5000) }, '403 csrf'],
    ['with its own origin', { origin: 'https://evil.example' }, '403 foreign-origin'],
    ['with its own origin on the same address', { origin: 'http://127.0.0.1:1' }, '403 foreign-origin'],
    ['with the origin of a sandbox', { origin: 'null' }, '403 foreign-origin'],
    ['without an origin', { origin: undefined }, '403 foreign-origin'],
    ['as the browser says', { 'sec-fetch-site': 'cross-site' }, '403 foreign-origin'],
    ['that is a neighbour, as the browser says', { 'sec-fetch-site': 'same-site' }, '403 foreign-origin'],
  ])('changes nothing %s', async (_how, headers, code) => {
    const sent = Object.fromEntries(Object.entries({ ...page, ...headers }).filter(([, value]) => value !== undefined));
    expect(codeOf(await add(sent))).toBe(code);
    expect((await server.people.users.list()).map(({ name }) => name)).toEqual(['alice', 'bob']);
  });

  it('is not in the way of the page itself', async () => {
    const { origin: _, ...withoutOrigin } = page;
    expect((await add({ ...withoutOrigin, 'sec-fetch-site': 'same-origin' }, 'carol')).status).toBe(201);
    await server.people.users.remove(await server.people.users.get('carol'), ROOT);
  });

  it('cannot log anybody in', async () => {
    const body = { name: 'alice', password: PASSWORD };
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect(codeOf(await server.send('POST', LOGIN, { headers, body }))).toBe('403 foreign-origin');
    }
    const text = { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(body) };
    expect((await server.send('POST', LOGIN, text)).status).toBe(400);
  });

  it('cannot open a WebSocket with the cookie of a visitor', async () => {
    const { cookie, origin } = page;
    expect(await connect({ cookie, origin })).toBe('open alice');
    expect(await connect({ cookie, origin: 'https://evil.example' })).toBe('403');
    expect(await connect({ cookie, origin: 'null' })).toBe('403');
    expect(await connect({ cookie })).toBe('403');
    expect(await connect({ origin })).toBe('401');
    expect(await connect({ authorization: `Bearer ${await server.token('bob')}` })).toBe('open bob');
    expect(await connect({ cookie, origin: 'http://evil.example' }, 'evil.example')).toBe('421');
  });

  it('that points its own name at this server is refused', async () => {
    for (const host of ['evil.example', 'rollcall.example.com.evil.example', 'localhost.evil.example', '[::1', 'a b']) {
      const { status, json } = await server.send('GET', LOGIN, { headers: { host } });
      expect([status, json?.code]).toEqual([421, 'foreign-host']);
    }
    for (const host of ['rollcall.example.com', 'ROLLCALL.example.com:8440', 'localhost:1', '[::1]:8440', '10.0.0.1']) {
      expect((await server.send('GET', LOGIN, { headers: { host } })).status).toBe(200);
    }
  });

  const names = new Set(['rollcall.example.com']);
  it.each([
    ['http://127.0.0.1:8440', '127.0.0.1:8440', true],
    ['https://rollcall.example.com', 'rollcall.example.com', true],
    ['https://rollcall.example.com', '10.0.0.5:8440', true],
    ['https://rollcall.example.com:8443', '10.0.0.5:8440', false],
    ['http://127.0.0.1:3000', '127.0.0.1:8440', false],
    ['https://evil.example', 'rollcall.example.com', false],
    ['null', 'null', false],
    ['file://', '', false],
    ['https://rollcall.example.com@evil.example', 'rollcall.example.com', false],
    ['https://rollcall.example.com/', 'rollcall.example.com', false],
    ['http://[::1]:8440', '[::1]:8440', true],
  ])('%s may ask %s: %j', (origin, host, isAllowed) => {
    expect(isAllowedOrigin(origin, host, names)).toBe(isAllowed);
  });

  it('has no host of this server', () => {
    expect([undefined, '', 'rollcall.example.org', 'x@127.0.0.1'].map((host) => isOwnHost(host, names))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('a stolen or planted credential', () => {
  it('is in a cookie that scripts and other sites do not get', async () => {
    const { headers } = await server.send('POST', LOGIN, { body: { name: 'alice', password: PASSWORD } });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^rollcall_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const secure = await openAuthServer({ options: { secureCookies: true } });
    await secure.addUser('alice', 'admin');
    const sent = await secure.send('POST', LOGIN, { body: { name: 'alice', password: PASSWORD } });
    expect(sent.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-rollcall_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      ),
    ]);
    const below = await openAuthServer({ options: { secureCookies: true, basePath: '/rollcall' } });
    await below.addUser('alice', 'admin');
    const other = await below.send('POST', LOGIN, { body: { name: 'alice', password: PASSWORD } });
    expect(other.headers['set-cookie']).toEqual([expect.stringMatching(/^rollcall_session=.*; Path=\/rollcall; /)]);
  });

  it('from before a login is worth nothing after it', async () => {
    const planted = `rollcall_session=${'p'.repeat(43)}`;
    const body = { name: 'alice', password: PASSWORD };
    const first = await server.send('POST', LOGIN, { headers: { cookie: planted }, body });
    expect(cookieOf(first)).not.toBe(planted);
    expect((await server.send('GET', USERS, { headers: { cookie: planted } })).status).toBe(401);
    const cookie = cookieOf(first);
    const second = await server.send('POST', LOGIN, { headers: { cookie }, body });
    expect(cookieOf(second)).not.toBe(cookie);
    expect((await server.send('GET', USERS, { headers: { cookie } })).status).toBe(401);
    expect((await server.send('GET', USERS, { headers: { cookie: cookieOf(second) } })).status).toBe(200);
  });

  it('ends with the logout, which takes the cookie away', async () => {
    const { status, headers } = await server.send('DELETE', LOGIN, { headers: page });
    expect(status).toBe(204);
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^rollcall_session=; .*Expires=Thu, 01 Jan 1970/)]);
    expect((await server.send('GET', USERS, { headers: page })).status).toBe(401);
  });

  it('is refused once it is revoked, has expired, or its user is disabled or less than before', async () => {
    const bob = await server.people.users.get('bob');
    const token = await server.token('bob');
    const work = async () => {
      return (await server.send('POST', '/api/v1/work', { headers: { authorization: `Bearer ${token}` } })).status;
    };
    expect(await work()).toBe(200);
    await server.people.users.change(bob, { role: 'viewer' }, ROOT);
    expect(await work()).toBe(403);
    await server.people.users.change(bob, { role: 'operator' }, ROOT);
    await server.people.users.change(bob, { isDisabled: true }, ROOT);
    expect(await work()).toBe(401);
    await server.people.users.change(bob, { isDisabled: false }, ROOT);
    expect(await work()).toBe(200);
    const [made] = await server.people.tokens.list(bob.id).then((all) => all.slice(-1));
    if (made) await server.people.tokens.revoke(bob, made, ROOT);
    expect(await work()).toBe(401);
    server.clock.advance(12 * 3_600_000);
    expect((await server.send('GET', USERS, { headers: page })).status).toBe(401);
  });

  it('counts in one place only, and a wrong one hides a right one', async () => {
    const secret = page.cookie.split('=')[1] ?? '';
    const token = await server.token('alice');
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { cookie: `rollcall_session=${token}` },
      { ...page, authorization: 'Bearer rollcall_wrong' },
      { ...page, authorization: 'Basic YWxpY2U6eA==' },
      { authorization: token },
    ]) {
      expect((await server.send('GET', USERS, { headers })).status).toBe(401);
    }
    expect((await server.send('GET', `${USERS}?token=${token}`)).status).toBe(401);
    expect((await server.send('GET', USERS, { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
    const own = await add({ authorization: `Bearer ${token}` }, 'tom');
    expect(own.status).toBe(201);
    await server.people.users.remove(await server.people.users.get('tom'), ROOT);
  });
});

describe('a request that means harm', () => {
  it.each([
    ['a cookie of nonsense', { cookie: 'rollcall_session="%00%0d%0aSet-Cookie: a=b"; =; ;;' }, USERS, 401],
    ['many cookies', { cookie: Array.from({ length: 500 }, (_, i) => `c${i}=x`).join('; ') }, USERS, 401],
    ['a line break in the path', {}, '/api/v1/users/a%0d%0aset-cookie:%20x=y', 401],
    ['a path out of it', {}, '/api/v1/../../../etc/passwd', 404],
    ['an encoded path out of it', {}, '/api/v1/users/%2e%2e%2f%2e%2e%2fetc%2fpasswd', 401],
    ['a broken encoding', {}, '/api/v1/users/%zz', 400],
  ])('with %s is refused as any other', async (_what, headers, path, status) => {
    const answer = await server.send('GET', path, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers['set-cookie']).toBe(undefined);
  });

  it('with a name of line breaks gets no header of its own', async () => {
    const id = encodeURIComponent('x\r\nset-cookie: a=b');
    const { status, headers, json } = await server.send('GET', `${USERS}/${id}`, { headers: page });
    expect([status, json.code, headers['set-cookie']]).toEqual([404, 'not-found', undefined]);
  });

  it('with a large body is refused before it is parsed', async () => {
    const body = { name: 'alice', password: 'x'.repeat(10_000) };
    server.passwords.count = 0;
    expect(codeOf(await server.send('POST', LOGIN, { body }))).toBe('413 too-large');
    expect(codeOf(await add(page, 'y'.repeat(200_000)))).toBe('413 too-large');
    expect(server.passwords.count).toBe(0);
  });

  it.each([
    ['no JSON', '{"name":'],
    ['no object', '[]'],
    ['a key of the prototype', '{"__proto__":{"role":"admin"},"name":"a","password":"b"}'],
    ['numbers', '{"name":1,"password":2}'],
    ['nothing', ''],
  ])('with a body of %s is refused, and says nothing of a password', async (_what, body) => {
    const { status, text } = await server.send('POST', LOGIN, { body });
    expect(status).toBe(400);
    expect(text).not.toContain('stack');
  });
});

describe('a login', () => {
  const tryIt = (name: string, password = 'wrong') => server.send('POST', LOGIN, { body: { name, password } });

  it('answers the same, at the same cost, for a wrong password and for a name that nobody has', async () => {
    server.passwords.count = 0;
    const [known, unknown] = [await tryIt('alice'), await tryIt('nobody-here')];
    expect(server.passwords.count).toBe(2);
    expect(known.text).toBe(unknown.text);
    expect(codeOf(known)).toBe('401 wrong-password');
  });

  it('waits after failures, says for how long, and does not look at the password', async () => {
    for (let i = 0; i < 4; i++) expect((await tryIt('alice')).status).toBe(401);
    server.passwords.count = 0;
    const slowed = await tryIt('alice', PASSWORD);
    expect(codeOf(slowed)).toBe('429 slowed');
    expect(slowed.headers['retry-after']).toBe('1');
    expect(server.passwords.count).toBe(0);
    server.clock.advance(1000);
    expect((await tryIt('alice', PASSWORD)).status).toBe(200);
  });
});
