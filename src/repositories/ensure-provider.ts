import { randomInt } from 'node:crypto';
import { AppError } from '../types/errors.ts';
import type { ProviderConfig } from '../types/provider.ts';
import { BulkWriter } from './bulk-write.ts';
import type { Connection } from './connection.ts';
import type { UpsertSpec } from './dialect.ts';
import { canonicalJson } from './hash-chain.ts';

const PROVIDERS = {
  table: 'providers',
  columns: {
    id: 'text',
    name: 'text',
    removedKey: 'text',
    type: 'text',
    endpoints: 'json',
    tls: 'json',
    credential: 'json',
    incompleteSince: 'json',
    createdAt: 'datetime',
  },
  key: ['name', 'removedKey'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export interface EnsuredProvider {
  id: string;
  name: string;
  /** It was made by this call. */
  isNew: boolean;
}

/**
 * Finds the provider of that name or makes it, and stores how it is reached now. Its id stays for good. One that comes from the
 * database, with its id, is left as it is there by now; throws AppError `not-found` when it was removed meanwhile.
 */
export async function ensureProvider(
  { db, provider }: Pick<Connection, 'db' | 'provider'>,
  config: ProviderConfig,
  now: Date,
): Promise<EnsuredProvider> {
  if (config.id !== undefined) return stillThere(db, config.id, config.name);
  const { name, type } = config;
  const { endpoints, tls, credential } = config;
  const settings = { type, endpoints: [...endpoints], tls: { ...tls }, credential: { ...credential } };
  const found = await db.provider.findUnique({ where: { name_removedKey: { name, removedKey: '' } } });
  if (!found) {
    const row = { id: newProviderId(), name, removedKey: '', ...settings, incompleteSince: {}, createdAt: now };
    // Another process may be doing the same: the first one's row stays.
    await db.$transaction(async (tx) => new BulkWriter(tx, provider).upsert(PROVIDERS, [row]));
    const { id } = await db.provider.findUniqueOrThrow({ where: { name_removedKey: { name, removedKey: '' } } });
    return { id, name, isNew: id === row.id };
  }
  const stored = { type: found.type, endpoints: found.endpoints, tls: found.tls, credential: found.credential };
  if (canonicalJson(stored) !== canonicalJson(settings)) {
    await db.provider.update({ where: { id: found.id }, data: settings });
  }
  return { id: found.id, name, isNew: false };
}

async function stillThere(db: Connection['db'], id: string, name: string): Promise<EnsuredProvider> {
  const found = await db.provider.findUnique({ where: { id }, select: { id: true, name: true, removedAt: true } });
  if (found && found.removedAt === null) return { id, name: found.name, isNew: false };
  throw new AppError('not-found', `Provider ${name} was removed`, { hint: 'See `rollcall providers list`.' });
}

function newProviderId(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
