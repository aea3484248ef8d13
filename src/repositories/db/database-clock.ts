import type { DatabaseProvider } from '../../types/migration.ts';
import { sqlDate } from './dialect.ts';

/**
 * SQL for the time `offsetMs` from now. PostgreSQL uses its own clock, so that machines whose clocks differ agree on
 * expiry. With SQLite all processes are on one machine, whose clock gives `now`.
 */
export function momentSql(provider: DatabaseProvider, now: Date, offsetMs = 0): string {
  if (provider === 'sqlite') return `'${sqlDate(new Date(now.getTime() + offsetMs))}'`;
  return `now() + interval '${Math.round(offsetMs)} milliseconds'`;
}
