import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HIDDEN } from '../../src/text/mask-secrets.ts';
import { CLOUD_SECRETS } from '../providers/conformance/azure-cloud.ts';
import { problem } from '../providers/conformance/azure-lab.ts';
import { AzureWorld, guestNamed, scopeOf } from './azure-world.ts';

const GIB = 2 ** 30;
const LIST = /\/Microsoft\.Compute\/virtualMachines\?(?!.*statusOnly)/;
const STATUS = /statusOnly=true/;

describe('what a run sees of Azure', () => {
  let world: AzureWorld;
  beforeEach(async () => {
    world = await AzureWorld.start();
  });
  afterEach(() => world.close());

  it('is a machine with its power, size, disks, networks and tags', async () => {
    const { first, cloud } = world;
    const web = cloud.add('web', {
      subscription: first.id,
      power: 'running',
      created: new Date('2026-01-02T03:04:05Z'),
    });
    const seen = await world.discover();
    const guest = guestNamed(seen, 'web');
    expect(guest).toMatchObject({
      nativeId: web.vmId,
      node: `${first.id}/westeurope`,
      cpus: 2,
      memoryBytes: GIB,
      diskBytes: 30 * GIB,
      bootDiskBytes: 30 * GIB,
      powerSource: 'live',
      identity: { uuid: web.vmId, macs: ['00:0D:3A:1B:C7:01'] },
    });
    expect(guest.identity.handle).toBe(
      `/subscriptions/${first.id}/resourcegroups/rg-1/providers/microsoft.compute/virtualmachines/web`,
    );
    expect(guest.document).toEqual({
      node: `${first.id}/westeurope`,
      name: 'web',
      status: 'running',
      power: 'running',
      provisioning: 'Succeeded',
      size: 'Standard_M1024',
      cores: 2,
      memory: 1024,
      tags: [`db-password=${HIDDEN}`, 'env=test'],
      created: '2026-01-02T03:04:05.0000000+00:00',
      resourceGroup: 'rg-1',
      zones: ['1'],
      ostype: 'Linux',
      image: 'Canonical:ubuntu-24_04-lts:server',
      'guest.hostname': 'web',
      'guest.addresses': ['10.0.0.1', '203.0.113.1'],
      'disk-os.sizeBytes': 30 * GIB,
      'disk-os.name': 'disk-1',
      'disk-os.type': 'Premium_LRS',
      'nic-nic-1.mac': '00:0D:3A:1B:C7:01',
      'nic-nic-1.subnet': 'vnet1/default',
    });
    expect([...guest.complete]).toEqual(['placement', 'power', 'config']);
    expect(seen.nodes).toMatchObject([
      {
        name: `${first.id}/westeurope`,
        status: 'online',
        document: { subscription: 'Production', location: 'westeurope' },
      },
    ]);
    expect(seen.identity).toMatchObject({ clusterName: 'Production', systemId: `subscriptions ${first.id}` });
    expect(seen.scopes.map(({ coverage }) => coverage)).not.toContain('error');
    for (const secret of Object.values(CLOUD_SECRETS)) expect(JSON.stringify(seen)).not.toContain(secret);
  });

  it.each([
    ['running', 'running', true],
    ['stopped', 'stopped', true],
    ['deallocated', 'stopped', true],
    ['deallocating', undefined, false],
  ])('tells of a machine that is %s that it is %s', async (power, status, isTold) => {
    world.cloud.add('web', { subscription: world.first.id, power: power as 'running' });
    const { document, complete } = guestNamed(await world.discover(), 'web');
    expect(document['power']).toBe(power);
    expect(document['status']).toBe(status);
    expect(complete.has('power')).toBe(isTold);
    expect(complete.has('config')).toBe(true);
  });

  it('is each instance of a scale set whose machines are alike, and no machine twice', async () => {
    const { cloud, first } = world;
    const common = { subscription: first.id, group: 'rg-set', location: 'westeurope' };
    cloud.sets.push({ ...common, name: 'workers', mode: 'Uniform' }, { ...common, name: 'flexible', mode: 'Flexible' });
    for (const number of [0, 3, 7])
      cloud.add(`workers_${number}`, { ...common, power: 'running', instance: { set: 'workers', number } });
    cloud.add('alone', common);
    const seen = await world.discover();
    expect(seen.guests.map(({ document }) => String(document['name'])).toSorted()).toEqual([
      'alone',
      'workers_0',
      'workers_3',
      'workers_7',
    ]);
    expect(guestNamed(seen, 'workers_3').document).toMatchObject({
      scaleSet: 'workers',
      status: 'running',
      memory: 1024,
      'guest.addresses': ['10.0.0.2', '203.0.113.2'],
    });
    expect(world.lab.requests.filter((target) => target.includes('/flexible/'))).toEqual([]);
  });

  it('doubts the location of a scale set that does not tell of its instances', async () => {
    const { cloud, first, lab } = world;
    cloud.sets.push({ subscription: first.id, group: 'rg', location: 'northeurope', name: 'workers', mode: 'Uniform' });
    cloud.add('alone', { subscription: first.id });
    lab.spoil = (target) =>
      target.includes('/workers/virtualMachines?') ? problem(403, 'AuthorizationFailed', 'no') : null;
    const seen = await world.discover();
    const doubted = seen.nodes.filter(({ unobservable }) => unobservable !== null).map(({ name }) => name);
    expect(doubted).toEqual([`${first.id}/northeurope`]);
    expect(scopeOf(seen, `guests/${first.id}/northeurope`)).toMatchObject({ coverage: 'filtered' });
  });

  it('doubts every location while the scale sets themselves are not told', async () => {
    const { cloud, first, lab } = world;
    cloud.add('alone', { subscription: first.id });
    lab.spoil = (target) =>
      /virtualMachineScaleSets\?/.test(target) ? problem(403, 'AuthorizationFailed', 'no') : null;
    const nodeNames = [`${first.id}/eastus`];
    const knownIdentity = { clusterName: null, nodeNames, rootCa: null, certificates: [] };
    const seen = await world.discover(world.connect(), { knownIdentity });
    expect(seen.nodes.map(({ unobservable }) => unobservable)).not.toContain(null);
    expect(seen.nodes.map(({ name }) => name)).toEqual([`${first.id}/eastus`, `${first.id}/westeurope`]);
  });

  it('leaves power and configuration open while nobody tells whether machines run', async () => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target) => (STATUS.test(target) ? problem(403, 'AuthorizationFailed', 'no') : null);
    const seen = await world.discover();
    expect([...guestNamed(seen, 'web').complete]).toEqual(['placement']);
    expect(guestNamed(seen, 'web').document['status']).toBeUndefined();
    expect(scopeOf(seen, 'config')).toMatchObject({ coverage: 'error' });
  });

  it.each([
    ['disks', /\/Microsoft\.Compute\/disks\?/],
    ['interfaces', /networkInterfaces\?/],
    ['public addresses', /publicIPAddresses\?/],
    ['sizes', /\/vmSizes\?/],
  ])('leaves the configuration open while %s cannot be read', async (_what, pattern) => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target) => (pattern.test(target) ? problem(403, 'AuthorizationFailed', 'no') : null);
    const seen = await world.discover();
    expect([...guestNamed(seen, 'web').complete]).toEqual(['placement', 'power']);
    expect(scopeOf(seen, 'config')).toMatchObject({ coverage: 'error' });
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'complete' });
  });

  it.each([
    ['an interface', /networkInterfaces\?/],
    ['a public address', /publicIPAddresses\?/],
    ['a disk', /\/Microsoft\.Compute\/disks\?/],
    ['its power', STATUS],
  ])('leaves the configuration open when %s of it is not told', async (_what, pattern) => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target, told) => {
      if (!pattern.test(target)) return null;
      return { ...told, text: pattern === STATUS ? told.text.replace('PowerState/', 'OtherState/') : '{"value":[]}' };
    };
    const seen = await world.discover();
    expect(guestNamed(seen, 'web').complete.has('config')).toBe(false);
    expect(scopeOf(seen, 'config')).toMatchObject({ coverage: 'complete' });
  });

  it('keeps a machine that has no VM id yet apart', async () => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target, told) =>
      LIST.test(target) ? { ...told, text: told.text.replace(/"vmId":"[^"]+",/, '') } : null;
    const seen = await world.discover();
    expect(seen.guests).toEqual([]);
    expect(seen.unidentified).toMatchObject([{ name: 'web', reason: 'has no VM id yet' }]);
  });

  it('does not follow a list to another server', async () => {
    world.cloud.add('web', { subscription: world.first.id });
    world.lab.spoil = (target, told) => {
      if (!LIST.test(target)) return null;
      const { value } = JSON.parse(told.text) as { value: unknown[] };
      return {
        ...told,
        text: JSON.stringify({ value, nextLink: `https://127.0.0.1:${new URL(world.lab.url).port}/x` }),
      };
    };
    const seen = await world.discover();
    expect(scopeOf(seen, `guests/${world.first.id}`)).toMatchObject({
      coverage: 'error',
      message: expect.stringContaining('the list goes on at another server'),
    });
    expect(world.lab.requests).not.toContain('/x');
  });

  it('takes no page that was cut off by limits for the whole list, and waits as it is told', async () => {
    for (const name of ['a', 'b', 'c']) world.cloud.add(name, { subscription: world.first.id });
    let refusals = 0;
    world.lab.spoil = (target) =>
      LIST.test(target) && target.includes('skiptoken') && (refusals += 1) === 1
        ? problem(429, 'TooManyRequests', 'too many', { 'retry-after': '1' })
        : null;
    const begun = performance.now();
    const seen = await world.discover();
    expect(performance.now() - begun).toBeGreaterThan(950);
    expect(seen.guests).toHaveLength(3);
    expect(refusals).toBe(2);
    expect(scopeOf(seen, 'guests')).toMatchObject({ coverage: 'complete', count: 3 });
  });

  it('does not wait for longer than a run takes', async () => {
    for (const name of ['a', 'b', 'c']) world.cloud.add(name, { subscription: world.first.id });
    world.lab.spoil = (target) =>
      LIST.test(target) && target.includes('skiptoken')
        ? problem(429, 'TooManyRequests', 'too many', { 'retry-after': '1200' })
        : null;
    const seen = await world.discover();
    expect(seen.guests).toEqual([]);
    expect(scopeOf(seen, `guests/${world.first.id}`)).toMatchObject({
      coverage: 'error',
      hint: expect.stringContaining('20 min'),
    });
  });

  it('makes so many calls, and no more', async () => {
    const { cloud, lab, first } = world;
    const second = cloud.addSubscription('Test');
    const counts = [5, 3];
    [first, second].forEach(({ id }, at) => {
      for (let number = 0; number < (counts[at] ?? 0); number++) {
        cloud.add(`vm-${number}`, { subscription: id, location: number % 2 === 0 ? 'westeurope' : 'eastus' });
      }
    });
    cloud.sets.push({ subscription: first.id, group: 'rg', name: 'workers', location: 'eastus', mode: 'Uniform' });
    for (const number of [0, 1, 2]) {
      cloud.add(`workers_${number}`, {
        subscription: first.id,
        group: 'rg',
        location: 'eastus',
        instance: { set: 'workers', number },
      });
    }
    const provider = world.connect();
    await world.discover(provider);
    const pages = (rows: number): number => Math.max(1, Math.ceil(rows / lab.pageSize));
    const instances = 3;
    const perSubscription = counts.map((own, at) => {
      const all = own + (at === 0 ? instances : 0);
      // Machines, whether they run, interfaces and addresses; disks; scale sets; the log.
      return 4 * pages(own) + pages(all) + 1 + 1;
    });
    const perSet = 3 * pages(instances);
    const locations = 2;
    const expected = 1 + 1 + perSubscription.reduce((sum, calls) => sum + calls, 0) + perSet + locations;
    expect(provider.requestCount()).toBe(expected);
    expect(lab.requests).toHaveLength(expected);
  });
});

