import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openProxmoxClient } from '../../src/api/proxmox-client.ts';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import type { DiscoverOptions } from '../../src/providers/provider.ts';
import { ProxmoxProvider } from '../../src/providers/proxmox/proxmox-provider.ts';
import { linesOf, tasksOf } from '../../src/providers/proxmox/records/record.ts';
import type { Outcome } from '../../src/types/audit-record.ts';
import type { Observation } from '../../src/types/observation.ts';
import { ALL_SCOPES } from '../../src/types/presence.ts';
import { guestOf, MASK_KEY, scopeOf } from './day.ts';

const opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function openLab(options?: LabOptions): Promise<Lab> {
  const lab = await startLab(options);
  opened.push(() => lab.close());
  return lab;
}

function isAnswered(lab: Lab, path: string): boolean {
  return lab.requests.some((request) => request.path === path && request.status > 0);
}

/** A discovery in which something happens after the nodes have told of their guests, and before the cluster does. */
async function discoverWhile(lab: Lab, act: () => void): Promise<Observation> {
  lab.faults.add({ match: /^GET .*\/cluster\/resources/, times: 1, effect: { kind: 'delay', ms: 200 } });
  const reading = discover(openProvider(lab));
  while (!['pve1', 'pve2'].every((node) => isAnswered(lab, `/nodes/${node}/qemu?full=1`))) await sleep(1);
  act();
  return reading;
}

function openProvider(lab: Lab, token = lab.auditorToken): ProxmoxProvider {
  const [tokenId = '', secret = ''] = token.split('=');
  const client = openProxmoxClient({
    endpoints: [lab.url],
    tls: { ca: lab.caPem },
    credential: { kind: 'token', tokenId, secret },
    retries: 0,
  });
  opened.push(async () => client.close());
  return new ProxmoxProvider(client, () => new Date());
}

function discover(provider: ProxmoxProvider, options: Partial<DiscoverOptions> = {}): Promise<Observation> {
  return provider.discover({ scopes: ALL_SCOPES, maskKey: MASK_KEY, knownTasks: new Map(), ...options });
}

function incomplete({ scopes }: Observation): string[] {
  return scopes.filter(({ coverage }) => coverage !== 'complete').map(({ scope, coverage }) => `${scope} ${coverage}`);
}

function stateOfGuests({ guests }: Observation): object[] {
  return guests.map(({ kind, vmid, document, identity, complete }) => ({ kind, vmid, document, identity, complete }));
}

