import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Activity } from '../../src/providers/azure/answers.ts';
import { toRecords } from '../../src/providers/azure/records.ts';
import { rules } from '../../src/providers/azure/rules.ts';
import type { KnownRecords } from '../../src/providers/provider.ts';
import type { AuditRecord } from '../../src/types/audit-record.ts';
import type { RunFacts } from '../../src/types/run-facts.ts';
import { machineRow } from '../providers/conformance/azure-answers.ts';
import { problem } from '../providers/conformance/azure-lab.ts';
import { AzureWorld, NOW, scopeOf } from './azure-world.ts';

const VM = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/web';
const INSTANCE =
  '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachineScaleSets/w/virtualMachines/3';

function entry(minute: number, status: string, part: Partial<Activity> = {}): Activity {
  return {
    eventDataId: `${minute}-${status}`,
    correlationId: '1e121103-0ba6-4300-ac9d-952bb5d0c80f',
    eventTimestamp: new Date(NOW.getTime() + minute * 60_000).toISOString(),
    caller: 'alice@example.com',
    operationName: { value: 'Microsoft.Compute/virtualMachines/deallocate/action' },
    resourceId: VM,
    status: { value: status },
    subStatus: { value: 'Accepted' },
    ...part,
  };
}

const LATER = new Date(NOW.getTime() + 3_600_000);

function read(entries: readonly Activity[], now = LATER): AuditRecord[] {
  return toRecords(entries, now);
}

describe('the activity log', () => {
  it('tells of one operation once, from its start to its end, in whatever order', () => {
    const phases = [entry(2, 'Succeeded', { caller: null }), entry(0, 'Started'), entry(1, 'Accepted')];
    const [record, ...more] = read(phases);
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      verb: 'stop',
      native: 'Microsoft.Compute/virtualMachines/deallocate/action',
      target: VM.toLowerCase(),
      targetName: 'web',
      actor: 'alice@example.com',
      at: NOW,
      endedAt: new Date(NOW.getTime() + 120_000),
      outcome: 'ok',
      sets: { status: 'stopped', power: 'deallocated' },
    });
    expect(read(phases.toReversed()).map(({ ref }) => ref)).toEqual([record?.ref]);
  });

  it.each([
    ['virtualMachines/start/action', 'Accepted', { verb: 'start', sets: { status: 'running', power: 'running' } }],
    ['virtualMachines/powerOff/action', 'Accepted', { verb: 'stop', sets: { status: 'stopped', power: 'stopped' } }],
    ['virtualMachines/restart/action', 'Accepted', { verb: 'reset', touches: [] }],
    ['virtualMachines/delete', 'Accepted', { verb: 'destroy' }],
    ['virtualMachines/write', 'Created', { verb: 'create' }],
    ['virtualMachines/write', 'OK', { verb: 'configure' }],
  ])('%s (%s)', (operation, subStatus, expected) => {
    const operationName = { value: `Microsoft.Compute/${operation}` };
    const [record] = read([entry(0, 'Succeeded', { operationName, subStatus: { value: subStatus } })]);
    const { verb, sets, touches } = record ?? {};
    expect({ verb, ...(sets && { sets }), ...(touches && { touches }) }).toEqual(expected);
  });

  it.each([
    ['another resource', { resourceId: VM.replace('virtualMachines', 'disks') }],
    ['an extension', { operationName: { value: 'Microsoft.Compute/virtualMachines/extensions/write' } }],
    ['no resource', { resourceId: null }],
    ['a machine of another name below it', { resourceId: `${VM}/extensions/script` }],
  ])('says nothing by what is done to %s', (_what, part) => {
    expect(read([entry(0, 'Succeeded', part)])).toEqual([]);
  });

  it('tells operations of one deployment apart', () => {
    const other = { resourceId: VM.replace('web', 'db') };
    const records = read([entry(0, 'Succeeded'), entry(0, 'Succeeded', other)]);
    expect(new Set(records.map(({ ref }) => ref)).size).toBe(2);
  });

  it('takes what failed for nothing that was done', () => {
    expect(read([entry(0, 'Started'), entry(1, 'Failed')])).toMatchObject([{ outcome: 'failed' }]);
  });

  it('waits for the end of an operation, and not for ever', () => {
    const begun = [entry(0, 'Started'), entry(0, 'Accepted')];
    expect(read(begun, new Date(NOW.getTime() + 60_000))).toEqual([]);
    expect(read(begun)).toMatchObject([{ outcome: 'unknown', endedAt: null }]);
  });

  it('takes no deletion for one before it has ended', () => {
    const operationName = { value: 'Microsoft.Compute/virtualMachines/delete' };
    const begun = [entry(0, 'Started', { operationName }), entry(0, 'Accepted', { operationName })];
    expect(read(begun)).toEqual([]);
    expect(read([...begun, entry(20, 'Succeeded', { operationName })])).toMatchObject([
      { verb: 'destroy', outcome: 'ok', at: NOW },
    ]);
  });

  it('is not certain about an instance, which its scale set changes without naming it', () => {
    const operationName = { value: 'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/deallocate/action' };
    const [record] = read([entry(0, 'Succeeded', { operationName, resourceId: INSTANCE })]);
    expect(record).toMatchObject({ verb: 'stop', touches: ['status', 'power'] });
    expect(record?.sets).toBeUndefined();
  });
});

