import { randomInt } from 'node:crypto';
import { AppError } from '../../types/errors.ts';
import type { ClusterIdentity } from '../../types/observation.ts';
import type { ProviderConfig, SealSettings } from '../../types/provider.ts';
import type { Connection } from '../db/connection.ts';
import { bulkJson, bulkUpdateSql, bulkUpsertSql, placeholder, type UpsertSpec } from '../db/dialect.ts';
import type { Reader } from '../db/reader.ts';
import type { Row } from '../db/row.ts';
import { Where } from '../db/where.ts';
import { raiseFeed } from '../feed/feed-head.ts';
import { canonicalJson } from '../history/hash-chain.ts';
import { toIdentity } from '../inventory/provider-rows.ts';
import { recordSettings, writePermission } from './provider-settings.ts';

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

const { type, endpoints, tls, credential } = PROVIDERS.columns;
const SETTINGS = {
  table: 'providers',
  columns: { id: 'text', type, endpoints, tls, credential },
  key: ['id'],
} as const satisfies UpsertSpec;

export interface EnsuredProvider {
  id: string;
  name: string;
  /** The cluster that answered the last run; null before the first. */
  identity: ClusterIdentity | null;
  /**
   * Flags or environment describe the provider, and no run has read its cluster yet: a failed first contact leaves nothing
   * behind.
   */
  isUnproven: boolean;
  /** Its name before this call. */
  renamedFrom?: string;
}

/**
 * Finds the provider of that name or creates it, and stores its present connection settings. Its id never changes. A
 * provider that comes from the database, with its id, stays as stored; throws AppError `not-found` if it was removed in the
 * meantime.
 */
export async function ensureProvider(
  connection: Pick<Connection, 'reader' | 'writer' | 'db' | 'provider' | 'runForEach'>,
  config: ProviderConfig,
  { now, seal }: { now: Date; seal: SealSettings },
): Promise<EnsuredProvider> {
  const { id, name, type, formerName } = config;
  if (id !== undefined) return stillThere(connection.reader, id, name);
  const settings = {
    type,
    endpoints: [...config.endpoints],
    tls: { ...config.tls },
    credential: { ...config.credential },
  };
  const found = await findByName(connection.reader, name);
  if (!found && formerName !== undefined && (await rename(connection, formerName, name)))
    return { ...(await ensureProvider(connection, config, { now, seal })), renamedFrom: formerName };
  if (!found) return makeProvider(connection, name, { ...settings, incompleteSince: {}, createdAt: now });
  if (found.settings !== canonicalJson(settings)) {
    const sql = `${bulkUpdateSql(connection.writer.provider, SETTINGS)} RETURNING "providers"."id"`;
    await connection.writer.write({ sql, values: [bulkJson([{ id: found.id, ...settings }])], noun: 'provider' }, idOf);
    // A provider that only the environment describes has no settings revision: its stored row never decides where a
    // credential goes.
    if (found.isRecorded) {
      const recorded = { providerId: found.id, settings: { name, ...settings }, now, seal };
      await connection.db.$transaction(async (tx) => {
        // The environment says where it is now, and cannot say that anything may be done there.
        await writePermission(tx, connection.provider, { id: found.id });
        await recordSettings(tx, connection, recorded);
      });
    }
  }
  return toEnsured(name, found);
}

function toEnsured(name: string, { id, identity, isRecorded }: Found): EnsuredProvider {
  return { id, name, identity, isUnproven: !isRecorded && identity === null };
}

/** Renames only a provider without a settings revision: the name of another provider is its owner's choice. */
async function rename({ writer }: Pick<Connection, 'writer'>, formerName: string, name: string): Promise<boolean> {
  const [first, second] = [placeholder(writer.provider, 1), placeholder(writer.provider, 2)];
  const sql = `UPDATE "providers" SET "name" = ${first}
    WHERE "name" = ${second} AND "removedKey" = '' AND "settingsRev" IS NULL RETURNING "id"`;
  return (await writer.write({ sql, values: [name, formerName], noun: 'provider' }, idOf)).length > 0;
}

/** Deletes a provider that has only failed runs, unless another process works on it. */
export async function discardUnproven({ writer }: Pick<Connection, 'writer'>, id: string, at: Date): Promise<boolean> {
  const sql = `DELETE FROM "providers" WHERE "id" = ${placeholder(writer.provider, 1)}
    AND "identity" IS NULL AND "lastCompleteAt" IS NULL AND "settingsRev" IS NULL AND "failures" = 0
    AND "leaseHolder" IS NULL AND "watchHolder" IS NULL RETURNING "id"`;
  return writer.transaction(async (tx) => {
    const [discarded] = await tx.list({ sql, values: [id], noun: 'provider' }, idOf);
    if (discarded === undefined) return false;
    await raiseFeed(tx, writer.provider, { step: { providerId: id, seq: 0 }, at });
    return true;
  });
}

/** Another process may do the same at once; the first row stays. */
async function makeProvider(
  { reader, writer }: Pick<Connection, 'reader' | 'writer'>,
  name: string,
  rest: Readonly<Record<string, unknown>>,
): Promise<EnsuredProvider> {
  const row = { id: newProviderId(), name, removedKey: '', ...rest };
  const sql = `${bulkUpsertSql(writer.provider, PROVIDERS)} RETURNING "id"`;
  const [made] = await writer.write({ sql, values: [bulkJson([row])], noun: 'provider' }, idOf);
  if (made !== undefined) return { id: made, name, identity: null, isUnproven: true };
  const found = await findByName(reader, name);
  if (!found) throw goneProvider(name);
  return toEnsured(name, found);
}

interface Found extends Pick<EnsuredProvider, 'id' | 'identity'> {
  /** The connection settings as comparable text. */
  settings: string;
  isRecorded: boolean;
}

async function findByName(reader: Reader, name: string): Promise<Found | null> {
  const where = new Where(reader.provider).is('"name"', '=', name).is('"removedKey"', '=', '');
  const sql = `SELECT "id", "identity", "type", "endpoints", "tls", "credential", "settingsRev" FROM "providers" ${where.sql}`;
  return reader.find({ sql, values: where.values, noun: 'provider' }, (row) => ({
    id: row.text('id'),
    identity: toIdentity(row),
    isRecorded: row.numberOrNull('settingsRev') !== null,
    settings: canonicalJson({
      type: row.text('type'),
      endpoints: row.json('endpoints', isAnything),
      tls: row.json('tls', isAnything),
      credential: row.json('credential', isAnything),
    }),
  }));
}

async function stillThere(reader: Reader, id: string, configured: string): Promise<EnsuredProvider> {
  const where = new Where(reader.provider).is('"id"', '=', id);
  const sql = `SELECT "id", "name", "identity" FROM "providers" ${where.sql} AND "removedAt" IS NULL`;
  const found = await reader.find({ sql, values: where.values, noun: 'provider' }, (row) => ({
    id,
    name: row.text('name'),
    identity: toIdentity(row),
    isUnproven: false,
  }));
  if (found === null) throw goneProvider(configured);
  return found;
}

function goneProvider(name: string): AppError {
  return new AppError('not-found', `Provider ${name} was removed`, { hint: 'See `rollcall providers list`.' });
}

function idOf(row: Row): string {
  return row.text('id');
}

function isAnything(value: unknown): value is unknown {
  return value !== undefined;
}

function newProviderId(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
