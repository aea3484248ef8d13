import { describe, expect, it } from '@jest/globals';
import type { Lab } from '../../src/lab/lab.ts';
import { call } from './client.ts';
import { NOON, openLab, stoppedClock } from './labs.ts';

const MINUTE = 60_000;

async function open() {
  const { clock, forward } = stoppedClock();
  const lab = await openLab({ vms: 0, containers: 0, clock });
  lab.as('root@pam').create('qemu', { vmid: 100 });
  return { lab, forward };
}

const start = (lab: Lab) =>
  call(lab, 'POST', '/nodes/pve1/qemu/100/status/start', { body: { timeout: 30 } }).then(
    ({ status }) => status,
    ({ code }: NodeJS.ErrnoException) => code,
  );

describe('a write whose connection breaks', () => {
  it('before it is handled: the server never acts', async () => {
    const { lab, forward } = await open();
    lab.faults.add({ match: /^POST .*\/start$/, times: 1, effect: { kind: 'reset' } });
    expect(await start(lab)).toBe('ECONNRESET');
    forward(60 * MINUTE);
    expect(lab.guest(100).power).toBe('stopped');
    expect(lab.writes).toMatchObject([{ method: 'POST', parameters: { timeout: '30' }, handledAt: null, status: 0 }]);
    expect(lab.writes[0]?.upid).toBeNull();
  });

  it.each(['lose-answer', 'cut'] as const)('%s: the server has acted', async (kind) => {
    const { lab } = await open();
    lab.faults.add({ match: /^POST/, times: 1, effect: { kind } });
    expect(await start(lab)).toBe('ECONNRESET');
    expect(lab.guest(100).power).toBe('running');
    const [task] = lab.tasks().filter(({ type }) => type === 'qmstart');
    expect(lab.writes).toMatchObject([{ handledAt: NOON, status: 200, upid: task?.upid }]);
    expect(await start(lab)).toBe(200);
  });

  it('and that the server handles later', async () => {
    const { lab, forward } = await open();
    lab.faults.add({ match: /^POST/, times: 1, effect: { kind: 'late', ms: MINUTE } });
    expect(await start(lab)).toBe('ECONNRESET');
    forward(MINUTE - 1);
    expect(lab.guest(100).power).toBe('stopped');
    expect(lab.writes).toMatchObject([{ at: NOON, handledAt: null, status: 0, upid: null }]);
    forward(5 * MINUTE);
    const [task] = lab.tasks().filter(({ type }) => type === 'qmstart');
    expect(lab.writes).toMatchObject([{ at: NOON, handledAt: NOON + MINUTE, status: 200, upid: task?.upid }]);
    expect(task).toMatchObject({ authid: 'root@pam!lab', starttime: (NOON + MINUTE) / 1000 });
    expect(lab.guest(100).power).toBe('running');
  });

  it('and that the server refuses later, or never gets', async () => {
    const { lab, forward } = await open();
    lab.faults.add({ match: /^DELETE/, times: 1, effect: { kind: 'late', ms: MINUTE } });
    await call(lab, 'DELETE', '/nodes/pve1/qemu/100?purge=1').catch(() => undefined);
    lab.as('root@pam').start(100);
    forward(MINUTE);
    expect(lab.writes).toMatchObject([{ method: 'DELETE', parameters: { purge: '1' }, status: 500, upid: null }]);
    expect(lab.guest(100).power).toBe('running');
    lab.faults.add({ match: /^POST/, times: 1, effect: { kind: 'late', ms: MINUTE } });
    await call(lab, 'POST', '/nodes/pve1/qemu/100/status/stop').catch(() => undefined);
    lab.node('pve1').powerOff();
    forward(MINUTE);
    expect(lab.writes.at(-1)).toMatchObject({ handledAt: null });
    expect(lab.guest(100).power).toBe('running');
  });
});

describe('what is written down', () => {
  it('every request but GET, with who sent it, what it had, and what became of it', async () => {
    const { lab } = await open();
    await call(lab, 'GET', '/version');
    await call(lab, 'POST', '/access/ticket', {
      token: null,
      body: { username: 'admin@pve', password: lab.password.password },
    });
    await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: { cores: 4 } });
    await call(lab, 'PUT', '/nodes/pve1/qemu/999/config', { body: { cores: 4 } });
    await call(lab, 'POST', '/pools', { token: null, body: { poolid: 'x' } });
    const common = { at: NOON, handledAt: NOON, listener: 'pve1', upid: null };
    const put = {
      ...common,
      method: 'PUT',
      node: 'pve1',
      isLogin: false,
      authid: 'root@pam!lab',
      parameters: { cores: '4' },
    };
    expect(lab.writes).toMatchObject([
      {
        ...common,
        method: 'POST',
        path: '/access/ticket',
        isLogin: true,
        authid: 'admin@pve',
        node: null,
        status: 200,
      },
      { ...put, path: '/nodes/pve1/qemu/100/config', status: 200 },
      { ...put, path: '/nodes/pve1/qemu/999/config', status: 500 },
      { ...common, method: 'POST', path: '/pools', authid: '', status: 401, isLogin: false },
    ]);
    expect(lab.requestCounts()).toEqual({ GET: 1, POST: 2, PUT: 2 });
    lab.clearRequests();
    expect({ writes: lab.writes, counts: lab.requestCounts() }).toEqual({ writes: [], counts: {} });
  });

  it('also who has a ticket, and what nobody can read', async () => {
    const { lab } = await open();
    const body = { username: 'admin@pve', password: lab.password.password };
    const { ticket } = (await call(lab, 'POST', '/access/ticket', { token: null, body })).json['data'] as Record<
      string,
      string
    >;
    lab.clearRequests();
    const headers = { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket ?? '')}` };
    await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { token: null, headers, body: { cores: 4 } });
    await call(lab, 'PUT', '/nodes/pve1/qemu/100/config', { body: 'x'.repeat(600_000) });
    expect(lab.writes).toMatchObject([
      { authid: 'admin@pve', status: 401 },
      { path: '/nodes/pve1/qemu/100/config', authid: 'root@pam!lab', parameters: {}, status: 501 },
    ]);
    expect(lab.requestCounts()).toEqual({ PUT: 2 });
  });
});