describe('a machine that was deleted', () => {
  const handle = VM.toLowerCase();
  const deleted = entry(5, 'Succeeded', { operationName: { value: 'Microsoft.Compute/virtualMachines/delete' } });
  const window = { notBefore: NOW, notAfter: LATER };

  function destroyed(created: string): { actor: string | null } | null {
    const evidence = { records: read([deleted]), clockSkewMs: 0, sources: [] };
    const guest = { kind: 'vm' as const, nativeId: 'id', identity: { handle }, document: { created } };
    return rules.findDestruction(guest, window, { evidence } as unknown as RunFacts);
  }

  it('was so by whoever the log names', () => {
    expect(destroyed(new Date(NOW.getTime() - 3_600_000).toISOString())).toEqual({ actor: 'alice@example.com' });
  });

  it('is not the one of the same name that was made after it', () => {
    expect(destroyed(new Date(NOW.getTime() + 6 * 60_000).toISOString())).toBeNull();
  });
});

describe('the list of machines', () => {
  let world: AzureWorld;
  beforeEach(async () => {
    world = await AzureWorld.start();
  });
  afterEach(() => world.close());

  it.each([
    ['whether they run', /statusOnly=true/],
    ['networks', /networkInterfaces\?/],
    ['disks', /\/disks\?/],
  ])('is not whole when the list of %s names another one, which is there', async (_what, only) => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target, told) => {
      const isOther = /statusOnly=true|networkInterfaces\?|\/disks\?/.test(target) && !only.test(target);
      return isOther || /virtualMachines\?(?!.*statusOnly)/.test(target) ? { ...told, text: '{"value":[]}' } : null;
    };
    const nodeNames = [`${world.first.id}/westeurope`];
    const knownIdentity = { clusterName: null, nodeNames, rootCa: null, certificates: [] };
    const seen = await world.discover(world.connect(), { knownIdentity });
    expect(seen.nodes).toMatchObject([{ unobservable: expect.stringContaining('leaves out web') }]);
  });

  it('is whole when the login may not see the other one', async () => {
    world.cloud.add('db', { subscription: world.first.id });
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.pageSize = 50;
    world.lab.spoil = (target, told) => {
      if (target.includes('/virtualmachines/web')) return problem(403, 'AuthorizationFailed', 'no');
      if (!/virtualMachines\?(?!.*statusOnly)/.test(target)) return null;
      const { value } = JSON.parse(told.text) as { value: { name: string }[] };
      return { ...told, text: JSON.stringify({ value: value.filter(({ name }) => name !== 'web') }) };
    };
    const seen = await world.discover();
    expect(seen.guests).toHaveLength(1);
    expect(seen.nodes.map(({ unobservable }) => unobservable)).toEqual([null]);
    expect(world.lab.requests.some((target) => target.includes('/virtualmachines/web'))).toBe(true);
  });

  it('is whole when the other one was deleted meanwhile', async () => {
    const web = world.cloud.add('web', { subscription: world.first.id });
    world.cloud.add('db', { subscription: world.first.id });
    world.lab.spoil = (target, told) => {
      if (!target.includes('statusOnly')) return null;
      world.cloud.machines.delete(web.vmId);
      return told;
    };
    world.lab.pageSize = 50;
    const seen = await world.discover();
    expect(seen.nodes.map(({ unobservable }) => unobservable)).toEqual([null]);
  });
});

