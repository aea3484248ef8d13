import { describe, expect, it } from '@jest/globals';
import { Throttle } from '../../src/providers/azure/throttle.ts';

const { signal } = new AbortController();

function call(subscription: string, what = 'Microsoft.Network/networkInterfaces') {
  return { path: `/subscriptions/${subscription}/providers/${what}?api-version=1` };
}

/** In the order in which they may be sent. */
async function sent(throttle: Throttle, calls: Readonly<Record<string, { path: string }>>): Promise<string[]> {
  const order: string[] = [];
  await Promise.all(
    Object.entries(calls).map(async ([name, { path }]) => {
      await throttle.pace(path, signal);
      order.push(name);
    }),
  );
  return order;
}

describe('calls of a subscription', () => {
  it('wait together after a refusal, and those of another one and lists of Compute do not', async () => {
    const throttle = new Throttle();
    throttle.note({ status: 429, headers: {}, retryAfterMs: 200 }, call('a'));
    const begun = performance.now();
    const order = await sent(throttle, {
      first: call('a'),
      second: call('A'),
      // Compute counts its lists by itself.
      list: call('a', 'Microsoft.Compute/virtualMachines'),
      other: call('b'),
    });
    expect(order.slice(0, 2).toSorted()).toEqual(['list', 'other']);
    expect(order.slice(2)).toEqual(['first', 'second']);
    expect(performance.now() - begun).toBeGreaterThan(190);
  });

  it('go by the time that is told and not by the text of a header', async () => {
    const throttle = new Throttle();
    throttle.note({ status: 429, headers: { 'retry-after': '3600' }, retryAfterMs: 50 }, call('a'));
    expect(await sent(throttle, { own: call('a'), other: call('b') })).toEqual(['other', 'own']);
  });

  it.each([
    ['few are left', { status: 200, headers: { 'x-ms-ratelimit-remaining-subscription-reads': '4' } }],
    ['one was refused without a time', { status: 429, headers: {} }],
  ])('slow down when %s', async (_, answer) => {
    const throttle = new Throttle();
    throttle.note({ ...answer, retryAfterMs: undefined }, call('a'));
    expect(await sent(throttle, { own: call('a'), other: call('b') })).toEqual(['other', 'own']);
  });

  it('do not wait while many are left', async () => {
    const throttle = new Throttle();
    const headers = { 'x-ms-ratelimit-remaining-subscription-reads': '249' };
    throttle.note({ status: 200, headers, retryAfterMs: undefined }, call('a'));
    expect(await sent(throttle, { own: call('a'), other: call('b') })).toEqual(['own', 'other']);
  });
});
