import type { BilledServer, Transaction } from '../../types/billing.ts';
import type { PriceList } from '../../types/price-list.ts';
import { rounded, sumOf } from './decimal.ts';

/** What an account owes in one currency. Only this is rounded. */
export interface AccountTotal {
  accountKey: string;
  currency: string;
  servers: number;
  hours: number;
  total: string;
}

/** By account and currency. Pure. */
export function accountTotals(
  servers: readonly BilledServer[],
  transactions: readonly Transaction[],
  rounding: PriceList['rounding'],
): AccountTotal[] {
  const accounts = new Map(servers.map(({ id, accountKey }) => [id, accountKey]));
  const groups = new Map<string, { accountKey: string; currency: string; entries: Transaction[] }>();
  for (const entry of transactions) {
    const accountKey = accounts.get(entry.serverId);
    const { currency } = entry;
    if (accountKey === undefined || currency === null) continue;
    const key = JSON.stringify([accountKey, currency]);
    const group = groups.get(key) ?? { accountKey, currency, entries: [] };
    group.entries.push(entry);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ accountKey, currency, entries }) => ({
    accountKey,
    currency,
    servers: new Set(entries.map(({ serverId }) => serverId)).size,
    hours: entries.reduce((sum, entry) => sum + signedHours(entry), 0),
    total: rounded(sumOf(entries.flatMap(({ amount }) => amount ?? [])), rounding),
  }));
}

function signedHours({ kind, fromHour, toHour }: Transaction): number {
  const hours = (toHour ?? 0) - (fromHour ?? 0);
  return kind === 'credit' ? -hours : hours;
}
