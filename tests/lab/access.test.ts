import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { totpCode } from '../../src/lab/totp.ts';
import { call, findRow, getRow, getRows, messages, type Reply } from './client.ts';
import { openLab, stoppedClock } from './labs.ts';

async function vmids(lab: Lab, token: string): Promise<unknown[]> {
  const rows = await getRows(lab, '/cluster/resources?type=vm', { token });
  return rows.map((row) => row['vmid']);
}

describe('what a token sees', () => {
  it('the auditor sees everything, and the whole log', async () => {
    const lab = await openLab();
    expect(await vmids(lab, lab.auditorToken)).toEqual(await vmids(lab, lab.token));
    expect(await messages(lab, { token: lab.auditorToken })).toEqual(await messages(lab));
    expect(await call(lab, 'POST', '/nodes/pve1/qemu/100/status/stop', { token: lab.auditorToken })).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/100, VM.PowerMgmt)',
    });
    const content = await getRows(lab, '/nodes/pve1/storage/local/content', { token: lab.auditorToken });
    expect(content.map((row) => row['content'])).toEqual(['iso', 'vztmpl']);
    expect(await getRows(lab, '/nodes/pve1/storage/local-lvm/content', { token: lab.auditorToken })).toEqual([]);
    expect(await getRows(lab, '/access/acl', { token: lab.auditorToken })).not.toEqual([]);
  });

  it('the token of a pool sees its members, without saying that they are in it', async () => {
    const lab = await openLab();
    const members = lab.guests().filter((guest) => guest.pool === 'prod');
    const ask = { token: lab.poolToken };
    expect(await vmids(lab, lab.poolToken)).toEqual(members.map((guest) => guest.vmid));
    const rows = await getRows(lab, '/cluster/resources', ask);
    expect(rows.filter((row) => row['pool'] !== undefined)).toEqual([]);
    expect(rows.filter((row) => row['type'] === 'node')).toContainEqual({
      id: 'node/pve1',
      node: 'pve1',
      type: 'node',
      status: 'online',
      level: '',
      'cgroup-mode': 2,
    });
    expect(rows.filter((row) => row['type'] === 'storage')).toEqual([]);
    const permissions = await getRow(lab, '/access/permissions', ask);
    expect(permissions['/pool/prod']).toMatchObject({ 'VM.Audit': 1 });
    expect(permissions[`/vms/${members[0]?.vmid}`]).toMatchObject({ 'VM.Audit': 0 });
    expect(permissions['/']).toBeUndefined();
    expect(await call(lab, 'GET', '/nodes/pve2/qemu/101/config', ask)).toMatchObject({
      status: 403,
      reason: 'Permission check failed (/vms/101, VM.Audit)',
    });
    expect((await call(lab, 'GET', '/nodes/pve1/qemu/100/config', ask)).status).toBe(200);
    expect(await getRow(lab, '/cluster/options', ask)).toEqual({ 'allowed-tags': expect.any(Array) });
  });

  it('a token without rights gets empty lists', async () => {
    const lab = await openLab();
    const ask = { token: lab.noRightsToken };
    for (const path of [
      '/nodes/pve1/qemu',
      '/nodes/pve1/lxc',
      '/storage',
      '/nodes/pve1/storage',
      '/nodes/pve1/tasks',
      '/pools',
      '/cluster/tasks',
      '/cluster/log',
      '/access/acl',
    ]) {
      expect([path, await getRows(lab, path, ask)]).toEqual([path, []]);
    }
    expect(await getRow(lab, '/access/permissions', ask)).toEqual({});
    expect(await getRows(lab, '/nodes', ask)).toHaveLength(3);
    for (const path of [
      '/cluster/status',
      '/cluster/ha/resources',
      '/cluster/backup',
      '/nodes/pve1/status',
      '/storage/local',
    ]) {
      expect((await call(lab, 'GET', path, ask)).status).toBe(403);
    }
  });

  it('owners see their tasks and lines; a token only its own', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    lab.as('pooluser@pve').stop(100);
    lab.as('pooluser@pve!pool').start(100);
    lab.as('root@pam').reboot(100);
    const ask = { token: lab.poolToken };
    expect((await getRows(lab, '/nodes/pve1/tasks', ask)).map((task) => task['type'])).toEqual(['qmstart']);
    expect(await getRows(lab, '/cluster/tasks', ask)).toEqual([]);
    expect(await messages(lab, ask)).toHaveLength(2);
    const [task] = await getRows(lab, '/nodes/pve1/tasks?typefilter=qmreboot');
    const path = `/nodes/pve1/tasks/${encodeURIComponent(String(task?.['upid']))}`;
    for (const end of ['status', 'log']) expect((await call(lab, 'GET', `${path}/${end}`, ask)).status).toBe(403);
    expect((await call(lab, 'DELETE', path, ask)).status).toBe(403);
  });

  it('entries nearer to an object win, and a token has at most the rights of its user', async () => {
    const lab = await openLab();
    lab.acl.grant('rollcall@pve!ro', '/vms/101', 'NoAccess');
    expect(await vmids(lab, lab.auditorToken)).not.toContain(101);
    lab.acl.revoke('rollcall@pve!ro', '/vms/101');
    expect(await vmids(lab, lab.auditorToken)).toContain(101);
    lab.acl.grant('rollcall@pve!ro', '/vms', 'PVEVMAdmin');
    expect((await call(lab, 'POST', '/nodes/pve2/qemu/101/status/stop', { token: lab.auditorToken })).status).toBe(403);
    lab.acl.revoke('rollcall@pve!ro', '/');
    lab.acl.revoke('rollcall@pve!ro', '/vms');
    expect(await vmids(lab, lab.auditorToken)).toEqual([]);
    lab.acl.grant('rollcall@pve!ro', '/vms', 'PVEAuditor', false);
    expect(await getRow(lab, '/access/permissions', { token: lab.auditorToken })).toEqual({
      '/vms': expect.objectContaining({ 'VM.Audit': 0 }),
    });
    lab.acl.grant('pooluser@pve', '/pool/prod', 'NoAccess');
    expect(await vmids(lab, lab.poolToken)).toEqual([]);
    expect(() => lab.acl.grant('x@pve', '/', 'Nope')).toThrow("role 'Nope' does not exist");
  });

  it('shows permissions of others and of one path to those who may ask', async () => {
    const lab = await openLab();
    expect(await getRow(lab, '/access/permissions?userid=pooluser@pve&path=/pool/prod')).toMatchObject({
      '/pool/prod': { 'VM.Audit': 1 },
    });
    expect(await getRow(lab, '/access/permissions?path=/vms/100', { token: lab.noRightsToken })).toEqual({});
    expect((await call(lab, 'GET', '/access/permissions?userid=root@pam', { token: lab.poolToken })).status).toBe(403);
    expect((await call(lab, 'GET', '/access/users/root@pam', { token: lab.poolToken })).status).toBe(403);
    expect((await call(lab, 'GET', '/access/users/nope@pve')).reason).toBe("no such user ('nope@pve')");
    expect(await findRow(lab, '/access/users?full=1', { userid: 'rollcall@pve' })).toMatchObject({
      tokens: [{ tokenid: 'ro', privsep: 1, expire: 0 }],
    });
  });
});

