import { expect, it } from '@jest/globals';
import { findScope } from '../../src/types/scope.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { openProxy, paged } from './faulty-proxy.ts';
import { EVERYTHING, guestNamed, providers } from './provider-world.ts';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const MAC = /^00:0C:29:(?:[0-9A-F]{2}:){2}[0-9A-F]{2}$/;

describeVsphere('a run on a vCenter', () => {
  const world = vcsim({ vms: 4, hosts: 2 });
  const open = providers(world);

  it('reads everything', async () => {
    const seen = await open().discover(EVERYTHING);
    expect(seen.scopes).toEqual([
      { scope: 'nodes', coverage: 'complete', count: 2 },
      { scope: 'guests', coverage: 'complete', count: 4 },
      { scope: 'config', coverage: 'complete', count: 4 },
      { scope: 'storage', coverage: 'complete', count: 1 },
      { scope: 'events', coverage: 'complete', count: expect.any(Number) },
    ]);
    expect(seen.identity).toEqual({
      clusterName: '127.0.0.1',
      nodeNames: ['DC0_C0_H0', 'DC0_C0_H1'],
      rootCa: null,
      certificates: [],
      systemId: expect.stringMatching(UUID),
    });
    expect(seen).toMatchObject({
      version: '6.5.0',
      quorate: null,
      permissions: null,
      warnings: [],
    });
    expect(seen.unidentified).toEqual([]);
    expect(seen.clockSkewMs).toEqual(expect.any(Number));
    const guest = guestNamed(seen, 'DC0_C0_RP0_VM0');
    expect(guest).toMatchObject({
      kind: 'vm',
      nativeId: expect.stringMatching(UUID),
      vmid: null,
      node: expect.stringMatching(/^DC0_C0_H\d$/),
      identity: {
        uuid: expect.stringMatching(UUID),
        macs: [expect.stringMatching(MAC)],
        handle: expect.stringMatching(/^vm-\d+$/),
      },
      cpus: 1,
      memoryBytes: 32 * 2 ** 20,
      diskBytes: 2 ** 20,
      bootDiskBytes: 2 ** 20,
      unobservable: null,
      powerSource: 'live',
    });
    expect([...guest.complete].sort()).toEqual(['config', 'placement', 'pool', 'power', 'snapshots']);
    const { document } = guest;
    const disk =
      Object.keys(document)
        .find((path) => path.endsWith('.sizeBytes'))
        ?.replace('.sizeBytes', '') ?? '';
    expect(document).toEqual({
      node: guest.node,
      status: 'running',
      name: 'DC0_C0_RP0_VM0',
      pool: 'Resources',
      ostype: 'otherGuest',
      cores: 1,
      sockets: 1,
      memory: 32,
      folder: '/DC0/vm',
      moref: guest.identity.handle,
      'tools.running': false,
      [`${disk}.sizeBytes`]: 2 ** 20,
      [`${disk}.datastore`]: 'LocalDS_0',
      [`${disk}.thin`]: true,
      'nic-4000.mac': guest.identity.macs?.[0],
      'nic-4000.network': 'DC0_DVPG0',
      'nic-4000.model': 'VirtualE1000',
    });
  });

  it('has hosts and datastores', async () => {
    const seen = await open().discover(EVERYTHING);
    const host = seen.nodes.find(({ name }) => name === 'DC0_C0_H0');
    expect(host).toEqual({
      name: 'DC0_C0_H0',
      status: 'online',
      document: {
        status: 'online',
        version: '6.5.0',
        build: expect.any(String),
        cpus: expect.any(Number),
        cores: 2,
        memoryBytes: 4_294_430_720,
        cluster: 'DC0_C0',
        vendor: expect.any(String),
        model: expect.any(String),
        cpuModel: expect.any(String),
        uuid: expect.stringMatching(UUID),
        moref: expect.stringMatching(/^host-\d+$/),
      },
      isComplete: true,
      isInMaintenance: false,
      telemetry: null,
      unobservable: null,
    });
    expect(seen.definedStorages).toEqual(['LocalDS_0']);
    // vcsim tells of the last host only.
    expect(seen.storages).toMatchObject([
      {
        name: 'LocalDS_0',
        document: { type: 'OTHER', folder: '/DC0/datastore', nodes: ['DC0_C0_H1'] },
      },
    ]);
    const [first] = seen.storages[0]?.onNodes ?? [];
    expect(first).toEqual({
      node: 'DC0_C0_H1',
      status: 'available',
      totalBytes: expect.any(Number),
      usedBytes: expect.any(Number),
    });
  });

  it('reads no more than what was asked for', async () => {
    const seen = await open().discover({ ...EVERYTHING, scopes: ['containers'] });
    expect(seen.scopes.map(({ coverage }) => coverage)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
    expect(seen.guests).toEqual([]);
    const vms = await open().discover({ ...EVERYTHING, scopes: ['vms'] });
    expect(vms.scopes.map(({ scope, coverage }) => `${scope} ${coverage}`)).toEqual([
      'nodes skipped',
      'guests complete',
      'config complete',
      'storage skipped',
      'events complete',
    ]);
  });

  it('has copies with the same uuid as none of the guests', async () => {
    const { guests } = await open().discover(EVERYTHING);
    const [one, two] = guests.map(({ nativeId }) => nativeId);
    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      const answer = await forward();
      return { ...answer, body: answer.body.replaceAll(two ?? '', one ?? '') };
    });
    const seen = await open(proxy).discover(EVERYTHING);
    expect(seen.guests).toHaveLength(2);
    expect(seen.unidentified).toHaveLength(2);
    expect(seen.unidentified?.[0]?.reason).toContain(`shares the uuid ${one} with vm-`);
    expect(seen.warnings).toMatchObject([{ code: 'duplicate-uuid', scope: 'guests' }]);
  });

  it('does not trust what it is told of VMs on a host that is silent', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      const answer = await forward();
      const body = answer.body.replace(
        /(<obj type="HostSystem">[^<]+<\/obj>(?:(?!<\/objects>).)*?<name>runtime.connectionState<\/name><val[^>]*>)connected/gs,
        '$1notResponding',
      );
      return { ...answer, body };
    });
    const seen = await open(proxy).discover(EVERYTHING);
    expect(seen.nodes.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
    const guest = guestNamed(seen, 'DC0_C0_RP0_VM0');
    expect(guest.unobservable).toBe(`host ${guest.node} is not responding`);
    expect(guest.document).not.toHaveProperty('status');
    expect(guest.complete.size).toBe(0);
  });

  it('says that a list is filtered when the user may not read the root folder', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ body, forward }) => {
      const answer = await forward();
      if (!body.includes('configStatus')) return answer;
      const missing =
        '<missingSet><path>configStatus</path><fault><fault xsi:type="NoPermission"/></fault></missingSet>';
      return { ...answer, body: answer.body.replace('</objects>', `${missing}</objects>`) };
    });
    const seen = await open(proxy).discover(EVERYTHING);
    for (const scope of ['guests', 'nodes', 'storage']) {
      expect(findScope(seen.scopes, scope)).toMatchObject({ coverage: 'filtered', hint: expect.any(String) });
    }
    expect(seen.definedStorages).toBeUndefined();
    expect(seen.membersDoubt).toContain('root folder');
  });

  it('leaves a section open of which a property may not be read', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      const answer = await forward();
      const missing =
        '<missingSet><path>config.annotation</path><fault><fault xsi:type="NoPermission"/></fault></missingSet></objects>';
      const body = answer.body.replace(/<objects><obj type="VirtualMachine">.*?<\/objects>/gs, (one) =>
        one.replace('</objects>', missing),
      );
      return { ...answer, body };
    });
    const seen = await open(proxy).discover({ ...EVERYTHING, scopes: ['vms'] });
    const guest = guestNamed(seen, 'DC0_C0_RP0_VM0');
    expect([...guest.complete].sort()).toEqual(['placement', 'pool', 'power', 'snapshots']);
    expect(guest.document).toMatchObject({ memory: 32 });
    expect(findScope(seen.scopes, 'guests')?.coverage).toBe('filtered');
  });

  it('is not complete when objects are lost on the way', async () => {
    const proxy = await openProxy(world.server.url);
    paged(proxy, { most: 1 });
    const inPages = proxy.rule('RetrievePropertiesEx');
    proxy.on('RetrievePropertiesEx', async (call) => {
      // Reading by name finds nothing either.
      const isByName = /<objectSet><obj type="VirtualMachine">/.test(call.body);
      const answer = inPages === undefined || isByName ? await call.forward() : await inPages(call);
      return isByName ? { ...answer, body: answer.body.replace(/<objects>.*<\/objects>/s, '') } : answer;
    });
    proxy.on('ContinueRetrievePropertiesEx', async ({ forward }) => forward());
    const seen = await open(proxy).discover({ ...EVERYTHING, scopes: ['vms'] });
    const listing = findScope(seen.scopes, 'guests');
    expect(listing).toMatchObject({ coverage: 'error', count: 1 });
    expect(listing?.message).toBe('the server lists 3 objects without any properties');
    expect(seen.unidentified).toHaveLength(3);
  });

  it('hides what may be a secret', async () => {
    await world.hand.as('alice', 'reconfigure', 'DC0_C0_RP0_VM2', { annotation: 'password: geheim' });
    await world.hand.as('alice', 'set-attribute', 'DC0_C0_RP0_VM2', { name: 'owner', value: 'web' });
    await world.hand.as('alice', 'set-attribute', 'DC0_C0_RP0_VM2', { name: 'root token', value: 'geheim' });
    const seen = await open().discover({ ...EVERYTHING, maskKey: { id: '0f0f', secret: 'key' } });
    expect(guestNamed(seen, 'DC0_C0_RP0_VM2').document).toMatchObject({
      description: expect.stringMatching(/^«hidden:0f0f\.[0-9a-f]{8}»$/),
      'attribute.owner': 'web',
      'attribute.root token': expect.stringMatching(/^«hidden:0f0f\.[0-9a-f]{8}»$/),
    });
    expect(JSON.stringify(seen.records)).not.toContain('geheim');
  });

  it('has snapshots by name', async () => {
    await world.hand.as('bob', 'snapshot-create', 'DC0_C0_RP0_VM3', { name: 'before', description: 'the upgrade' });
    await world.hand.as('bob', 'snapshot-create', 'DC0_C0_RP0_VM3', { name: 'after' });
    const { document } = guestNamed(await open().discover(EVERYTHING), 'DC0_C0_RP0_VM3');
    expect(document).toMatchObject({
      'snapshot.before.time': expect.any(Number),
      'snapshot.before.description': 'the upgrade',
      'snapshot.after.parent': 'before',
    });
  });
});

describeVsphere('a run on an ESXi', () => {
  const world = vcsim({ isEsx: true, vms: 2 });
  const open = providers(world);

  it('reads everything by the same calls', async () => {
    const provider = open();
    const seen = await provider.discover(EVERYTHING);
    expect(seen.scopes.map(({ scope, coverage, count }) => `${scope} ${coverage} ${count}`)).toEqual([
      'nodes complete 1',
      'guests complete 2',
      'config complete 2',
      'storage complete 1',
      expect.stringMatching(/^events complete/),
    ]);
    expect(seen.identity).toMatchObject({
      clusterName: 'localhost.localdomain',
      nodeNames: ['localhost.localdomain'],
      systemId: expect.stringMatching(UUID),
    });
    expect(await provider.identify()).toEqual(seen.identity);
    expect(guestNamed(seen, 'ha-host_VM0').node).toBe('localhost.localdomain');
    // An ESXi counts its events anew after a start.
    expect(seen.records.every(({ ref }) => /^event\/\d{13}-\d{10}$/.test(ref))).toBe(true);
  });
});