describe('discovery of a cluster', () => {
  it('makes four calls per node, five more, one per guest, and at first one for the CA and each guest with snapshots', async () => {
    const lab = await openLab({ nodes: 4, vms: 60, containers: 20 });
    const seen = await discover(openProvider(lab));
    expect(incomplete(seen)).toEqual([]);
    expect(seen.guests).toHaveLength(lab.guests().length);
    const withSnapshots = lab.guests().filter(({ snapshots }) => snapshots.length > 0);
    expect(lab.requests).toHaveLength(6 + 4 * 4 + lab.guests().length + withSnapshots.length);
    expect(new Set(lab.requests.map(({ path }) => path)).size).toBe(lab.requests.length);
    expect(lab.requests.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it.each(['7.4', '8.4', '9.2'] as const)('reads an unchanged cluster alike, twice (%s)', async (release) => {
    const lab = await openLab({ release, nodes: 2 });
    const provider = openProvider(lab);
    const [first, second] = [await discover(provider), await discover(provider)];
    expect(incomplete(first)).toEqual([]);
    expect(stateOfGuests(second)).toEqual(stateOfGuests(first));
    expect(first.nodes.every(({ isComplete }) => isComplete)).toBe(true);
    expect(first.version?.split('.')[0]).toBe(release.split('.')[0]);
  });

  it('reads a single host', async () => {
    const lab = await openLab({ clusterName: null, vms: 3, containers: 1 });
    const seen = await discover(openProvider(lab));
    expect(seen).toMatchObject({ quorate: null, identity: { clusterName: null } });
    expect(incomplete(seen)).toEqual([]);
    expect(seen.guests).toHaveLength(4);
  });

  it('finds a guest that moves between the listing and its configuration', async () => {
    const lab = await openLab({ nodes: 2, vms: 4, containers: 0 });
    const [guest] = lab.guests();
    if (guest === undefined) throw new Error('the lab has no guest');
    const target = guest.node === 'pve1' ? 'pve2' : 'pve1';
    // Its configuration is asked for while it is still there, and looked for when it is not any more.
    lab.faults.add({ match: /qemu\/100\/config/, times: 1, effect: { kind: 'delay', ms: 200 } });
    const reading = discover(openProvider(lab));
    while (!isAnswered(lab, '/cluster/resources') || !isAnswered(lab, `/nodes/${guest.node}/qemu?full=1`))
      await sleep(1);
    lab.as('root@pam').migrate(guest.vmid, target);
    const seen = await reading;
    expect(guestOf(seen, guest.vmid)).toMatchObject({ node: target, document: { node: target } });
    expect(guestOf(seen, guest.vmid).complete).toContain('config');
    expect(incomplete(seen)).toEqual([]);
    expect(lab.requests.filter(({ path }) => path.includes('/cluster/resources'))).toHaveLength(2);
  });

  it('takes a guest that moves before the listing is made for one of the node where it is then', async () => {
    const lab = await openLab({ nodes: 2, vms: 4, containers: 0 });
    const [guest] = lab.guests();
    if (guest === undefined) throw new Error('the lab has no guest');
    const target = guest.node === 'pve1' ? 'pve2' : 'pve1';
    const seen = await discoverWhile(lab, () => lab.as('root@pam').migrate(guest.vmid, target));
    expect(guestOf(seen, guest.vmid)).toMatchObject({ node: target, document: { node: target } });
    expect(guestOf(seen, guest.vmid).complete).toContain('config');
    expect(incomplete(seen)).toEqual([]);
  });

  it('takes a guest that is destroyed before the listing is made for absent, and the listing for whole', async () => {
    const lab = await openLab({ nodes: 2, vms: 4, containers: 0 });
    const [guest] = lab.guests();
    if (guest === undefined) throw new Error('the lab has no guest');
    const seen = await discoverWhile(lab, () => {
      lab.as('root@pam').stop(guest.vmid);
      lab.as('root@pam').destroy(guest.vmid);
    });
    expect(seen.guests.map(({ vmid }) => vmid)).not.toContain(guest.vmid);
    expect(seen.guests).toHaveLength(3);
    expect(incomplete(seen)).toEqual([]);
  });

  it('does not ask a node that is off, and reports it', async () => {
    const lab = await openLab({ nodes: 3, vms: 9, containers: 3 });
    const provider = openProvider(lab);
    lab.node('pve3').powerOff();
    lab.clearRequests();
    const seen = await discover(provider);
    expect(lab.requests.filter(({ path }) => path.includes('/nodes/pve3/'))).toEqual([]);
    expect(seen.quorate).toBe(true);
    expect(incomplete(seen)).toEqual(['guests/pve3 unreachable', 'config/pve3 unreachable', 'tasks/pve3 unreachable']);
    for (const { vmid, node } of lab.guests()) {
      expect(guestOf(seen, vmid).unobservable).toBe(node === 'pve3' ? 'node pve3 is offline' : null);
    }
  });

  it('sees what its token may see, and says what is missing', async () => {
    const lab = await openLab({ vms: 12, containers: 4 });
    const seen = await discover(openProvider(lab, lab.poolToken));
    expect(seen.guests.length).toBeGreaterThan(0);
    expect(seen.guests.length).toBeLessThan(lab.guests().length);
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'filtered', missing: ['VM.Audit on /vms'] });
    const none = await discover(openProvider(lab, lab.noRightsToken));
    expect(none.guests).toEqual([]);
    expect(scopeOf(none, 'guests')).toMatchObject({ coverage: 'filtered' });
  });

  it('reads again what was cut out of the listing', async () => {
    const lab = await openLab({ nodes: 2, vms: 10, containers: 2 });
    lab.faults.add({ match: /^GET .*\/cluster\/resources/, times: 1, effect: { kind: 'shorten', keep: 0.5 } });
    const seen = await discover(openProvider(lab));
    expect(seen.guests).toHaveLength(lab.guests().length);
  });

  it('says that a guest is gone only when its vmid is free', async () => {
    const lab = await openLab({ vms: 3, containers: 0 });
    const [first, second] = lab.guests();
    if (first === undefined || second === undefined) throw new Error('the lab has too few guests');
    lab.as('root@pam').stop(first.vmid);
    lab.as('root@pam').destroy(first.vmid);
    const probes = await openProvider(lab).probeAbsent([first, second].map(({ vmid }) => ({ nativeId: `${vmid}` })));
    expect([...probes]).toEqual([
      [`${first.vmid}`, 'gone'],
      [`${second.vmid}`, 'exists'],
    ]);
  });

  it('harvests a task once', async () => {
    const lab = await openLab({ nodes: 2, vms: 4, containers: 0 });
    const provider = openProvider(lab);
    const before = await discover(provider);
    const stored = new Map<string, Outcome>(tasksOf(before).map(({ ref, outcome }) => [ref, outcome]));
    const [guest] = lab.guests();
    if (guest === undefined) throw new Error('the lab has no guest');
    lab.as('admin@pve').snapshot(guest.vmid, 'one');
    const after = await discover(provider, { knownTasks: stored });
    expect(tasksOf(after).map(({ native, target, actor }) => ({ native, target, actor }))).toEqual([
      { native: 'qmsnapshot', target: String(guest.vmid), actor: 'admin@pve' },
    ]);
  });

  it('reads in a log line what it reads in the configuration', async () => {
    const lab = await openLab({ vms: 3, containers: 0 });
    const provider = openProvider(lab);
    const [guest] = lab.guests();
    if (guest === undefined) throw new Error('the lab has no guest');
    lab.as('admin@pve').setConfig(guest.vmid, { memory: '4096', tags: 'b;a', description: 'for the web' });
    const seen = await discover(provider);
    const update = linesOf(seen).findLast((line) => line.update?.vmid === guest.vmid)?.update;
    expect(update?.setKeys).toEqual(expect.arrayContaining(['memory', 'tags', 'description']));
    expect(guestOf(seen, guest.vmid).document).toMatchObject(update?.set ?? {});
  });
});