describe('tokens and tickets', () => {
  const bad: [string, Record<string, string>, string][] = [
    ['nothing', {}, 'No ticket'],
    ['another scheme', { Authorization: 'Bearer abc' }, 'No ticket'],
    [
      'an unknown token',
      { Authorization: 'PVEAPIToken=root@pam!nope=00000000-0000-4000-8000-000000000000' },
      'Authentication failed!',
    ],
    ['a token without a secret', { Authorization: 'PVEAPIToken=root@pam!lab' }, 'Authentication failed!'],
    ['a forged ticket', { Cookie: 'PVEAuthCookie=PVE:root@pam:6B00FC8B::abc' }, 'Authentication failed!'],
  ];

  it.each(bad)('%s is a 401 without a body', async (_, headers, reason) => {
    const lab = await openLab({ vms: 1, containers: 0 });
    const reply = await call(lab, 'GET', '/version', { token: null, headers });
    expect(reply).toMatchObject({ status: 401, reason, text: '' });
    expect(reply.headers['content-length']).not.toBe('2');
  });

  it('a bad cookie spoils a good token; both forms of a token are taken', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    expect((await call(lab, 'GET', '/version', { headers: { Cookie: 'PVEAuthCookie=nonsense' } })).status).toBe(401);
    expect(
      (await call(lab, 'GET', '/version', { token: null, headers: { Authorization: `PVEAPIToken ${lab.token}` } }))
        .status,
    ).toBe(200);
  });

  function login(lab: Lab, body: Record<string, string>): Promise<Reply> {
    return call(lab, 'POST', '/access/ticket', { token: null, body });
  }

  function data(reply: Reply): Record<string, string> {
    return reply.json['data'] as Record<string, string>;
  }

  it('a ticket reads; to write it needs its CSRF token', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    const { user, password } = lab.password;
    const reply = await login(lab, { username: user, password });
    const { ticket = '', CSRFPreventionToken = '' } = data(reply);
    expect(ticket).toMatch(/^PVE:admin@pve:[0-9A-F]{8}::.{40,}$/);
    for (const value of [ticket, encodeURIComponent(ticket)]) {
      expect(
        (await call(lab, 'GET', '/version', { token: null, headers: { Cookie: `PVEAuthCookie=${value}` } })).status,
      ).toBe(200);
    }
    const headers = { Cookie: `PVEAuthCookie=${ticket}` };
    const path = '/nodes/pve1/qemu/100/config';
    const body = { onboot: 1 };
    expect(await call(lab, 'PUT', path, { token: null, headers, body })).toMatchObject({
      status: 401,
      reason: 'Permission denied - invalid csrf token',
    });
    expect(
      (await call(lab, 'PUT', path, { token: null, headers: { ...headers, CSRFPreventionToken }, body })).status,
    ).toBe(200);
    expect((await messages(lab))[0]).toBe('update VM 100: -onboot 1');
  });

  it('a ticket is the password for its renewal, and ends after two hours', async () => {
    const { clock, forward } = stoppedClock();
    const lab = await openLab({ clock, vms: 1, containers: 0 });
    const { user, password } = lab.password;
    const { ticket = '' } = data(await login(lab, { username: user, password }));
    forward(7_000_000);
    const renewed = await login(lab, { username: user, password: ticket });
    expect(renewed.status).toBe(200);
    expect((await login(lab, { username: 'rollcall@pve', password: ticket })).status).toBe(401);
    forward(300_000);
    const use = (value: string) =>
      call(lab, 'GET', '/version', { token: null, headers: { Cookie: `PVEAuthCookie=${value}` } });
    expect((await use(ticket)).status).toBe(401);
    expect((await use(data(renewed)['ticket'] ?? '')).status).toBe(200);
  });

  it('a second factor: a challenge that is good for nothing but the code', async () => {
    const { clock } = stoppedClock();
    const lab = await openLab({ clock, vms: 1, containers: 0 });
    const { user, password, secret } = lab.totp;
    const first = await login(lab, { username: user, password });
    expect(data(first)).toMatchObject({ NeedTFA: 1, username: user });
    const challenge = data(first)['ticket'] ?? '';
    expect(challenge).toMatch(/^PVE:!tfa!/);
    expect(
      (
        await call(lab, 'GET', '/version', {
          token: null,
          headers: { Cookie: `PVEAuthCookie=${encodeURIComponent(challenge)}` },
        })
      ).status,
    ).toBe(401);
    const code = totpCode(secret, clock());
    const second = (response: string, tfa = challenge) =>
      login(lab, { username: user, password: response, 'tfa-challenge': tfa });
    expect((await second('totp:000000')).status).toBe(401);
    expect((await second(`totp:${code}`, 'nonsense')).status).toBe(401);
    expect(data(await second(`totp:${code}`))['ticket']).toMatch(/^PVE:totp@pve:/);
    expect(data(await login(lab, { username: user, password, otp: code }))['ticket']).toMatch(/^PVE:totp@pve:/);
    expect((await login(lab, { username: user, password, otp: '1' })).status).toBe(401);
    const lines = (await messages(lab)).filter((line) => line.includes('auth'));
    expect(lines).toEqual(Array.from({ length: 2 }, () => "successful auth for user 'totp@pve'"));
  });

  it('the codes are those of RFC 6238', () => {
    expect(totpCode('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', 59_000)).toBe('287082');
  });

  it('refuses wrong passwords, unknown users and missing parameters', async () => {
    const lab = await openLab({ vms: 1, containers: 0 });
    for (const username of ['admin@pve', 'ghost@pve', 'root', 'admin@pve!x']) {
      const reply = await login(lab, { username, password: 'wrong' });
      expect(reply).toMatchObject({
        status: 401,
        reason: 'authentication failure',
        json: { message: 'authentication failure\n' },
      });
    }
    expect((await login(lab, { username: 'admin', realm: 'pve', password: lab.password.password })).status).toBe(200);
    expect((await login(lab, {})).json['errors']).toEqual({
      username: 'property is missing and it is not optional',
      password: 'property is missing and it is not optional',
    });
  });

  it('a 401 may be slow, a 403 is not', async () => {
    const lab = await openLab({ vms: 1, containers: 0, unauthorizedDelayMs: 120 });
    const startedAt = performance.now();
    await call(lab, 'GET', '/cluster/status', { token: lab.noRightsToken });
    const forbiddenMs = performance.now() - startedAt;
    await call(lab, 'GET', '/version', { token: null });
    expect(performance.now() - startedAt - forbiddenMs).toBeGreaterThanOrEqual(115);
  });
});
