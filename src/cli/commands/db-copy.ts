import { Command } from 'commander';
import { hasPassword, targetUrl } from '../../app/config/database-location.ts';
import type { CliContext } from '../context.ts';
import { printCopy, withCopyProgress } from '../database/copy-report.ts';

const HELP = `
Copies from SQLite to PostgreSQL or back, with the whole history: the same ids, revisions and hashes. The target must be empty
or must not exist; the inventory in use stays unchanged. The copy is one transaction: an interrupted copy leaves nothing behind.
Claims of running syncs are not copied, so stop the collectors first, and start them with the new DATABASE_URL.

URL is file:PATH, postgresql://… without a password (PGPASSWORD and PGPASSFILE are read), or env:NAME.

Examples:
  $ rollcall db copy --to env:NEW_DATABASE_URL
  $ rollcall db copy --to 'postgresql://rollcall@/rollcall?host=/var/run/postgresql'
  $ DATABASE_URL=postgresql://rollcall@db.example.com/rollcall rollcall db copy --to file:rollcall.db`;

export function copyDatabaseCommand(context: CliContext): Command {
  return new Command('copy')
    .description('copy the inventory with its history to another database')
    .requiredOption('--to <url>', 'target database, which must be empty')
    .addHelpText('after', HELP)
    .action(async ({ to }: { to: string }) => {
      const { app, io, output } = context;
      if (hasPassword(to)) {
        output.warn('others on this machine can read the password on the command line', 'use --to env:NAME');
      }
      const database = await app.database();
      const url = targetUrl(to, app.env, io.cwd);
      const report = await withCopyProgress(context, 'copy', (options) => database.copyTo(url, options));
      await printCopy(context, report, 'copied');
    });
}
