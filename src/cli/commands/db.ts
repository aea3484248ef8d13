import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { backupDatabaseCommand } from './db-backup.ts';
import { copyDatabaseCommand } from './db-copy.ts';
import { migrateDatabaseCommand } from './db-migrate.ts';
import { newKeyCommand } from './db-new-key.ts';
import { databaseStatusCommand } from './db-status.ts';

const HELP = `
The inventory is kept in one database: a SQLite file, or PostgreSQL if several collectors or people share it. --db names the
database, otherwise DATABASE_URL.

Examples:
  $ rollcall db status
  $ rollcall db backup /var/backups/rollcall-$(date +%F).db
  $ rollcall db copy --to postgresql://rollcall@db.example.com/rollcall`;

export function dbCommand(context: CliContext): Command {
  const command = new Command('db').usage('<command> [options]').addHelpText('after', HELP);
  const commands = [
    databaseStatusCommand,
    migrateDatabaseCommand,
    backupDatabaseCommand,
    copyDatabaseCommand,
    newKeyCommand,
  ];
  for (const make of commands) command.addCommand(make(context));
  return command;
}
