import { Command } from 'commander';
import type { MigrateReport } from '../../types/database.ts';
import type { CliContext } from '../context.ts';
import type { Column } from '../output/column.ts';
import type { View } from '../output/output.ts';

const COLUMNS: readonly Column<string>[] = [{ key: 'migration', header: 'APPLIED', raw: (name) => name }];

const HELP = `
Every command that needs the database migrates it first. Use this command if the collectors' user may not alter tables: the
owner of the tables then runs it after each upgrade.

Examples:
  $ rollcall db migrate
  $ DATABASE_URL=postgresql://owner@db.example.com/rollcall rollcall db migrate`;

export function migrateDatabaseCommand(context: CliContext): Command {
  return new Command('migrate')
    .description('create the database, or bring it up to date')
    .addHelpText('after', HELP)
    .action(async () => {
      const report = await (await context.app.database()).migrate();
      const view: View<MigrateReport, string> = {
        columns: COLUMNS,
        rows: ({ applied }) => applied,
        ref: (name) => name,
        empty: `${report.location} was up to date: ${report.schema ?? 'no schema'}`,
        footer: async ({ applied, location }) => (applied.length === 0 ? [] : [`${location} is up to date`]),
      };
      await context.output.print(report, view);
    });
}
