import { expect, it } from '@jest/globals';
import { linesOf, tasksOf } from '../../src/providers/proxmox/records/record.ts';
import type { Observation } from '../../src/types/observation.ts';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { dataOf, describeDays, guestOf, openReplay, scopeOf } from './day.ts';

describeDays('a recorded day', (read) => {
  async function discover(answers: ReplayAnswers): Promise<{ seen: Observation; paths: string[] }> {
    const replay = await openReplay(answers);
    try {
      return { seen: await replay.discover(), paths: replay.server.requests.map(({ path }) => path) };
    } finally {
      await replay.close();
    }
  }

  it('asks no more than it has to, and each thing once', async () => {
    const { seen, paths } = await discover(read(0));
    expect(seen.guests).toHaveLength(13);
    // Guest 301 is on a node that is off.
    const perGuest = paths.filter((path) => path.endsWith('/config'));
    expect(perGuest).toHaveLength(12);
    // Of those with snapshots or a password, and of one whose file was written by hand.
    const pending = paths.filter((path) => path.endsWith('/pending')).map((path) => path.split('/').at(-2) ?? '');
    expect(pending.sort()).toEqual(['101', '102', '103', '106']);
    expect(paths.filter((path) => !/\/(?:config|pending)$/.test(path)).sort()).toEqual(
      [
        '/version',
        '/nodes/localhost/certificates/info',
        '/access/permissions',
        '/cluster/status',
        '/cluster/resources',
        '/storage',
        '/cluster/log?max=500',
        '/nodes/pve1/qemu?full=1',
        '/nodes/pve1/lxc',
        '/nodes/pve1/tasks?source=all&limit=500',
        '/nodes/pve2/qemu?full=1',
        '/nodes/pve2/lxc',
        '/nodes/pve2/tasks?source=all&limit=500',
        '/nodes/pve2/status',
      ].sort(),
    );
  });

  it('goes on when the calls to one node are refused', async () => {
    const { seen } = await discover(read(0));
    expect(seen).toMatchObject({
      identity: { clusterName: 'testcluster', nodeNames: ['pve1', 'pve2', 'pve3'] },
      version: '8.4.21',
      quorate: true,
    });
    expect(scopeOf(seen, 'guests')).toEqual({ scope: 'guests', coverage: 'complete', count: 13 });
    expect(scopeOf(seen, 'guests/pve2')).toMatchObject({
      coverage: 'error',
      hint: expect.stringContaining('that node'),
    });
    expect(scopeOf(seen, 'config/pve2')).toMatchObject({ coverage: 'error', count: 0 });
    expect(scopeOf(seen, 'config/pve1')).toEqual({ scope: 'config/pve1', coverage: 'complete', count: 10 });
    expect(guestOf(seen, 300)).toMatchObject({
      document: { node: 'pve2', status: 'running', pool: 'prod', name: 'n2-vm', tags: ['n2'] },
      powerSource: 'broadcast',
      unobservable: null,
    });
    expect(guestOf(seen, 300).complete).toEqual(new Set(['placement', 'power', 'pool', 'ha']));
  });

  it('has no name for a machine without one', async () => {
    const { seen } = await discover(read(0));
    expect(guestOf(seen, 105).document).not.toHaveProperty('name');
    expect(guestOf(seen, 104).lock).toBe('backup');
    expect(guestOf(seen, 9000).document).toMatchObject({ template: true, status: 'stopped' });
  });

  it.each([4, 5, 7, 9])(
    'takes the power state from the node itself, which is ahead of the listing (step %i)',
    async (step) => {
      const answers = read(step);
      const rows = dataOf<{ vmid: number; status: string }>(answers, 'GET /nodes/pve1/qemu?full=1');
      const { seen } = await discover(answers);
      for (const { vmid, status } of rows) {
        expect(guestOf(seen, vmid)).toMatchObject({ document: { status }, powerSource: 'live' });
      }
    },
  );

  it('reads a fresh clone of which the listing says next to nothing', async () => {
    const { seen } = await discover(read(8));
    expect(guestOf(seen, 111)).toMatchObject({
      document: { name: 'web-11', status: 'stopped', tags: ['new', 'prod', 'web'] },
      powerSource: 'live',
      unobservable: null,
    });
    expect(guestOf(seen, 111).complete).toEqual(new Set(['placement', 'power', 'pool', 'ha', 'config']));
  });

  it.each([15, 16])('trusts nothing about the guests of a node that is off (step %i)', async (step) => {
    const { seen, paths } = await discover(read(step));
    expect(seen.quorate).toBe(false);
    expect(seen.warnings).toEqual([expect.objectContaining({ code: 'no-quorum' })]);
    for (const vmid of [300, 301, 302]) {
      expect(guestOf(seen, vmid)).toMatchObject({
        unobservable: 'the cluster has no quorum',
        powerSource: 'none',
        telemetry: null,
      });
      expect(guestOf(seen, vmid).complete).toEqual(new Set());
      expect(guestOf(seen, vmid).document).not.toHaveProperty('status');
    }
    expect(guestOf(seen, 100)).toMatchObject({ unobservable: null, document: { name: 'web-01', status: 'stopped' } });
    expect(scopeOf(seen, 'config/pve2')).toEqual({
      scope: 'config/pve2',
      coverage: 'unreachable',
      count: 0,
      message: 'the cluster has no quorum',
    });
    expect(scopeOf(seen, 'nodes')).toMatchObject({ coverage: 'unreachable' });
    expect(seen.nodes.find(({ name }) => name === 'pve2')).toMatchObject({
      status: 'offline',
      unobservable: 'the cluster has no quorum',
      isComplete: false,
    });
    expect(paths.filter((path) => path.startsWith('/nodes/pve2'))).toEqual([]);
  });

  it('says what a narrow token does not see', async () => {
    const { seen } = await discover(read(18));
    expect(seen.guests.map(({ vmid }) => vmid)).toEqual([100, 101, 200, 300]);
    expect(seen).toMatchObject({ quorate: null, identity: { clusterName: null, nodeNames: ['pve1', 'pve2', 'pve3'] } });
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'filtered', missing: ['VM.Audit on /vms'] });
    expect(scopeOf(seen, 'nodes')).toMatchObject({
      coverage: 'filtered',
      missing: ['Sys.Audit on /nodes', 'Sys.Audit on /'],
    });
    expect(scopeOf(seen, 'storage')).toMatchObject({ coverage: 'filtered', count: 0 });
    expect(scopeOf(seen, 'tasks/pve1')).toMatchObject({ coverage: 'filtered', missing: ['Sys.Audit on /nodes'] });
    expect(scopeOf(seen, 'log')).toMatchObject({ coverage: 'filtered', missing: ['Sys.Syslog on /'] });
    for (const guest of seen.guests) expect(guest.complete).toEqual(new Set(['placement', 'power', 'ha', 'config']));
    expect(seen.nodes.find(({ name }) => name === 'pve3')).toMatchObject({ status: 'offline', unobservable: null });
  });

  it('reads tasks and log lines with their users', async () => {
    const { seen } = await discover(read(7));
    const lines = linesOf(seen).filter(({ update }) => update?.vmid === 103);
    expect(lines.map(({ actor, credential, update }) => [actor, credential, update?.set])).toContainEqual([
      'root@pam',
      'full',
      expect.any(Object),
    ]);
    expect(linesOf(seen).map(({ at }) => at.getTime())).toEqual(
      linesOf(seen)
        .map(({ at }) => at.getTime())
        .sort((a, b) => a - b),
    );
    const task = tasksOf(seen).find(({ native, target }) => native === 'qmcreate' && target === '110');
    expect(task).toMatchObject({ actor: 'root@pam', credential: 'full', outcome: 'ok', text: 'OK', place: 'pve1' });
    expect(task?.endedAt?.getTime()).toBeGreaterThanOrEqual(task?.at.getTime() ?? Number.NaN);
    // Refused on pve2, but the cluster's own list tells the last ones.
    expect(
      scopeOf(seen, 'tasks/pve2')?.coverage === 'complete' || tasksOf(seen).some(({ place }) => place === 'pve2'),
    ).toBe(true);
  });

  it('reads storages as the cluster defines them', async () => {
    const { seen } = await discover(read(0));
    expect(seen.storages.map(({ name }) => name)).toEqual([
      'backup',
      'broken-dir',
      'dir2',
      'local',
      'old-nfs',
      'other-node',
    ]);
    expect(seen.storages[4]?.document).toMatchObject({ type: 'nfs', disabled: true });
    expect(seen.storages[0]).toEqual({
      name: 'backup',
      document: { type: 'dir', content: ['backup'], shared: true, nodes: ['pve1', 'pve2', 'pve3'] },
      onNodes: [
        { node: 'pve1', status: 'available', totalBytes: 270553174016, usedBytes: 32158916608 },
        { node: 'pve2', status: 'available', totalBytes: 270553174016, usedBytes: 32158916608 },
        { node: 'pve3', status: 'unknown', totalBytes: null, usedBytes: null, isUntold: true },
      ],
    });
    expect(seen.storages[1]?.document).not.toHaveProperty('shared');
  });

  it('reads the same cluster twice alike', async () => {
    const [first, second] = [await discover(read(17)), await discover(read(19))];
    const documents = (seen: Observation) =>
      seen.guests.map(({ vmid, document, identity }) => ({ vmid, document, identity }));
    expect(documents(second.seen)).toEqual(documents(first.seen));
    expect(second.seen.storages.map(({ document }) => document)).toEqual(
      first.seen.storages.map(({ document }) => document),
    );
    expect(second.seen.nodes.map(({ document }) => document)).toEqual(first.seen.nodes.map(({ document }) => document));
  });
});
