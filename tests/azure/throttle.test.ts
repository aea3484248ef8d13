import { describe, expect, it } from '@jest/globals';
import { type AccessToken, TokenKeeper } from '../../src/providers/azure/login/access-token.ts';
import { Throttle } from '../../src/providers/azure/throttle.ts';
import { AppError } from '../../src/types/errors.ts';

const { signal } = new AbortController();

function call(subscription: string, what = 'Microsoft.Network/networkInterfaces') {
  return {
    verb: 'GET' as const,
    path: `/subscriptions/${subscription}/providers/${what}?api-version=1`,
    body: '',
    signal,
  };
}

async function waitedMs(throttle: Throttle, asked: ReturnType<typeof call>): Promise<number> {
  const begun = performance.now();
  await throttle.pace(asked.path, signal);
  return performance.now() - begun;
}

describe('calls of a subscription', () => {
  it('wait together after a refusal, and those of another one do not', async () => {
    const throttle = new Throttle();
    throttle.note({ status: 429, headers: { 'retry-after': '1' } }, call('a'));
    const [own, lists, other] = await Promise.all([
      waitedMs(throttle, call('a')),
      waitedMs(throttle, call('a', 'Microsoft.Compute/virtualMachines')),
      waitedMs(throttle, call('b')),
    ]);
    expect(own).toBeGreaterThan(950);
    expect(other).toBeLessThan(own);
    // Compute counts its lists by itself.
    expect(lists).toBeLessThan(own);
  });

  it('slow down when few are left', async () => {
    const throttle = new Throttle();
    const headers = { 'x-ms-ratelimit-remaining-subscription-reads': '4' };
    throttle.note({ status: 200, headers }, call('a'));
    expect(await waitedMs(throttle, call('a'))).toBeGreaterThan(30);
  });
});

describe('a token', () => {
  function keeper(lifeMs: number) {
    const made: string[] = [];
    const state = { nowMs: 0, failure: null as AppError | null };
    const login = async (): Promise<AccessToken> => {
      if (state.failure !== null) throw state.failure;
      made.push(`token-${made.length}`);
      return { text: made.at(-1) ?? '', lifeMs };
    };
    return {
      made,
      state,
      tokens: new TokenKeeper(
        login,
        () => undefined,
        () => state.nowMs,
      ),
    };
  }

  it('is kept until shortly before its end, for all calls at a time', async () => {
    const { tokens, state } = keeper(3_600_000);
    expect(await Promise.all([tokens.text(signal), tokens.text(signal)])).toEqual(['token-0', 'token-0']);
    state.nowMs = 3_600_000 - 300_001;
    expect(await tokens.text(signal)).toBe('token-0');
    state.nowMs += 2;
    expect(await tokens.text(signal)).toBe('token-1');
  });

  it('that is nearly over when it is given is used for half of its life', async () => {
    const { tokens, state } = keeper(60_000);
    await tokens.text(signal);
    state.nowMs = 29_999;
    expect(await tokens.text(signal)).toBe('token-0');
    state.nowMs = 30_001;
    expect(await tokens.text(signal)).toBe('token-1');
  });

  it('is made once for all calls that were refused with it', async () => {
    const { tokens, made } = keeper(3_600_000);
    await tokens.text(signal);
    const refused = tokens.generation;
    tokens.renew(refused);
    await tokens.text(signal);
    tokens.renew(refused);
    await tokens.text(signal);
    expect(made).toEqual(['token-0', 'token-1']);
  });

  it('is asked for again after a login that failed', async () => {
    const { tokens, state } = keeper(3_600_000);
    state.failure = new AppError('unreachable', 'no login');
    await expect(tokens.text(signal)).rejects.toThrow('no login');
    state.failure = null;
    expect(await tokens.text(signal)).toBe('token-0');
  });
});
