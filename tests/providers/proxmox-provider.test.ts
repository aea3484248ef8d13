import { describe, expect, it } from '@jest/globals';
import type { ConnectionCheck } from '../../src/providers/provider.ts';
import type { ReplayAnswers } from '../helpers/replay-server.ts';
import { openReplay } from './day.ts';
import { ok, refused, resources, tinyCluster } from './tiny-cluster.ts';

async function check(changes: ReplayAnswers, account = 'rollcall@pve!ro'): Promise<ConnectionCheck[]> {
  const replay = await openReplay(tinyCluster(changes));
  const steps: ConnectionCheck[] = [];
  try {
    for await (const step of replay.provider.check({ account })) steps.push(step);
  } finally {
    await replay.close();
  }
  return steps;
}

function verdicts(steps: readonly ConnectionCheck[]): string[] {
  return steps.map(({ step, ok: isOk }) => `${isOk ? 'ok' : 'failed'}: ${step}`);
}

const PERMISSIONS = ['permissions', 'permissions', 'permissions', 'permissions', 'permissions', 'attribution'];
const ALL = ['authentication', 'version', ...PERMISSIONS, 'cluster', 'guests', 'clock'];

describe('the check of a connection', () => {
  it('tells what it found', async () => {
    const steps = await check({});
    expect(verdicts(steps)).toEqual(ALL.map((step) => `ok: ${step}`));
    expect(steps.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'Proxmox VE 8.4.1',
        'cluster tiny, 2 of 2 nodes online, quorate',
        'visible: 2 virtual machines, 1 container',
      ]),
    );
  });

  it('tells which rights are missing, with the lines that give them', async () => {
    const steps = await check({
      'GET /access/permissions': ok({ '/vms/1': { 'VM.Audit': 0 } }),
      'GET /cluster/resources': resources(),
      'GET /cluster/status': refused(403, 'Permission check failed (/, Sys.Audit)'),
    });
    expect(verdicts(steps)).toEqual([
      'ok: authentication',
      'ok: version',
      'failed: permissions',
      'failed: attribution',
      'ok: clock',
    ]);
    expect(steps[2]).toMatchObject({
      message:
        'missing: VM.Audit on /vms (guests), Sys.Audit on /nodes (nodes), Sys.Audit on / (quorum and the tasks of others), ' +
        'Datastore.Audit on /storage (storage), Pool.Audit on /pool (pools)',
      hint:
        'pveum acl modify / --users rollcall@pve --roles PVEAuditor; ' +
        "and for a token with privilege separation also: pveum acl modify / --tokens 'rollcall@pve!ro' --roles PVEAuditor",
    });
    expect(steps[3]?.hint).toBe(
      'pveum role add RollcallLog --privs Sys.Syslog && pveum acl modify / --users rollcall@pve --roles RollcallLog; ' +
        "and for a token with privilege separation also: pveum acl modify / --tokens 'rollcall@pve!ro' --roles RollcallLog",
    );
  });

  it.each([
    ['rollcall@pve', 'pveum acl modify /vms --users rollcall@pve --roles PVEAuditor'],
    ['root@pam!ro', "pveum acl modify /vms --tokens 'root@pam!ro' --roles PVEAuditor"],
  ])('gives %s the right where entries of the path itself hide what comes from above', async (account, hint) => {
    const rights = { '/': { 'VM.Audit': 1, 'Sys.Audit': 1 }, '/vms': { 'VM.Console': 1 } };
    const steps = await check({ 'GET /access/permissions': ok(rights) }, account);
    expect(steps.find(({ message }) => message.includes('VM.Audit'))).toMatchObject({ ok: false, hint });
    expect(steps.find(({ message }) => message.startsWith('Sys.Audit on /nodes'))).toMatchObject({ ok: true });
  });

  it('ends where nothing further can work', async () => {
    const steps = await check({ 'GET /version': refused(401, 'Authentication failed!') });
    expect(verdicts(steps)).toEqual(['failed: authentication']);
    expect(verdicts(await check({ 'GET /version': refused(500, 'some trouble') }))).toEqual(['failed: version']);
    const replay = await openReplay(tinyCluster());
    await replay.server.close();
    const closed: ConnectionCheck[] = [];
    for await (const step of replay.provider.check({ account: 'rollcall@pve!ro' })) closed.push(step);
    replay.provider.close();
    expect(verdicts(closed)).toEqual(['failed: connection']);
  });

  it('goes on over what it cannot read', async () => {
    const steps = await check({
      'GET /access/permissions': refused(500, 'no'),
      'GET /cluster/resources': refused(500, 'no'),
    });
    expect(verdicts(steps).filter((verdict) => verdict.startsWith('failed'))).toEqual([
      'failed: permissions',
      'failed: guests',
    ]);
  });

  it.each<[name: string, status: object[], isOk: boolean, message: string]>([
    [
      'no quorum',
      [
        { type: 'cluster', name: 'tiny', quorate: 0 },
        { type: 'node', name: 'a', online: 1 },
        { type: 'node', name: 'b', online: 0 },
      ],
      false,
      'cluster tiny, 1 of 2 nodes online, no quorum',
    ],
    [
      'a node that is off',
      [
        { type: 'cluster', name: 'tiny', quorate: 1 },
        { type: 'node', name: 'a', online: 1 },
        { type: 'node', name: 'b', online: 0 },
      ],
      true,
      'cluster tiny, 1 of 2 nodes online, quorate; offline: b',
    ],
    ['a single host', [{ type: 'node', name: 'pve', online: 1 }], true, 'a single host, pve'],
  ])('tells of %s', async (_name, status, isOk, message) => {
    const steps = await check({ 'GET /cluster/status': ok(status) });
    expect(steps.find(({ step }) => step === 'cluster')).toMatchObject({ ok: isOk, message });
  });
});

describe('a probe for guests that are missing', () => {
  it('asks for each vmid once, and does not guess', async () => {
    const replay = await openReplay({
      'GET /cluster/nextid?vmid=1': ok('1'),
      'GET /cluster/nextid?vmid=2': {
        status: 400,
        reason: 'Parameter verification failed.',
        body: { data: null, errors: { vmid: 'VM 2 already exists' } },
      },
      'GET /cluster/nextid?vmid=3': refused(500, 'some trouble'),
    });
    const guests = [1, 1, 2, 3].map((vmid) => ({ nativeId: `${vmid}` }));
    const probes = await replay.provider.probeAbsent(guests);
    expect([...probes]).toEqual([
      ['1', 'gone'],
      ['2', 'exists'],
      ['3', 'unknown'],
    ]);
    expect(replay.server.requests).toHaveLength(3);
    await replay.close();
  });

  it('does not ask for a whole cluster', async () => {
    const replay = await openReplay({});
    const guests = Array.from({ length: 210 }, (_, index) => ({ nativeId: `${100 + index}` }));
    const probes = await replay.provider.probeAbsent(guests);
    expect(new Set(probes.values())).toEqual(new Set(['unknown']));
    expect(replay.server.requests).toHaveLength(200);
    await replay.close();
  });
});
