import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Panel } from '../providers/conformance/virtfusion-panel.ts';
import { openPanelWorld } from './panel-world.ts';

describe('a panel of VirtFusion', () => {
  const { env, rollcall, everything } = openPanelWorld();
  const panel = new Panel(() => new Date());
  beforeAll(async () => {
    await panel.start();
    for (let index = 1; index <= 450; index++) panel.create(`vm${index}`);
    env['VF'] = panel.token;
    await rollcall(
      `panel add cp --type virtfusion --url ${panel.url} --token env:VF --fingerprint ${panel.fingerprint}`,
    );
  });
  afterAll(() => panel.close());
  beforeEach(() => {
    panel.spoil = () => null;
    env['VF'] = panel.token;
  });

  it('lists its servers with the owner that the billing system knows', async () => {
    panel.spoil = (path, text) =>
      path === '/servers/1' ? { text: text.replace('"admin":true', '"extRelationId":4711') } : null;
    const ran = await rollcall('panel test cp -o json');
    expect(ran.json).toMatchObject({
      count: 450,
      doubt: null,
      records: expect.arrayContaining([
        expect.objectContaining({
          id: '1',
          name: 'vm1',
          owner: '4711',
          cores: 2,
          memoryBytes: 2 ** 30,
          diskBytes: 11 * 2 ** 30,
          addresses: ['192.168.4.1'],
          macs: ['00:E7:FB:01:87:01'],
        }),
        expect.objectContaining({ id: '2', owner: '1' }),
      ]),
    });
  }, 60_000);

  it.each([
    [
      'a page in the middle is missing',
      (path: string, text: string) =>
        path.includes('page=2') ? { text: JSON.stringify({ ...JSON.parse(text), data: [] }) } : null,
    ],
    [
      'the total changes',
      (path: string, text: string) =>
        path.includes('page=3') ? { text: text.replace('"total":450', '"total":449') } : null,
    ],
    ['a server is gone meanwhile', (path: string) => (path === '/servers/7' ? { status: 404, text: '{}' } : null)],
  ])(
    'is doubtful where %s',
    async (_what, spoil) => {
      panel.spoil = spoil;
      const ran = await rollcall('panel test cp --limit 1 -o json');
      expect(ran.status).toBe(5);
      expect(ran.json).toMatchObject({ doubt: expect.any(String) });
    },
    60_000,
  );

  it.each([
    ['401', 401, 3],
    ['403', 403, 3],
    ['500 at one server', 500, 1],
  ])(
    'is refused where it answers %s',
    async (_what, status, exit) => {
      panel.spoil = (path) => (status !== 500 || path === '/servers/9' ? { status, text: '{}' } : null);
      const ran = await rollcall('panel test cp');
      expect(ran).toMatchObject({ status: exit, stdout: '' });
    },
    60_000,
  );

  it('waits where it answers 429 with Retry-After, and lists all all the same', async () => {
    const asked: number[] = [];
    panel.spoil = (path) => {
      if (!path.includes('page=2')) return null;
      asked.push(performance.now());
      return asked.length === 1 ? { status: 429, text: '{}', retryAfter: 1 } : null;
    };
    expect((await rollcall('panel test cp --limit 1 -o json')).json).toMatchObject({ count: 450, doubt: null });
    const [first = 0, second = 0] = asked;
    expect(asked).toHaveLength(2);
    expect(second - first).toBeGreaterThanOrEqual(990);
  }, 60_000);

  it('shows no secret of the panel', async () => {
    env['VF'] = 'another-token-9911';
    expect((await rollcall('panel test cp')).status).toBe(3);
    const all = await everything();
    for (const secret of [...panel.secrets, 'another-token-9911']) expect(all).not.toContain(secret);
  });
});
