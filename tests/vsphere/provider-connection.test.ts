import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { ConnectionCheck, Provider } from '../../src/providers/provider.ts';
import { module } from '../../src/providers/vsphere/module.ts';
import { toProbe } from '../../src/providers/vsphere/probe.ts';
import { toAccess } from '../../src/providers/vsphere/root-access.ts';
import { AppError } from '../../src/types/errors.ts';
import { describeVsphere, vcsim } from '../helpers/vcsim.ts';
import { faultReply, openProxy } from './faulty-proxy.ts';
import { CREDENTIAL, EVERYTHING, IO, providers } from './provider-world.ts';

async function steps(provider: Provider): Promise<ConnectionCheck[]> {
  const found: ConnectionCheck[] = [];
  for await (const step of provider.check({ account: 'reader@vsphere.local' })) found.push(step);
  return found;
}

describe('a connection to vSphere', () => {
  const endpoints = ['https://vc.example'];
  it.each([
    ['several endpoints', { endpoints: [...endpoints, 'https://esx1.example'], tls: {}, credential: CREDENTIAL }],
    ['a token', { endpoints, tls: {}, credential: { kind: 'token', tokenId: 'a@b!c', secret: 'x' } as const }],
  ])('refuses %s', (_what, settings) => {
    expect(() => module.open(settings, IO)).toThrow(
      expect.objectContaining({ code: 'configuration', hint: expect.any(String) }),
    );
  });

  it('throws what keeps it from being used at all, and tells how its address does', async () => {
    const settings = { endpoints: ['https://127.0.0.1:9'], tls: { insecure: true }, credential: CREDENTIAL };
    const provider = module.open(settings, IO);
    await expect(provider.discover(EVERYTHING)).rejects.toMatchObject({ code: 'unreachable' });
    expect(provider.endpoints()).toMatchObject([
      { url: 'https://127.0.0.1:9', isConfigured: true, failures: 1, lastOkAt: null, error: expect.any(String) },
    ]);
    expect(await steps(provider)).toMatchObject([{ step: 'connection', ok: false }]);
    provider.close();
  });
});

describeVsphere('a check of a connection', () => {
  const world = vcsim({ vms: 1 });
  const open = providers(world);

  it('passes step by step', async () => {
    const found = await steps(open());
    expect(found.map(({ step, ok }) => `${step} ${ok}`)).toEqual([
      'version true',
      'authentication true',
      'permissions true',
      'attribution true',
      'clock true',
    ]);
    expect(found[0]?.message).toMatch(/^VMware vCenter Server \d.* answers at https:/);
  });

  it.each([
    ['the password is wrong', 'Login', 'InvalidLogin', ['authentication']],
    ['events may not be read', 'CreateCollectorForEvents', 'NoPermission', ['attribution']],
    ['nothing may be read', 'RetrievePropertiesEx', 'NoPermission', ['permissions']],
  ])('says that %s', async (_what, method, fault, failures) => {
    const proxy = await openProxy(world.server.url);
    proxy.on(method, async () => faultReply(fault, 'refused'));
    const found = await steps(open(proxy));
    expect(found.filter(({ ok }) => !ok).map(({ step }) => step)).toEqual(failures);
    expect(found.find(({ ok }) => !ok)?.hint).toEqual(expect.any(String));
  });

  it('throws when the user is not let in', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('Login', async () => faultReply('InvalidLogin', 'refused'));
    await expect(open(proxy).discover(EVERYTHING)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('goes on without events, and says so', async () => {
    const proxy = await openProxy(world.server.url);
    proxy.on('CreateCollectorForEvents', async () => faultReply('NoPermission', 'refused'));
    const seen = await open(proxy).discover(EVERYTHING);
    expect(seen.guests).toHaveLength(1);
    expect(seen.scopes.at(-1)).toMatchObject({ scope: 'events', coverage: 'filtered' });
  });

  it('logs out when it is closed', async () => {
    const proxy = await openProxy(world.server.url);
    const provider = open(proxy);
    await provider.identify();
    expect(provider.endpoints()).toMatchObject([{ failures: 0, error: null, lastOkAt: expect.any(Date) }]);
    expect(provider.requestCount()).toBe(proxy.calls.length);
    provider.close();
    provider.close();
    for (let tries = 0; tries < 100 && !proxy.calls.includes('Logout'); tries++) await sleep(20);
    expect(proxy.calls.filter((call) => call === 'Logout')).toHaveLength(1);
  });
});

describe('what an answer says', () => {
  it.each([
    ['the uuid', 'U1', 'exists'],
    ['another uuid', 'u2', 'gone'],
    ['no uuid', null, 'exists'],
    ['nothing', undefined, 'unknown'],
    ['that there is no such VM', new AppError('no-such-guest', 'x'), 'gone'],
    ['that it may not be read', new AppError('forbidden', 'x'), 'exists'],
    ['nothing in time', new AppError('timeout', 'x'), 'unknown'],
  ])('of an absent VM: %s', (_what, answer, probe) => {
    expect(toProbe(answer, 'u1')).toBe(probe);
  });

  const roles = (...ids: number[]) => ({
    name: 'val',
    kind: 'ArrayOfInt',
    type: null,
    text: '',
    children: ids.map((id) => ({ name: 'int', kind: null, type: null, text: String(id), children: [] })),
  });
  it.each([
    ['an administrator', [-1], [], 'read'],
    ['someone with a role of their own', [-5, 101], [], 'read'],
    ['someone without access', [-5], [], 'none'],
    ['someone who only sees the name', [], [{ path: 'configStatus', fault: 'NoPermission' }], 'none'],
    ['someone whose roles are not told', [], [], 'read'],
  ])('of the root folder to %s', (_who, ids, missing, access) => {
    const values = new Map(ids.length === 0 ? [] : [['effectiveRole', roles(...ids)]]);
    expect(toAccess({ values, missing })).toBe(access);
  });
});
