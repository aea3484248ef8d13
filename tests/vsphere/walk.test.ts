import { beforeEach, expect, it } from '@jest/globals';
import { Places, readPlaces } from '../../src/providers/vsphere/places.ts';
import { readVms } from '../../src/providers/vsphere/read-vms.ts';
import type { VsphereClient, VsphereOptions } from '../../src/providers/vsphere/soap/vsphere-client.ts';
import type { Walk } from '../../src/providers/vsphere/soap/walk.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { type FaultyProxy, faultReply, openProxy, paged, type Rule, reply } from './faulty-proxy.ts';
import { walkNames } from './walk-names.ts';

const VMS = 520;
const NOWHERE = new Places({ type: 'Folder', value: 'group-d1' }, []);

describeVsphere(`a walk over ${VMS} VMs`, () => {
  const world = vcsim({ vms: VMS });
  let proxy: FaultyProxy;
  beforeEach(async () => {
    proxy = await openProxy(world.server.url);
  });

  function open(options: Partial<VsphereOptions> = {}): VsphereClient {
    return world.open({ endpoint: proxy.url, tls: { ca: proxy.certificate.pem }, ...options });
  }

  function expectAll({ rows, present, unread }: Walk<string>): void {
    expect(new Set(rows).size).toBe(VMS);
    expect(rows).toHaveLength(VMS);
    expect(present).toBe(VMS);
    expect(unread).toEqual([]);
  }

  it('follows pages of 250 to the last one, and counts the objects', async () => {
    paged(proxy);
    const client = open();
    expectAll(await walkNames(client));
    expect(proxy.calls).toEqual([
      'RetrieveServiceContent',
      'Login',
      'CreateContainerView',
      'RetrievePropertiesEx',
      'ContinueRetrievePropertiesEx',
      'ContinueRetrievePropertiesEx',
      'RetrievePropertiesEx',
      'DestroyView',
    ]);
    expect(client.requestCount).toBe(8);
    expect(proxy.bodies[3]).toContain('<maxObjects>250</maxObjects>');
  });

  it('reads by name where the server does not divide an answer, and it is too large', async () => {
    // The names of all VMs take more, those of 100 and the list of the view less.
    const client = open({ maxBytes: 64 * 1024 });
    expectAll(await walkNames(client));
    expect(proxy.calls.filter((method) => method === 'RetrievePropertiesEx')).toHaveLength(1 + 1 + 6);
  });

  it('follows pages that are smaller than asked for', async () => {
    const { pages } = paged(proxy, { most: 100 });
    expectAll(await walkNames(open()));
    expect(pages()).toBe(6);
  });

  it('reads by name what a restricted user is refused after 100 objects', async () => {
    paged(proxy, { most: 100 });
    proxy.on('ContinueRetrievePropertiesEx', async () =>
      faultReply('NoPermission', 'Permission to perform this operation was denied.'),
    );
    expectAll(await walkNames(open()));
    // 420 objects by 100.
    expect(proxy.calls.filter((call) => call === 'RetrievePropertiesEx')).toHaveLength(1 + 1 + 5);
    expect(proxy.calls.filter((call) => call === 'ContinueRetrievePropertiesEx')).toHaveLength(1);
  });

  it('tells which objects are there but give nothing', async () => {
    paged(proxy, { most: 100 });
    proxy.on('ContinueRetrievePropertiesEx', async () =>
      reply('ContinueRetrievePropertiesEx', '<returnval></returnval>'),
    );
    let named = 0;
    const serve = ruleOf('RetrievePropertiesEx');
    proxy.on('RetrievePropertiesEx', async (call) => {
      if (call.body.includes('<maxObjects>') || !call.body.includes('VirtualMachine')) return serve(call);
      named += 1;
      return named === 2 ? reply('RetrievePropertiesEx', '<returnval></returnval>') : call.forward();
    });
    const { rows, present, unread } = await walkNames(open());
    expect(present).toBe(VMS);
    expect(rows).toHaveLength(VMS - 100);
    expect(unread).toHaveLength(100);
    expect(unread[0]).toMatchObject({ type: 'VirtualMachine', value: expect.stringMatching(/^vm-/) });
  });

  it('reads by name what a page without its end had', async () => {
    paged(proxy);
    proxy.on('ContinueRetrievePropertiesEx', async () => ({
      ...reply('ContinueRetrievePropertiesEx', 'x'.repeat(500)),
      cutAfter: 300,
    }));
    expectAll(await walkNames(open()));
    // A token is good for one answer: it is not asked for again.
    expect(proxy.calls.filter((call) => call === 'ContinueRetrievePropertiesEx')).toHaveLength(1);
  });

  it('repeats the first page when its answer breaks off', async () => {
    let asked = 0;
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      asked += 1;
      const answer = await forward();
      return asked === 1 ? { ...answer, cutAfter: 1_000 } : answer;
    });
    expectAll(await walkNames(open()));
    expect(asked).toBe(3);
  });

  it('repeats a page whose text ends early though the connection did not', async () => {
    let asked = 0;
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      asked += 1;
      const answer = await forward();
      return asked === 1 ? { ...answer, body: answer.body.slice(0, 20_000) } : answer;
    });
    expectAll(await walkNames(open()));
    expect(asked).toBe(3);
  });

  it('ends when a server hands out tokens for the same objects again and again', async () => {
    const first = paged(proxy, { most: 100 });
    let page = '';
    const serve = ruleOf('RetrievePropertiesEx');
    proxy.on('RetrievePropertiesEx', async (call) => {
      const answer = await serve(call);
      page ||= answer.body;
      return answer;
    });
    proxy.on('ContinueRetrievePropertiesEx', async () => ({
      ...reply('', ''),
      body: page.replaceAll('RetrievePropertiesExResponse', 'ContinueRetrievePropertiesExResponse'),
    }));
    expectAll(await walkNames(open()));
    expect(first.pages()).toBe(1);
    expect(proxy.calls.filter((call) => call === 'ContinueRetrievePropertiesEx')).toHaveLength(1);
  });

  it('begins anew in another session when the server ends the first one in the middle', async () => {
    paged(proxy);
    const serve = ruleOf('ContinueRetrievePropertiesEx');
    proxy.on('ContinueRetrievePropertiesEx', async (call) =>
      call.count === 1 ? faultReply('NotAuthenticated', 'The session is not authenticated.') : serve(call),
    );
    expectAll(await walkNames(open()));
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(2);
    expect(proxy.calls.filter((call) => call === 'CreateContainerView')).toHaveLength(2);
  });

  it('begins anew when properties are missing for want of a session', async () => {
    let asked = 0;
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      asked += 1;
      const answer = await forward();
      return asked === 1 ? { ...answer, body: withMissing(answer.body, 'name', 'NotAuthenticated') } : answer;
    });
    expectAll(await walkNames(open()));
    expect(proxy.calls.filter((call) => call === 'Login')).toHaveLength(2);
  });

  it('keeps what is missing of an object apart from what it has not', async () => {
    proxy.on('RetrievePropertiesEx', async ({ forward }) => {
      const answer = await forward();
      return { ...answer, body: withMissing(answer.body, 'config.annotation', 'NoPermission') };
    });
    const { rows, unread } = await readVms(open(), { places: NOWHERE });
    expect(rows).toHaveLength(VMS);
    expect(unread).toEqual([]);
    const [partly] = rows.filter((vm) => vm.unread.length > 0);
    expect(partly).toMatchObject({
      unread: [{ path: 'config.annotation', fault: 'NoPermission' }],
      annotation: undefined,
      memoryBytes: 32 * 2 ** 20,
      toolsVersion: null,
    });
    expect(rows.filter((vm) => vm.annotation === undefined)).toHaveLength(1);
  });

  it('leaves the path of a VM unknown when a folder on the way cannot be read', async () => {
    const { rows } = await readVms(open(), { places: NOWHERE });
    expect(rows[0]).toMatchObject({ folder: undefined, host: { name: null, value: expect.any(String) } });
    const known = await readVms(open(), { places: await readPlaces(open()) });
    expect(known.rows[0]).toMatchObject({ folder: '/DC0/vm' });
  });

  /** A rule that paged() has set. */
  function ruleOf(method: string): Rule {
    const rule = proxy.rule(method);
    if (rule === undefined) throw new Error('paged() comes first');
    return rule;
  }

  /** The first object without one property, and with the reason. */
  function withMissing(body: string, path: string, fault: string): string {
    const missing = `<missingSet><path>${path}</path><fault><fault xsi:type="${fault}"/></fault></missingSet>`;
    return body.replace(/<\/objects>/, `${missing}</objects>`);
  }
});