describe('which subscriptions a run asks', () => {
  let world: AzureWorld;
  beforeEach(async () => {
    world = await AzureWorld.start();
    world.cloud.add('web', { subscription: world.first.id });
  });
  afterEach(() => world.close());

  it('are those that are meant, and no others', async () => {
    const other = world.cloud.addSubscription('Other');
    world.cloud.add('hidden', { subscription: other.id });
    const provider = world.connect({ endpoints: [`${world.lab.url}/subscriptions/${world.first.id}`] });
    expect((await world.discover(provider)).guests.map(({ document }) => document['name'])).toEqual(['web']);
    expect(world.lab.requests.filter((target) => target.includes(other.id))).toEqual([]);
  });

  it('leave one out that is switched off, and say nothing of its machines', async () => {
    const other = world.cloud.addSubscription('Other');
    other.state = 'Disabled';
    const nodeNames = [`${other.id}/westeurope`];
    const knownIdentity = { clusterName: null, nodeNames, rootCa: null, certificates: [] };
    const seen = await world.discover(world.connect(), { knownIdentity });
    expect(seen.nodes.find(({ name }) => name === nodeNames[0])?.unobservable).toContain('was not asked');
    expect(world.lab.requests.filter((target) => target.includes(other.id))).toEqual([]);
  });

  it('say of one that is meant and cannot be seen that it could not be read', async () => {
    const unseen = '11111111-2222-4333-8444-555555555555';
    const endpoints = [world.first.id, unseen].map((id) => `${world.lab.url}/subscriptions/${id}`);
    const seen = await world.discover(world.connect({ endpoints }));
    expect(scopeOf(seen, `guests/${unseen}`)).toMatchObject({ coverage: 'filtered' });
    expect(seen.identity.systemId).toBe(`subscriptions ${world.first.id}`);
  });

  it('are none where the login sees none: the provider cannot be used', async () => {
    world.cloud.subscriptions.length = 0;
    await expect(world.discover()).rejects.toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('Reader'),
    });
  });

  it('have no more machines than a run may read', async () => {
    world.cloud.add('db', { subscription: world.first.id });
    await expect(world.discover(world.connect({}, { maxGuests: 1 }))).rejects.toMatchObject({ code: 'limit' });
    expect((await world.discover(world.connect({}, { maxGuests: 2 }))).guests).toHaveLength(2);
  });

  it('are those of one cloud', () => {
    const endpoints = [`${world.lab.url}/subscriptions`, 'https://management.azure.com/subscriptions'];
    expect(() => world.connect({ endpoints })).toThrow('those of one cloud');
  });
});
