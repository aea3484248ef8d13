import path from 'node:path';
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { printCopy, withCopyProgress } from '../database/copy-report.ts';

const HELP = `
FILE must not exist yet. The backup is always a SQLite database, even if the inventory is in PostgreSQL. It contains the
inventory at one moment; syncs may run in the meantime. The copy is checked in the same way as by \`verify\` before the file
gets its name. To use the backup, set DATABASE_URL to it. To restore it to PostgreSQL, copy it into an empty database.

Examples:
  $ rollcall db backup /var/backups/rollcall-$(date +%F).db
  $ rollcall --db file:/var/backups/rollcall-2026-11-21.db db copy --to postgresql://rollcall@db.example.com/rollcall`;

export function backupDatabaseCommand(context: CliContext): Command {
  return new Command('backup')
    .description('back up the whole inventory to a new SQLite file')
    .argument('<file>')
    .addHelpText('after', HELP)
    .action(async (file: string) => {
      const database = await context.app.database();
      const target = path.resolve(context.io.cwd, file);
      const report = await withCopyProgress(context, 'backup', (options) => database.backup(target, options));
      await printCopy(context, report, 'backed up');
    });
}
