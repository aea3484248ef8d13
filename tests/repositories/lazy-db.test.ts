import { expect, it } from '@jest/globals';
import { lazyDb } from '../../src/repositories/db/lazy-db.ts';

function countingClient() {
  let loads = 0;
  const calls: unknown[] = [];
  const client = {
    guest: {
      count: async (args: unknown) => {
        calls.push(args);
        return 7;
      },
    },
    $transaction: async (work: (tx: string) => Promise<unknown>) => work('tx'),
  };
  const load = async () => {
    loads += 1;
    return client;
  };
  return { load, calls, loads: () => loads };
}

it('is loaded by the first call, and not by being passed on', async () => {
  const { load, calls, loads } = countingClient();
  const db = await Promise.resolve(lazyDb(load));
  expect(`${Object.prototype.toString.call(db)} ${loads()}`).toBe('[object Object] 0');
  expect(await db.guest.count({ where: { vmid: 100 } })).toBe(7);
  expect(calls).toEqual([{ where: { vmid: 100 } }]);
  expect(loads()).toBe(1);
});

it('gives a transaction as the client does', async () => {
  const db = lazyDb(countingClient().load);
  expect(await db.$transaction(async (tx) => ({ tx }))).toEqual({ tx: 'tx' });
});

it('fails where the client cannot be loaded, at each call', async () => {
  const db = lazyDb(() => Promise.reject(new Error('no client')));
  await expect(db.guest.count()).rejects.toThrow('no client');
  await expect(db.$queryRawUnsafe('SELECT 1')).rejects.toThrow('no client');
});
