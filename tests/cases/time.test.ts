import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { describeCases, openCase, runCase } from './field-case.ts';

const hex = (seconds: number): string => seconds.toString(16).toUpperCase().padStart(8, '0');

function task(startedAt: number, type: string, vmid: number, user = 'root@pam') {
  const [name, tokenid] = user.split('!');
  return {
    upid: `UPID:pve1:00001000:00001000:${hex(startedAt)}:${type}:${vmid}:${user}:`,
    node: 'pve1',
    starttime: startedAt,
    endtime: startedAt + 1,
    type,
    id: String(vmid),
    user: name,
    ...(tokenid !== undefined && { tokenid }),
    status: 'OK',
  };
}

describeCases('tasks and clocks', () => {
  it('24-vzdump-many: tasks have the state that their end says', async () => {
    const one = await runCase('24-vzdump-many');
    const tasks = (await one.run('list-tasks -o json')).rows;
    expect(tasks.map(({ type, vmid, state }) => [type, vmid, state])).toEqual([
      ['aptupdate', null, 'failed'],
      ['vncproxy', 100, 'failed'],
      ['qmstop', 100, 'unknown'],
      ['vzdump', 100, 'running'],
      ['vzdump', null, 'failed'],
    ]);
    const count = async (filter: string) => (await one.run(`list-tasks -o json ${filter}`)).rows.length;
    expect([await count('--failed'), await count('--running'), await count('--guest 100 --type vzdump')]).toEqual([
      3, 1, 1,
    ]);
  });

  it('35-dst: two tasks of one local time on the night of the change are told apart', async () => {
    const first = Date.parse('2026-10-25T00:30:00Z') / 1000;
    const world = {
      resources: [{ type: 'qemu', vmid: 100, name: 'a', status: 'running' }],
      tasks: { pve1: [task(first + 3600, 'qmstart', 101), task(first, 'qmstart', 100)] },
    };
    const one = await openCase(world, { env: { TZ: 'Europe/Berlin' } });
    await one.run('discover-all');
    const at = async (...filter: string[]) =>
      (await one.run(['list-tasks', '-o', 'json', ...filter])).rows.map(({ startedAt }) => startedAt);
    const [early, late] = ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'];
    expect(await at()).toEqual([late, early]);
    expect(await at('--since', '2026-10-25 02:15+01:00')).toEqual([late]);
    expect(await at('--since', '2026-10-25T01:00:00Z')).toEqual([late]);
    expect(await at('--until', '2026-10-25T01:00:00Z')).toEqual([early]);
    // 02:30 is not there on the night of the other change.
    expect(await at('--since', '2026-03-29 02:30')).toHaveLength(2);
    const wide = (await one.run('list-tasks -o wide')).stdout;
    expect(wide).toContain('2026-10-25T02:30:00+02:00');
    expect(wide).toContain('2026-10-25T02:30:00+01:00');
  });

  it('36-clock-ahead: our clock orders, the time of the server is shown beside it, and a warning tells', async () => {
    const aheadS = 3600;
    const world = (status: string, tasks: readonly object[]) => ({
      dateShiftS: aheadS,
      nodes: [{ node: 'pve1' }],
      resources: [{ type: 'qemu', vmid: 100, name: 'a', status }],
      tasks: { pve1: tasks },
    });
    const one = await openCase(world('running', []));
    expect((await one.run('discover-all')).stderr).toMatch(/warning: the server's clock is 36\d\d s ahead of this one/);
    // The servers' times are whole seconds: the stop is one of a second that has begun after the first look.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const at = Math.floor(Date.now() / 1000) + aheadS;
    one.set(world('stopped', [task(at, 'qmstop', 100, 'ops@pve!ci')]));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await one.run('discover-all');
    const now = Date.now();
    const changes = (await one.run('show-changes --since 5m --until now --kind changed -o json')).rows;
    expect(changes).toMatchObject([
      { vmid: 100, path: 'status', before: 'running', after: 'stopped', actor: 'ops@pve' },
    ]);
    expect(Date.parse(String(changes[0]?.['observedAt']))).toBeLessThanOrEqual(now);
    expect(changes[0]).toMatchObject({ token: 'ci', effectiveAt: new Date((at + 1) * 1000).toISOString() });
    expect(await one.run('providers test')).toMatchObject({ status: EXIT.partial });
    expect((await one.run('list-tasks --since 10m -o json')).rows).toHaveLength(1);
  });
});
