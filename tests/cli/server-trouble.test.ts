import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { openWorld } from '../helpers/world.ts';

const REASON = 'RPCEnvironment init request failed: Unable to load access control list: Connection refused (500)';

describe('while pmxcfs is stopped', () => {
  it('a run says so, and waits for two answers only', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1 });
    await rollcall('discover-all');
    lab.stopPmxcfs('pve1', [10_000, 3_000]);
    lab.clearRequests();
    const ran = await rollcall('discover-all');
    expect(ran.stderr).toBe(
      `error: GET /access/permissions: ${REASON}\nhint: pmxcfs does not run on 127.0.0.1: see \`systemctl status pve-cluster\` there\n`,
    );
    expect(ran.status).toBe(EXIT.unreachable);
    // Of the first, 4.5 s of the 10 s were waited for; there is nothing else to wait for.
    expect(lab.requests.map(({ path, status }) => [path, status])).toEqual([
      ['/version', 0],
      ['/access/permissions', 500],
    ]);
  }, 60_000);

  it('a run that is refused at once asks no second time', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1 });
    lab.stopPmxcfs('pve1');
    const ran = await rollcall('discover-all');
    expect(ran.stderr).toContain(`error: GET /version: ${REASON}\n`);
    expect(ran.status).toBe(EXIT.unreachable);
    expect(lab.requests).toHaveLength(1);
    lab.startPmxcfs('pve1');
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });

  it('another node answers for the cluster, and what only the stopped one has is told', async () => {
    const { lab, rollcall } = await openWorld({ endpoints: 'per-node', nodes: 3, vms: 9 });
    await rollcall('discover-all');
    lab.stopPmxcfs('pve1');
    const ran = await rollcall('discover-all -o json');
    expect(ran.status).toBe(EXIT.partial);
    expect(ran.rows).toMatchObject([{ outcome: 'partial', removedHosts: [] }]);
    const failed = ran.rows.flatMap(({ scopes }) => scopes as { scope: string; coverage: string; message?: string }[]);
    expect(failed.filter(({ coverage }) => coverage !== 'complete').map(({ scope }) => scope)).toEqual([
      'nodes',
      'guests/pve1',
      'config/pve1',
      'tasks/pve1',
    ]);
    const status = await rollcall('sync-status');
    expect(status.stdout).toContain(`${lab.url} (pve1) cannot be used: pmxcfs does not run there`);
    lab.startPmxcfs('pve1');
    expect(await rollcall('discover-all')).toMatchObject({ status: EXIT.done });
  });
});

describe('when pveproxy goes away during a run', () => {
  it('each later call is tried once', async () => {
    const { lab, rollcall } = await openWorld({ nodes: 1 });
    await rollcall('discover-all');
    // The version is told, and nothing after it.
    lab.faults.add({ match: /^GET (?!\/version)/, effect: { kind: 'reset' } });
    lab.clearRequests();
    const ran = await rollcall('discover-all -o json');
    expect(ran.rows).toMatchObject([{ outcome: 'partial', removedHosts: [] }]);
    const log = lab.requests.filter(({ path }) => path.startsWith('/cluster/log'));
    expect(log).toHaveLength(1);
    const listing = lab.requests.filter(({ path }) => path === '/cluster/resources');
    expect(listing.length).toBeGreaterThan(1);
  });
});
