import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { module } from '../../src/providers/bigfix/module.ts';
import type { ConnectionSettings, OpenedProvider } from '../../src/providers/manifest.ts';
import type { ConnectionCheck } from '../../src/providers/provider.ts';
import { BigfixServer } from '../providers/conformance/bigfix-server.ts';

const NOW = new Date(Date.UTC(2026, 10, 21, 10));

const DAY_MS = 86_400_000;

function open(settings: ConnectionSettings): OpenedProvider {
  const io = { signal: new AbortController().signal, clock: () => NOW, onWarning: () => undefined };
  return module.open(settings, { ...io, trustCommand: undefined });
}

describe('a provider of BigFix', () => {
  let server: BigfixServer;
  let provider: OpenedProvider;
  beforeEach(async () => {
    server = new BigfixServer(() => NOW);
    await server.start();
    provider = open({
      endpoints: [server.url],
      tls: { fingerprint: server.fingerprint },
      credential: { kind: 'password', user: server.user, password: server.password },
    });
  });
  afterEach(async () => {
    provider.close();
    await server.close();
  });

  const look = () =>
    provider.discover({ scopes: ['nodes', 'vms'], maskKey: null, knownTasks: new Map(), knownIdentity: null });
  const absent = (id: number) => [{ kind: 'vm' as const, nativeId: String(id), node: server.host, identity: {} }];

  it('takes a computer that is not found for gone only while its operator is a master operator', async () => {
    const { id } = server.create('web', { isAssigned: false });
    expect(await provider.probeAbsent?.(absent(id))).toEqual(new Map([[String(id), 'exists']]));
    expect(await provider.probeAbsent?.(absent(4711))).toEqual(new Map([['4711', 'gone']]));
    // As it happens between the list and the question.
    server.isMaster = false;
    expect(await provider.probeAbsent?.(absent(id))).toEqual(new Map([[String(id), 'unknown']]));
    server.tellsOperators = false;
    expect(await provider.probeAbsent?.(absent(id))).toEqual(new Map([[String(id), 'unknown']]));
  });

  it('reads the right of the operator after the list, so that a right lost meanwhile makes it partial', async () => {
    server.create('web', { isAssigned: false });
    server.spoil = (path) => {
      if (path === '/masthead/masthead.afxm') server.isMaster = false;
      return null;
    };
    const { scopes, guests } = await look();
    expect(guests).toEqual([]);
    expect(scopes.find(({ scope }) => scope === 'guests')).toMatchObject({ coverage: 'filtered', count: 0 });
  });

  it('does not take an answer that it cannot read for a right that is missing', async () => {
    server.create('web');
    server.spoil = (path) => (path.startsWith('/api/operator/') ? { text: '<html>busy</html>' } : null);
    const listing = (await look()).scopes.find(({ scope }) => scope === 'guests');
    expect(listing).toMatchObject({ coverage: 'error', count: 1 });
    expect(listing?.hint).not.toContain('master operator');
    const steps: ConnectionCheck[] = [];
    for await (const step of provider.check({ account: server.user })) steps.push(step);
    const permissions = steps.find(({ step }) => step === 'permissions');
    expect(permissions).toMatchObject({ isWarning: true, hint: expect.stringContaining('Something else may answer') });
    server.spoil = (path) => (path.startsWith('/api/operator/') ? { status: 403, text: 'Forbidden' } : null);
    const refused = (await look()).scopes.find(({ scope }) => scope === 'guests');
    expect(refused).toMatchObject({ coverage: 'filtered', hint: expect.stringContaining('master operator') });
  });

  it('takes the times of a server by its own clock, and tells them by ours', async () => {
    const ahead = new BigfixServer(() => new Date(NOW.getTime() + 9 * DAY_MS));
    await ahead.start();
    ahead.create('web');
    ahead.create('off', { silentSince: NOW.getTime() + 4 * DAY_MS });
    const credential = { kind: 'password' as const, user: ahead.user, password: ahead.password };
    const other = open({ endpoints: [ahead.url], tls: { fingerprint: ahead.fingerprint }, credential });
    const { guests } = await other.discover({ scopes: ['vms'], maskKey: null, knownTasks: new Map() });
    expect(guests.map(({ unobservable }) => unobservable)).toEqual([null, 'silent: no report for more than 4 days']);
    const [age = Number.NaN] = guests.map(({ telemetry }) => NOW.getTime() - (telemetry?.lastReportAt?.getTime() ?? 0));
    expect(Math.abs(age)).toBeLessThanOrEqual(1000);
    other.close();
    await ahead.close();
  });

  it('does not believe a list with an entry that it cannot read, or an error', async () => {
    server.create('web');
    server.spoil = (path, text) =>
      path === '/api/computers' ? { text: text.replace('</BESAPI>', '<Computer Resource="?"/></BESAPI>') } : null;
    const listing = (await look()).scopes.find(({ scope }) => scope === 'guests');
    expect(listing).toMatchObject({
      coverage: 'error',
      count: 1,
      message: '1 of the entries of the list cannot be read',
    });
    server.spoil = (path, text) =>
      path === '/api/computers' ? { text: text.replace('</BESAPI>', '<Error>out of memory</Error></BESAPI>') } : null;
    const failed = (await look()).scopes.find(({ scope }) => scope === 'guests');
    expect(failed).toMatchObject({ coverage: 'error', count: 0 });
    expect(failed?.message).not.toContain('memory');
  });

  it('refuses entities and cut documents', async () => {
    for (const text of [
      '<!DOCTYPE x [<!ENTITY a "b">]><BESAPI>&a;</BESAPI>',
      '<!DOCTYPE BESAPI><BESAPI></BESAPI>',
      '<BESAPI><Computer>',
      '<html></html>',
      '',
    ]) {
      server.spoil = (path) => (path === '/api/computers' ? { text } : null);
      const listing = (await look()).scopes.find(({ scope }) => scope === 'guests');
      expect(listing).toMatchObject({ coverage: 'error', count: 0 });
    }
  });

  it('keeps nothing of what an error of the query says, and of values only those of their form', async () => {
    server.create('web', {
      macs: ['00-16-3e-01-02-03, 00:00:00:00:00:00', '<not reported>'],
      uuid: 'Not Settable',
      addresses: ['192.0.2.1 fe80::1', 'none'],
    });
    const [guest] = (await look()).guests;
    expect(guest?.document).toMatchObject({
      'guest.macs': ['00:16:3E:01:02:03'],
      'guest.addresses': ['192.0.2.1', 'fe80::1'],
    });
    expect(guest?.document).not.toHaveProperty('uuid');
    expect(guest?.identity).toEqual({});
    server.spoil = (path) => (path === '/api/query' ? { text: '{"error":"the secret of it"}' } : null);
    const { scopes, guests } = await look();
    expect(scopes.find(({ scope }) => scope === 'config')).toMatchObject({ coverage: 'error', count: 0 });
    expect(JSON.stringify(scopes)).not.toContain('the secret');
    expect(guests.map(({ document }) => document)).toEqual([{ node: server.host }]);
  });
});
