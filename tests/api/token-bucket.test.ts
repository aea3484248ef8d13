import { describe, expect, it } from '@jest/globals';
import { TokenBuckets } from '../../src/net/token-bucket.ts';

const RATE = { burst: 2, perSecond: 4 };

function bucketsAt(): { buckets: TokenBuckets; pass: (ms: number) => void } {
  let nowMs = 0;
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { buckets: new TokenBuckets(() => nowMs), pass };
}

describe('token buckets', () => {
  it('let a burst through, and hold the rest back to the rate', () => {
    const { buckets } = bucketsAt();
    const waits = [1, 2, 3, 4, 5].map(() => buckets.take('account/region', RATE));
    expect(waits).toEqual([0, 0, 250, 500, 750]);
  });

  it('fill up again, and no further than a burst', () => {
    const { buckets, pass } = bucketsAt();
    for (let i = 0; i < 2; i++) buckets.take('a', RATE);
    pass(60_000);
    expect([1, 2, 3].map(() => buckets.take('a', RATE))).toEqual([0, 0, 250]);
  });

  it('hold each key back by itself', () => {
    const { buckets } = bucketsAt();
    for (let i = 0; i < 3; i++) buckets.take('a', RATE);
    expect(buckets.take('b', RATE)).toBe(0);
  });

  it('are empty after a refusal', () => {
    const { buckets } = bucketsAt();
    buckets.take('a', RATE);
    buckets.drain('a');
    expect(buckets.take('a', RATE)).toBe(250);
  });

  it('keep the turns of those that wait, after a refusal', () => {
    const { buckets } = bucketsAt();
    for (let i = 0; i < 5; i++) buckets.take('a', RATE);
    buckets.drain('a');
    expect(buckets.take('a', RATE)).toBe(1_000);
  });

  it('end a wait when they are told to', async () => {
    const buckets = new TokenBuckets();
    const rate = { burst: 1, perSecond: 0.001 };
    buckets.take('a', rate);
    const controller = new AbortController();
    const waiting = buckets.wait('a', rate, controller.signal);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
  });
});
