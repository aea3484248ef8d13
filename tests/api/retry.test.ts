import { describe, expect, it } from '@jest/globals';
import { ClockSkew } from '../../src/net/clock-skew.ts';
import { Repeatable, repeatRead, retryAfterMs } from '../../src/net/retry.ts';
import { AppError } from '../../src/types/errors.ts';
import { useNock } from '../helpers/nock.ts';
import { clientOf, failure } from './open-client.ts';

const nock = useNock();
const url = 'https://pve1.test:8006';
const ok = { data: { version: '8.4.21' } };
const server = () => nock(url).get('/api2/json/version');

describe('a read', () => {
  it.each([429, 502, 503, 504, 595, 599])('is repeated after %i', async (status) => {
    server().reply(status);
    server().reply(200, ok);
    const client = clientOf({ url });
    await expect(client.getVersion()).resolves.toMatchObject({ version: '8.4.21' });
    expect(client.requestCount).toBe(2);
  });

  it.each([400, 401, 403, 404, 500, 501, 596])('is not repeated after %i', async (status) => {
    server().reply(status);
    const client = clientOf({ url });
    await failure(client.getVersion());
    expect(client.requestCount).toBe(1);
  });

  it('is repeated as often as asked, for a node once', async () => {
    server().times(3).reply(503);
    const client = clientOf({ url }, { retries: 2 });
    expect(await failure(client.getVersion())).toMatchObject({ code: 'server', retryable: true });
    expect(client.requestCount).toBe(3);
    server().times(2).reply(595);
    await failure(client.getVersion());
    expect(client.requestCount).toBe(5);
  });

  it('is repeated after a failure of the network', async () => {
    server().replyWithError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    server().reply(200, ok);
    await expect(clientOf({ url }).getVersion()).resolves.toMatchObject({ version: '8.4.21' });
  });

  it('is repeated when the server said, not earlier', async () => {
    server().reply(503, '', { 'Retry-After': '1' });
    server().reply(200, ok);
    const startedAt = performance.now();
    await clientOf({ url }).getVersion();
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  it('does not wait beyond the end of the run', async () => {
    server().reply(503, '', { 'Retry-After': '20' });
    const startedAt = performance.now();
    expect(await failure(clientOf({ url }, { signal: AbortSignal.timeout(50) }).getVersion())).toMatchObject({
      code: 'interrupted',
    });
    expect(performance.now() - startedAt).toBeLessThan(19_000);
  });

  it('takes anything else that is thrown as it is', async () => {
    const options = { retries: 3, baseMs: 1, signal: undefined };
    await expect(repeatRead(() => Promise.reject(new RangeError('a bug')), options)).rejects.toThrow(RangeError);
    const error = new AppError('server', 'busy');
    let calls = 0;
    const read = () => {
      calls += 1;
      return Promise.reject(new Repeatable(error, 1));
    };
    await expect(repeatRead(read, options)).rejects.toBe(error);
    expect(calls).toBe(2);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-21T00:00:00Z');

  it.each([
    ['2', 2000],
    ['0', 0],
    ['-3', 0],
    ['Sat, 21 Nov 2026 00:00:05 GMT', 5000],
    ['Fri, 20 Nov 2026 00:00:05 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    [['1', '2'], undefined],
  ])('%j is %j ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});

describe('ClockSkew', () => {
  it('takes the middle of the fastest exchange', () => {
    let now = 1_000_000;
    const skew = new ClockSkew(() => now);
    expect(skew.ms()).toBeNull();
    expect(skew.serverNowMs()).toBe(1_000_000);
    skew.measure('nonsense', now);
    skew.measure(undefined, now);
    expect(skew.ms()).toBeNull();
    now += 200;
    skew.measure(new Date(1_060_000).toUTCString(), now - 200);
    expect(skew.ms()).toBe(60_400);
    skew.measure(new Date(9_000_000).toUTCString(), now - 500);
    expect(skew.ms()).toBe(60_400);
    expect(skew.serverNowMs()).toBe(now + 60_400);
  });

  it('is believed by five minutes at most for a password that counts at a time only', () => {
    const skew = new ClockSkew(() => 1_000_000);
    skew.measure(new Date('2031-01-01T00:00:00Z').toUTCString(), 1_000_000);
    expect(skew.passwordNowMs()).toBe(1_300_000);
    skew.measure(new Date(400_000).toUTCString(), 1_000_000);
    expect(skew.passwordNowMs()).toBe(700_000);
    skew.measure(new Date(1_060_000).toUTCString(), 1_000_000);
    expect(skew.passwordNowMs()).toBe(1_060_500);
  });

  it('is measured by the client', async () => {
    nock(url)
      .get('/api2/json/version')
      .reply(200, ok, { Date: new Date(Date.now() + 3_600_000).toUTCString() });
    const client = clientOf({ url });
    expect(client.clockSkewMs()).toBeNull();
    await client.getVersion();
    expect(Math.abs((client.clockSkewMs() ?? 0) - 3_600_000)).toBeLessThan(1_500);
  });
});
