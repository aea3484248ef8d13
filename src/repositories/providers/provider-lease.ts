import { AppError } from '../../types/errors.ts';
import { holderName } from '../../types/holder.ts';
import type { Connection } from '../db/connection.ts';
import { momentSql } from '../db/database-clock.ts';
import { placeholder } from '../db/dialect.ts';
import { Where } from '../db/where.ts';

export interface LeaseRequest {
  holder: string;
  /** This machine's clock; PostgreSQL uses its own. */
  now: Date;
  ttlMs: number;
  /** Whether a holder is known to be gone: its lease is then taken over before it expires. */
  isDead?: (holder: string) => boolean;
}

/** One acquisition of a lease. Each has a higher token, which distinguishes it from earlier holders of the same name. */
export interface Lease {
  holder: string;
  token: number;
}

/** The current holder of a provider's lease. */
interface Holder {
  name: string;
  removedAt: Date | null;
  leaseHolder: string | null;
  leaseSince: Date | null;
  leaseUntil: Date | null;
}

type LeaseConnection = Pick<Connection, 'reader' | 'writer'>;

const LEASE = { noun: 'lease', key: ['leaseToken'] };

/** Takes the lease unless another process has it; takes over an expired one. Throws AppError `locked`. */
export async function acquireLease(
  connection: LeaseConnection,
  providerId: string,
  request: LeaseRequest,
): Promise<Lease> {
  const free = await takeLease(connection, providerId, request, '');
  if (free) return free;
  const other = (await findHolder(connection, providerId))?.leaseHolder ?? null;
  const dead =
    other !== null && request.isDead?.(other) ? await takeLease(connection, providerId, request, other) : null;
  if (dead) return dead;
  throw await refusal(connection, providerId);
}

/** One conditional UPDATE: if two processes try at once, the condition is false for one of them. */
async function takeLease(
  { writer }: LeaseConnection,
  providerId: string,
  { holder, now, ttlMs }: LeaseRequest,
  dead: string,
): Promise<Lease | null> {
  const { provider } = writer;
  const moment = momentSql(provider, now);
  const [first, second, third] = [1, 2, 3].map((index) => placeholder(provider, index));
  const sql = `UPDATE "providers" SET "leaseHolder" = ${first}, "leaseSince" = ${moment},
      "leaseUntil" = ${momentSql(provider, now, ttlMs)}, "leaseToken" = "leaseToken" + 1
    WHERE "id" = ${second} AND "removedAt" IS NULL AND ("leaseHolder" IS NULL OR "leaseHolder" = ${third} OR "leaseUntil" < ${moment})
    RETURNING "leaseToken"`;
  const values = [holder, providerId, dead];
  const [token] = await writer.write({ sql, values, ...LEASE }, (row) => row.number('leaseToken'));
  return token === undefined ? null : { holder, token };
}

/** Throws AppError `locked` if the lease expired and another process took it. */
export async function renewLease(
  connection: LeaseConnection,
  providerId: string,
  lease: Lease,
  { now, ttlMs }: Pick<LeaseRequest, 'now' | 'ttlMs'>,
): Promise<void> {
  const until = momentSql(connection.writer.provider, now, ttlMs);
  const isHeld = await writeHeld(connection, `"leaseUntil" = ${until}`, providerId, lease);
  if (!isHeld) throw await refusal(connection, providerId);
}

/** Does nothing if another process has the lease by now. */
export async function releaseLease(connection: LeaseConnection, providerId: string, lease: Lease): Promise<void> {
  const nobody = '"leaseHolder" = NULL, "leaseSince" = NULL, "leaseUntil" = NULL';
  await writeHeld(connection, nobody, providerId, lease);
}

/** Renews or releases a held lease; false if it is no longer held. */
async function writeHeld(
  { writer }: LeaseConnection,
  assignments: string,
  providerId: string,
  { holder, token }: Lease,
): Promise<boolean> {
  const [first, second, third] = [1, 2, 3].map((index) => placeholder(writer.provider, index));
  const sql = `UPDATE "providers" SET ${assignments}
    WHERE "id" = ${first} AND "leaseHolder" = ${second} AND "leaseToken" = ${third} RETURNING "leaseToken"`;
  const held = await writer.write({ sql, values: [providerId, holder, token], ...LEASE }, () => true);
  return held.length > 0;
}

function findHolder({ reader }: LeaseConnection, providerId: string): Promise<Holder | null> {
  const where = new Where(reader.provider).is('"id"', '=', providerId);
  const sql = `SELECT "name", "removedAt", "leaseHolder", "leaseSince", "leaseUntil" FROM "providers" ${where.sql}`;
  return reader.find({ sql, values: where.values, noun: 'provider', key: ['name'] }, (row) => ({
    name: row.text('name'),
    removedAt: row.timeOrNull('removedAt'),
    leaseHolder: row.textOrNull('leaseHolder'),
    leaseSince: row.timeOrNull('leaseSince'),
    leaseUntil: row.timeOrNull('leaseUntil'),
  }));
}

async function refusal(connection: LeaseConnection, providerId: string): Promise<AppError> {
  const provider = await findHolder(connection, providerId);
  if (!provider) return new AppError('not-found', `There is no provider ${providerId} in the database`);
  const { name, removedAt, leaseHolder, leaseSince, leaseUntil } = provider;
  if (removedAt !== null) {
    return new AppError('not-found', `Provider ${name} was removed`, { hint: 'See `rollcall providers list`.' });
  }
  if (leaseHolder === null) {
    return new AppError('locked', `The run of provider ${name} has lost its lease`, {
      hint: 'Run the command again.',
      retryable: true,
    });
  }
  const since = leaseSince ? ` since ${leaseSince.toISOString()}` : '';
  const until = leaseUntil
    ? ` Should that process be gone, the next run may begin at ${leaseUntil.toISOString()}.`
    : '';
  return new AppError('locked', `Provider ${name} is being synced by ${holderName(leaseHolder)}${since}`, {
    hint: `Wait until it has finished.${until}`,
    retryable: true,
  });
}
