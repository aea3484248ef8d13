import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type JsonServer, startJsonServer } from './json-server.ts';
import { openPanelWorld } from './panel-world.ts';

const TOKEN = 'http-t0ken-8231';
const ROWS = Array.from({ length: 5 }, (_, index) => ({ number: index + 1, host: `vm${index + 1}` }));

describe('a panel that answers JSON over HTTP', () => {
  const { env, rollcall, everything } = openPanelWorld();
  let server: JsonServer;
  let names = 0;
  env['TOKEN'] = TOKEN;
  beforeAll(async () => {
    server = await startJsonServer();
  });
  beforeEach(() => {
    server.asked.length = 0;
    server.answer = (url) => {
      const [offset, limit] = [Number(url.searchParams.get('offset')), Number(url.searchParams.get('limit') ?? 9)];
      const page = Number(url.searchParams.get('page') ?? 0);
      const from = page > 0 ? (page - 1) * 2 : offset;
      const size = page > 0 ? 2 : limit;
      const next = from + size < ROWS.length ? `/api?offset=${from + size}&limit=2` : null;
      const body = { data: { vms: ROWS.slice(from, from + size) }, total: ROWS.length, next, last: from + size >= 5 };
      return { body };
    };
  });

  async function read(...more: string[]) {
    const name = `p${++names}`;
    const args = ['--token', 'env:TOKEN', '--map', 'id=number', '--map', "name=host & '.example.com'", ...more];
    const rows = more.includes('--rows') ? [] : ['--rows', 'data.vms'];
    const added = await rollcall([
      'panel',
      'add',
      name,
      '--type',
      'http',
      '--url',
      `${server.url}/api`,
      ...rows,
      ...args,
    ]);
    if (added.status !== 0) return added;
    return rollcall(`panel test ${name} -o json`);
  }

  it.each(['?token=abc-9917', '?limit=5&api_key=abc-9917', '?password=abc-9917'])(
    'is refused with a secret in its address: %s',
    async (query) => {
      const ran = await rollcall(
        `panel add leaky --type http --url ${server.url}/api${query} --rows data.vms --map id=number`,
      );
      expect(ran.status).toBe(2);
      expect(ran.stderr).toMatch(
        /--url: its parameter (token|api_key|password) looks like a secret\n.*--token env:NAME/,
      );
      expect(ran.stderr).not.toContain('abc-9917');
      expect((await rollcall('panel list -o json')).rows.map(({ name }) => name)).not.toContain('leaky');
    },
  );

  const WHOLE = {
    count: 5,
    doubt: null,
    records: expect.arrayContaining([expect.objectContaining({ id: '5', name: 'vm5.example.com' })]),
  };

  it.each([
    [['--total', 'total'], 1],
    [['--page-param', 'page', '--page-until', 'last', '--total', 'total'], 3],
    [['--next', 'next', '--total', 'total'], 1],
    [['--offset-param', 'offset', '--limit-param', 'limit', '--limit', '2', '--total', 'total'], 3],
    [['--rows', 'data.vms[number > 0]'], 1],
  ])('is read with %j in %i requests', async (args, requests) => {
    const ran = await read(...args);
    expect(ran.json).toMatchObject(WHOLE);
    expect(server.asked).toHaveLength(requests);
    expect(server.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('is refused with a secret in its address, which would be shown', async () => {
    const url = 'https://hooks.slack.com/services/T0/B0/0123456789abcdef';
    const ran = await rollcall(['panel', 'add', 'leaky', '--type', 'http', '--url', url, '--rows', 'data']);
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('--url holds a secret') });
    expect(ran.stderr).not.toContain('0123456789abcdef');
  });

  it.each([
    ['virtfusion', ['--token', 'env:TOKEN'], 'https://user:abc-9917@cp.example.com', '--url holds a user or password'],
    [
      'whmcs',
      ['--identifier', 'env:A', '--secret', 'env:B'],
      'https://shop.example.com/?accesskey=abc-9917',
      '--url: its parameter accesskey looks like a secret',
    ],
    ['netbox', ['--token', 'env:TOKEN'], 'https://netbox.example.com/?token=abc-9917', '--url: its parameter token'],
  ])('is refused as %s, too, with a secret in its address', async (type, credential, url, why) => {
    const ran = await rollcall(['panel', 'add', 'leaky', '--type', type, '--url', url, ...credential]);
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(why) });
    expect(await everything()).not.toContain('abc-9917');
  });

  it('sends its token in another header', async () => {
    await read('--header', 'X-Api-Key');
    expect(server.asked[0]?.headers['x-api-key']).toBe(TOKEN);
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
  });

  it('is doubtful where its total is not that of its rows, after three readings', async () => {
    server.answer = () => ({ body: { data: { vms: ROWS }, total: 6 } });
    const ran = await read('--total', 'total');
    expect(ran.status).toBe(5);
    expect(ran.json).toMatchObject({ doubt: 'the list has 5 of the 6 that it tells of' });
    expect(server.asked).toHaveLength(3);
  });

  it('is read again where its total changes while it is read', async () => {
    const usual = server.answer;
    server.answer = (url, body) => {
      const told = usual(url, body);
      return server.asked.length === 1 ? { body: { ...(told.body as object), total: 4 } } : told;
    };
    const ran = await read('--page-param', 'page', '--page-until', 'last', '--total', 'total');
    expect(ran.json).toMatchObject(WHOLE);
    expect(server.asked).toHaveLength(6);
  });

  it.each([
    ['data.nothing', 'an answer has no list at data.nothing'],
    ['data.nothing[true]', 'the first answer has no rows'],
  ])('is refused where %s has no rows', async (rows, why) => {
    const ran = await read('--rows', rows);
    expect(ran.stderr).toContain(why);
    expect(ran).toMatchObject({ status: 1, stdout: '' });
  });

  const OFFSET = ['--offset-param', 'offset', '--limit-param', 'limit'];

  it('is read to its end where it gives fewer rows a page than it was asked for', async () => {
    server.answer = (url) => {
      const offset = Number(url.searchParams.get('offset'));
      return { body: { data: { vms: ROWS.slice(offset, offset + 2) } } };
    };
    expect((await read(...OFFSET, '--limit', '100')).json).toMatchObject(WHOLE);
    expect(server.asked.map(({ path }) => new URL(path, server.url).searchParams.get('offset'))).toEqual([
      '0',
      '2',
      '4',
      '5',
    ]);
  });

  it('is refused where it gives the same page again, since it knows no such parameter', async () => {
    server.answer = () => ({ body: { data: { vms: ROWS } } });
    const ran = await read('--offset-param', 'skip', '--limit-param', 'limit');
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('two pages of the list are the same') });
    expect(server.asked).toHaveLength(2);
  });

  it('is refused where rows are counted and may be left out', async () => {
    const ran = await read(...OFFSET, '--rows', 'data.vms[number > 3]');
    expect(ran).toMatchObject({ status: 2, stderr: expect.stringContaining('--offset-param counts rows') });
    expect(server.asked).toEqual([]);
  });

  it('is refused where a later answer is no list, which would cut it', async () => {
    const first = { data: { vms: ROWS.slice(0, 2) }, next: '/api?offset=2' };
    server.answer = (url) => ({ body: url.searchParams.has('offset') ? { error: 'busy' } : first });
    const ran = await read('--next', 'next', '--rows', 'data.vms[number > 0]');
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('a later answer has no rows') });
  });

  it('does not send its token to another server', async () => {
    server.answer = () => ({ body: { data: { vms: ROWS }, next: 'https://evil.example/x' } });
    expect((await read('--next', 'next')).stderr).toContain('the next page is on another server, https://evil.example');
  });

  it('ends where pages lead in a circle', async () => {
    server.answer = () => ({ body: { data: { vms: ROWS }, next: '/api' } });
    expect((await read('--next', 'next')).stderr).toContain('the pages of the list lead in a circle');
  });

  it.each([
    [{ status: 401 }, 3, ''],
    [{ status: 403 }, 3, ''],
    [{ status: 404 }, 1, ''],
    [{ status: 302, headers: { Location: 'https://evil.example/' } }, 1, ''],
    [{ text: '<html>' }, 1, 'the answer is no JSON'],
  ])('is refused where it answers %j', async (answer, status, why) => {
    server.answer = () => answer;
    const ran = await read('--total', 'total');
    expect(ran).toMatchObject({ status, stdout: '' });
    expect(ran.stderr).toContain(why);
  });

  it('waits as 429 asks for, and goes on', async () => {
    const usual = server.answer;
    server.answer = (url, body) =>
      server.asked.length === 2 ? { status: 429, headers: { 'Retry-After': '1' } } : usual(url, body);
    const ran = await read('--page-param', 'page', '--page-until', 'last', '--total', 'total');
    expect(ran.json).toMatchObject(WHOLE);
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    [['--map', 'owner=(('], '--map owner= ((: it is no JSONata expression'],
    [['--rows', '(($f := function($x) { $f($x) + 1 }; $f(1)))'], 'it cannot be evaluated'],
    [['--map', 'owner=($f := function() { $f() }; $f())'], 'it cannot be evaluated'],
  ])(
    'does not run %j for ever',
    async (args, why) => {
      expect((await read(...args)).stderr).toContain(why);
    },
    60_000,
  );

  it('is refused by plain HTTP elsewhere, and with a password in its address', async () => {
    const add = ['panel', 'add', 'elsewhere', '--type', 'http', '--rows', 'data', '--map', 'id=id', '--url'];
    const withLogin = await rollcall([...add, 'https://user:hidden-pw@crm.example.com/api']);
    expect(withLogin.status).toBe(2);
    expect(withLogin.stderr).toContain('--url holds a user or password');
    await rollcall([...add, 'http://crm.example.com/api']);
    expect((await rollcall('panel test elsewhere')).status).toBe(2);
  });

  it('shows its token nowhere', async () => {
    server.answer = () => ({ status: 500, text: TOKEN, headers: {} });
    await read();
    await rollcall('panel list -o json');
    expect(await everything()).not.toContain(TOKEN);
  }, 30_000);
});