describe('a change of a machine whose name another one had', () => {
  it('is not told of who deleted that one', () => {
    const handle = VM.toLowerCase();
    const stop = {
      operationName: { value: 'Microsoft.Compute/virtualMachines/deallocate/action' },
      correlationId: 'a',
    };
    const removal = { operationName: { value: 'Microsoft.Compute/virtualMachines/delete' }, correlationId: 'b' };
    const evidence = {
      records: read([entry(1, 'Succeeded', stop), entry(2, 'Succeeded', removal)]),
      clockSkewMs: 0,
      sources: [],
    };
    const change = (createdMinute: number) => ({
      resourceType: 'guest' as const,
      resourceId: 'r',
      kind: 'changed' as const,
      event: null,
      patch: [['status', 'running', 'stopped']] as const,
      guest: {
        kind: 'vm' as const,
        nativeId: 'id',
        vmid: null,
        node: 'S/w',
        identity: { handle },
        isHaManaged: false,
        document: { created: new Date(NOW.getTime() + createdMinute * 60_000).toISOString() },
      },
      notBefore: NOW,
      notAfter: LATER,
    });
    const actors = (minute: number) =>
      rules.attribute([change(minute)], evidence).map(({ attribution }) => attribution.actor);
    expect(actors(-60)).toEqual(['alice@example.com']);
    expect(actors(3)).toEqual([null]);
  });
});

describe('reading the activity log', () => {
  let world: AzureWorld;
  beforeEach(async () => {
    world = await AzureWorld.start();
  });
  afterEach(() => world.close());

  const known = (part: Partial<KnownRecords>): (() => Promise<KnownRecords>) => {
    return async () => ({ refs: new Set(), newestAt: null, lastCompleteAt: null, ...part });
  };
  const filters = (): string[] =>
    world.lab.requests.flatMap((target) => {
      const [, since] =
        /eventTimestamp%20ge%20'([^']+)'/.exec(target.replaceAll('%3A', ':').replaceAll('%27', "'")) ?? [];
      return since ?? [];
    });

  it('goes back a quarter of an hour before the newest record, and tells none twice', async () => {
    const { cloud, first } = world;
    const web = cloud.add('web', { subscription: first.id });
    cloud.setPower('alice@example.com', web.vmId, 'running');
    const earlier = (await world.discover()).records;
    expect(earlier).toMatchObject([{ actor: 'alice@example.com', verb: 'start' }]);
    world.now = new Date(NOW.getTime() + 600_000);
    cloud.setPower('bob@example.com', web.vmId, 'deallocated');
    const refs = new Set(earlier.map(({ ref }) => ref));
    const seen = await world.discover(world.connect(), { knownRecords: known({ refs, newestAt: NOW }) });
    expect(seen.records).toMatchObject([{ actor: 'bob@example.com', verb: 'stop' }]);
    // The Date header has whole seconds, of which the middle is taken.
    const expected = [new Date(NOW.getTime() - 24.25 * 3_600_000), new Date(NOW.getTime() - 900_000)];
    expect(filters().map((since) => since.slice(0, 19))).toEqual(expected.map((at) => at.toISOString().slice(0, 19)));
  });

  it('asks for no more than Azure keeps', async () => {
    const longAgo = new Date(NOW.getTime() - 200 * 24 * 3_600_000);
    const seen = await world.discover(world.connect(), { knownRecords: known({ newestAt: longAgo }) });
    expect(scopeOf(seen, 'events')).toMatchObject({ coverage: 'complete' });
  });

  it('is whole over many pages', async () => {
    const web = world.cloud.add('web', { subscription: world.first.id });
    for (let count = 0; count < 60; count++) world.cloud.setPower('alice@example.com', web.vmId, 'running');
    expect((await world.discover()).records).toHaveLength(60);
  });

  it('counts as read in part where one subscription may not be asked, and the others still tell', async () => {
    const other = world.cloud.addSubscription('Other');
    const web = world.cloud.add('web', { subscription: world.first.id });
    world.cloud.setPower('alice@example.com', web.vmId, 'running');
    world.lab.spoil = (target) =>
      target.includes('/eventtypes/') && target.includes(other.id) ? problem(403, 'AuthorizationFailed', 'no') : null;
    const seen = await world.discover();
    expect(seen.records).toHaveLength(1);
    expect(scopeOf(seen, 'events')).toMatchObject({ coverage: 'filtered' });
  });

  it('is not read at all where one subscription fails, for it would never be read again', async () => {
    const other = world.cloud.addSubscription('Other');
    const web = world.cloud.add('web', { subscription: world.first.id });
    world.cloud.setPower('alice@example.com', web.vmId, 'running');
    world.lab.spoil = (target) =>
      target.includes('/eventtypes/') && target.includes(other.id) ? problem(409, 'Conflict', 'no') : null;
    const seen = await world.discover();
    expect(seen.records).toEqual([]);
    expect(scopeOf(seen, 'events')).toMatchObject({ coverage: 'error' });
  });
});

