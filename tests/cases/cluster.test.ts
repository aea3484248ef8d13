import { expect, it } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-status.ts';
import { describeCases, openCase, runCase, serveCase } from './field-case.ts';

async function nodesOf(one: { run: Awaited<ReturnType<typeof openCase>>['run'] }): Promise<unknown[]> {
  return (await one.run('list-nodes -o json')).rows.map(({ name }) => name);
}

const names = (nodes: readonly string[]) => nodes.map((node) => ({ node }));

/** Guests as `[vmid, node]`. */
function cluster(nodes: readonly string[], guests: readonly (readonly [number, string])[], name: string | null) {
  return {
    cluster: name,
    nodes: names(nodes),
    resources: guests.map(([vmid, node]) => ({ type: 'qemu', vmid, name: `g${vmid}`, node, status: 'running' })),
    answers: { 'GET /cluster/nextid': { status: 200, body: { data: '300' } } },
  };
}

describeCases('members of a cluster', () => {
  it('04-maintenance: is shown, and its coming and going recorded', async () => {
    const one = await runCase('04-maintenance');
    const nodes = (await one.run('list-nodes -o json')).rows;
    expect(nodes.map(({ name, status, isInMaintenance }) => [name, status, isInMaintenance])).toEqual([
      ['pve1', 'online', false],
      ['pve2', 'online', true],
    ]);
    expect((await one.run('list-nodes')).stdout).toMatch(/pve2 +online, maintenance/);
    one.set({ cluster: 'prod', version: '9.1.4', nodes: names(['pve1', 'pve2']), resources: [] });
    await one.run('discover-all');
    const changes = (await one.run('show-changes --kind changed -o json')).rows;
    expect(changes.map(({ name, path, before, after }) => [name, path, before, after])).toEqual([
      ['pve2', 'maintenance', null, true],
      ['pve2', 'maintenance', true, null],
    ]);
  });

  it('09-ghost-node: guests below a node that is no member are named once, with advice; runs are complete', async () => {
    const one = await runCase('09-ghost-node');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done, EXIT.done, EXIT.done]);
    const told = one.discovered.map(({ stderr }) => stderr.includes('2 guests left behind on oldnode'));
    expect(told).toEqual([false, false, true, false]);
    expect(one.discovered[2]?.stderr).toContain('/etc/pve/nodes/oldnode');
    expect(await nodesOf(one)).toEqual(['pve1']);
    expect((await one.run('sync-status -o json')).rows).toMatchObject([{ lastRun: { outcome: 'complete' } }]);
    const [, leftover] = (await one.run('list-vms -o json')).rows;
    expect(leftover).toMatchObject({ vmid: 200, presence: 'unobservable' });
  });

  it('28-two-nodes-one-vm: a VM that two nodes list during a migration is one', async () => {
    const one = await runCase('28-two-nodes-one-vm');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done, EXIT.done]);
    expect((await one.run('list-vms -o json')).rows).toMatchObject([{ vmid: 118, node: 'host-12' }]);
    expect((await one.run('show-changes --kind changed -o json')).rows).toEqual([]);
  });

  it('34-same-hostname: two hosts of one name, with a guest of one vmid and name, are told apart', async () => {
    const world = (rootCa: string) => ({
      rootCa,
      nodes: names(['pve']),
      resources: [{ type: 'qemu', vmid: 100, name: 'web', status: 'running' }],
    });
    const one = await openCase(
      { resources: [] },
      {
        env: {
          PROXMOX_VE_ENDPOINT: null,
          PROXMOX_VE_FINGERPRINT: null,
          PROXMOX_VE_API_TOKEN: null,
          PROXMOX_VE_NAME: null,
        },
      },
    );
    const secret = { SECRET: '00000000-0000-4000-8000-000000000002' };
    const sites = [
      await serveCase(world(`${'11:'.repeat(31)}11`)),
      await serveCase(world(`${'22:'.repeat(31)}22`), { key: 'key2.pem', cert: 'cert2.pem' }),
    ];
    for (const [index, { url, fingerprint }] of sites.entries()) {
      const how = ['--endpoint', url, '--fingerprint', fingerprint, '--token-id', 'a@pve!ro', '--secret', 'env:SECRET'];
      expect(await one.run(['providers', 'add', `site-${index}`, ...how], secret)).toMatchObject({ status: EXIT.done });
    }
    expect(await one.run('discover-all', secret)).toMatchObject({ status: EXIT.done });
    expect((await one.run('list-vms -o name')).stdout).toBe('site-0/100\nsite-1/100\n');
    expect(await one.run('show-vm web')).toMatchObject({ status: EXIT.usage });
    expect(await one.run('show-vm site-1/web')).toMatchObject({ status: EXIT.done });
  });

  it('42-delnode-clean: a node that was removed is gone, and the run complete', async () => {
    const one = await runCase('42-delnode-clean');
    expect(one.discovered.map(({ status }) => status)).toEqual([EXIT.done, EXIT.done, EXIT.done, EXIT.done]);
    expect(await nodesOf(one)).toEqual(['pve1', 'pve2']);
    const all = (await one.run('list-nodes --all -o json')).rows;
    expect(all).toContainEqual(expect.objectContaining({ name: 'pve3', presence: 'gone' }));
  });

  it('42-delnode-clean: its guests are gone with it, and a host that founds a cluster has its name', async () => {
    const rest = [100, 103, 104, 105].map((vmid) => [vmid, 'pve1'] as const);
    const two = [...rest, [101, 'pve2'], [102, 'pve2']] as const;
    const one = await openCase(cluster(['pve1', 'pve2', 'pve3'], [...two, [300, 'pve3']], 'prod'));
    await one.run('discover-all');
    one.set(cluster(['pve1', 'pve2'], two, 'prod'));
    expect(await one.run('discover-all')).toMatchObject({ status: EXIT.done });
    expect(await nodesOf(one)).toEqual(['pve1', 'pve2']);
    expect((await one.run('list-vms --all -o json')).rows).toContainEqual(
      expect.objectContaining({ vmid: 300, presence: 'gone' }),
    );
    const host = await openCase(cluster(['pve1'], [[100, 'pve1']], null));
    await host.run('discover-all');
    host.set(cluster(['pve1', 'pve2'], [[100, 'pve1']], 'newcluster'));
    expect(await host.run('discover-all')).toMatchObject({ status: EXIT.done });
    expect((await host.run('providers list -o json')).rows).toMatchObject([
      { clusterName: 'newcluster', nodeNames: ['pve1', 'pve2'] },
    ]);
  });
});
