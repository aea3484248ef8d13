import type { DatabaseProvider } from '../../types/migration.ts';
import { sqlDate } from './dialect.ts';

/**
 * SQL for the moment `offsetMs` from now. PostgreSQL's own clock, so that machines whose clocks differ agree on who is late;
 * on SQLite all are on one machine, whose clock gives `now`.
 */
export function momentSql(provider: DatabaseProvider, now: Date, offsetMs = 0): string {
  if (provider === 'sqlite') return `'${sqlDate(new Date(now.getTime() + offsetMs))}'`;
  return `now() + interval '${Math.round(offsetMs)} milliseconds'`;
}