describe('a machine that is missing', () => {
  let world: AzureWorld;
  beforeEach(async () => {
    world = await AzureWorld.start();
  });
  afterEach(() => world.close());

  it('is gone where its id is free or another one has it, and there where it is answered', async () => {
    const { cloud, first } = world;
    const [there, gone, again] = ['there', 'gone', 'again'].map((name) => cloud.add(name, { subscription: first.id }));
    const provider = world.connect();
    const { guests } = await world.discover(provider);
    cloud.remove('alice', gone?.vmId ?? '');
    cloud.remove('alice', again?.vmId ?? '');
    cloud.create('alice', 'again', { subscription: first.id, group: again?.group ?? '' });
    const told = await provider.probeAbsent?.(guests.map((guest) => ({ ...guest, kind: 'vm' as const })));
    expect(told?.get(there?.vmId ?? '')).toBe('exists');
    expect(told?.get(gone?.vmId ?? '')).toBe('gone');
    expect(told?.get(again?.vmId ?? '')).toBe('gone');
  });

  it('is unknown where its subscription is not seen, a right is missing, nothing of Azure answers, or one without a VM id', async () => {
    const { cloud, first, lab } = world;
    const web = cloud.add('web', { subscription: first.id });
    const { properties, ...row } = machineRow(web);
    const { vmId: _, ...withoutId } = properties;
    const withoutVmId = { status: 200, text: JSON.stringify({ ...row, properties: withoutId }) };
    const provider = world.connect();
    const { guests } = await world.discover(provider);
    for (const answer of [
      problem(404, 'SubscriptionNotFound', 'no'),
      problem(403, 'AuthorizationFailed', 'no'),
      { status: 404, text: '<html></html>' },
      { status: 200, text: '{}' },
      withoutVmId,
    ]) {
      lab.spoil = (target) => (target.includes('/virtualmachines/web') ? answer : null);
      const told = await provider.probeAbsent?.(guests);
      expect([...(told?.values() ?? [])]).toEqual(['unknown']);
    }
  });

  it('may have moved to a subscription that was not read: then a free id proves nothing', async () => {
    const { cloud, first, lab } = world;
    const other = cloud.addSubscription('Other');
    const web = cloud.add('web', { subscription: first.id });
    const provider = world.connect();
    const { guests } = await world.discover(provider);
    lab.spoil = (target) =>
      target.includes(`${other.id}/providers/Microsoft.Compute/virtualMachines?`)
        ? problem(403, 'AuthorizationFailed', 'no')
        : null;
    cloud.move(web.vmId, other.id);
    const seen = await world.discover(provider);
    const told = await provider.probeAbsent?.(guests, undefined, seen);
    expect([...(told?.values() ?? [])]).toEqual(['unknown']);
  });

  it('is gone where its id is free and every subscription was read, though one that was read before is not seen any more', async () => {
    const { cloud, first } = world;
    const web = cloud.add('web', { subscription: first.id });
    const provider = world.connect();
    const { guests } = await world.discover(provider);
    cloud.remove('alice', web.vmId);
    const nodeNames = ['11111111-2222-4333-8444-555555555555/westeurope'];
    const knownIdentity = { clusterName: null, nodeNames, rootCa: null, certificates: [] };
    const seen = await world.discover(provider, { knownIdentity });
    expect(seen.nodes).toMatchObject([{ unobservable: expect.stringContaining('was not asked') }]);
    const told = await provider.probeAbsent?.(guests, undefined, seen);
    expect([...(told?.values() ?? [])]).toEqual(['gone']);
  });
});
