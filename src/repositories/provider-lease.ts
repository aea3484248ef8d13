import { z } from 'zod';
import { AppError } from '../types/errors.ts';
import { holderName } from '../types/holder.ts';
import type { Connection } from './connection.ts';
import { momentSql } from './database-clock.ts';
import { placeholder } from './dialect.ts';
import { decode } from './stored-json.ts';

export interface LeaseRequest {
  holder: string;
  /** This machine's clock; PostgreSQL goes by its own. */
  now: Date;
  ttlMs: number;
  /** Whether a holder is known not to be there any more: then its lease is taken over before it runs out. */
  isDead?: (holder: string) => boolean;
}

/** One taking of a lease. The token rises with each, so that a former holder is known from a later one of the same name. */
export interface Lease {
  holder: string;
  token: number;
}

const TOKENS = z.array(z.object({ leaseToken: z.coerce.number() }));

/** Takes the lease unless somebody has it; one that has run out is taken over. Throws AppError `locked`. */
export async function acquireLease(
  connection: Pick<Connection, 'db' | 'provider'>,
  providerId: string,
  request: LeaseRequest,
): Promise<Lease> {
  const { db } = connection;
  const free = await takeLease(connection, providerId, request, '');
  if (free) return free;
  const provider = await db.provider.findUnique({ where: { id: providerId }, select: { leaseHolder: true } });
  const other = provider?.leaseHolder ?? null;
  const dead =
    other !== null && request.isDead?.(other) ? await takeLease(connection, providerId, request, other) : null;
  if (dead) return dead;
  throw await refusal(connection, providerId);
}

/**
 * One conditional UPDATE: of two processes at once, one finds the condition false. In a transaction of its own, so that on
 * SQLite it is no part of another one of this process, with which it would be rolled back.
 */
async function takeLease(
  { db, provider }: Pick<Connection, 'db' | 'provider'>,
  providerId: string,
  { holder, now, ttlMs }: LeaseRequest,
  dead: string,
): Promise<Lease | null> {
  const moment = momentSql(provider, now);
  const [first, second, third] = [1, 2, 3].map((index) => placeholder(provider, index));
  const sql = `UPDATE "providers" SET "leaseHolder" = ${first}, "leaseSince" = ${moment},
      "leaseUntil" = ${momentSql(provider, now, ttlMs)}, "leaseToken" = "leaseToken" + 1
    WHERE "id" = ${second} AND "removedAt" IS NULL AND ("leaseHolder" IS NULL OR "leaseHolder" = ${third} OR "leaseUntil" < ${moment})
    RETURNING "leaseToken"`;
  const rows: unknown = await db.$transaction((tx) => tx.$queryRawUnsafe(sql, holder, providerId, dead));
  const [taken] = decode(TOKENS, rows, 'a lease');
  return taken ? { holder, token: taken.leaseToken } : null;
}

/** Throws AppError `locked` when the lease ran out and somebody else took it. */
export async function renewLease(
  connection: Pick<Connection, 'db' | 'provider'>,
  providerId: string,
  lease: Lease,
  { now, ttlMs }: Pick<LeaseRequest, 'now' | 'ttlMs'>,
): Promise<void> {
  const { db, provider } = connection;
  const [first, second, third] = [1, 2, 3].map((index) => placeholder(provider, index));
  const sql = `UPDATE "providers" SET "leaseUntil" = ${momentSql(provider, now, ttlMs)}
    WHERE "id" = ${first} AND "leaseHolder" = ${second} AND "leaseToken" = ${third}`;
  if ((await db.$executeRawUnsafe(sql, providerId, lease.holder, lease.token)) > 0) return;
  throw await refusal(connection, providerId);
}

/** Does nothing when somebody else has it by now. */
export async function releaseLease({ db }: Pick<Connection, 'db'>, providerId: string, lease: Lease): Promise<void> {
  await db.provider.updateMany({
    where: { id: providerId, leaseHolder: lease.holder, leaseToken: lease.token },
    data: { leaseHolder: null, leaseSince: null, leaseUntil: null },
  });
}

async function refusal({ db }: Pick<Connection, 'db'>, providerId: string): Promise<AppError> {
  const provider = await db.provider.findUnique({ where: { id: providerId } });
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
