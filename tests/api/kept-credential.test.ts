import { describe, expect, it } from '@jest/globals';
import { KeptCredential } from '../../src/net/kept-credential.ts';

const MINUTE_MS = 60_000;

interface Token {
  text: string;
  endsAtMs: number | null;
}

/** Each token is another one; `lifeMs` null: they do not end. */
function keeperOf({ lifeMs, failures = 0 }: { lifeMs: number | null; failures?: number }) {
  let nowMs = 0;
  let asked = 0;
  const secrets: string[] = [];
  const refusals: (string | null)[] = [];
  const keeper = new KeptCredential<Token>({
    ask: async (refused) => {
      asked += 1;
      refusals.push(refused?.text ?? null);
      if (asked <= failures) throw new Error('no token');
      return { text: `t${asked}`, endsAtMs: lifeMs === null ? null : nowMs + lifeMs };
    },
    endsAtMs: (token) => token.endsAtMs,
    onCredential: ({ text }) => secrets.push(text),
    clock: () => nowMs,
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  const text = async (): Promise<string> => (await keeper.current()).text;
  return { keeper, pass, text, secrets, refusals, count: () => asked };
}

describe('a credential that is kept', () => {
  it('is asked for once by calls at the same time', async () => {
    const { text, count, secrets } = keeperOf({ lifeMs: 60 * MINUTE_MS });
    expect(await Promise.all([text(), text(), text()])).toEqual(['t1', 't1', 't1']);
    expect(count()).toBe(1);
    expect(secrets).toEqual(['t1']);
  });

  it.each([
    ['5 minutes before its end', 60, 54, 56],
    ['in its second half, where it is short', 4, 1, 3],
  ])('is asked for again %s', async (_, life, before, after) => {
    const { text, pass } = keeperOf({ lifeMs: life * MINUTE_MS });
    await text();
    pass(before * MINUTE_MS);
    expect(await text()).toBe('t1');
    pass((after - before) * MINUTE_MS);
    expect(await text()).toBe('t2');
  });

  it('does not end where nothing says so', async () => {
    const { text, pass } = keeperOf({ lifeMs: null });
    await text();
    pass(1_000_000 * MINUTE_MS);
    expect(await text()).toBe('t1');
  });

  it('is asked for again after a failure', async () => {
    const { keeper, text } = keeperOf({ lifeMs: null, failures: 1 });
    await expect(keeper.current()).rejects.toThrow('no token');
    expect(await text()).toBe('t2');
  });

  it('is replaced once for all calls that were refused with it', async () => {
    const { keeper, text, refusals } = keeperOf({ lifeMs: 60 * MINUTE_MS });
    const first = await keeper.current();
    expect(keeper.renew(first)).toBe(true);
    expect(await text()).toBe('t2');
    // Another call was under way with the first one.
    expect(keeper.renew(first)).toBe(true);
    expect(await text()).toBe('t2');
    expect(refusals).toEqual([null, 't1']);
  });

  it('is given up where its replacement is refused at once, and tried again later', async () => {
    const { keeper, pass } = keeperOf({ lifeMs: 60 * MINUTE_MS });
    keeper.renew(await keeper.current());
    const second = await keeper.current();
    expect(keeper.renew(second)).toBe(false);
    pass(MINUTE_MS);
    expect(keeper.renew(second)).toBe(true);
  });
});
