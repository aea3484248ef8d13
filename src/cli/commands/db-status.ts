import { Command } from 'commander';
import type { DatabaseStatus, TableCount } from '../../types/database.ts';
import type { CliContext } from '../context.ts';
import { TABLE_COLUMNS } from '../database/table-columns.ts';
import { formatBytes } from '../output/format.ts';
import type { View } from '../output/output.ts';

const NAMES: Readonly<Record<DatabaseStatus['kind'], string>> = { sqlite: 'SQLite', postgresql: 'PostgreSQL' };

const HELP = `
This command changes nothing. Unlike every other command, it does not bring a database of an older version up to date.

Examples:
  $ rollcall db status
  $ rollcall db status -o json | jq .pendingMigrations`;

export function databaseStatusCommand(context: CliContext): Command {
  return new Command('status')
    .description('show the kind and size of the database, and whether it is up to date')
    .addHelpText('after', HELP)
    .action(async () => {
      const status = await (await context.app.database()).status();
      const view: View<DatabaseStatus, TableCount> = {
        columns: TABLE_COLUMNS,
        rows: ({ tables }) => tables,
        ref: ({ table }) => table,
        layout: (value, draw) => [draw.plain(lines(value)), draw.line(''), draw.table(value.tables)],
      };
      await context.output.print(status, view);
    });
}

function lines(status: DatabaseStatus): { key: string; value: string }[] {
  const { kind, location, serverVersion, schema, pendingMigrations, isWritable, sizeBytes, epoch, rev, head } = status;
  const pending = `${pendingMigrations.join(', ')}: the next command applies them, or \`rollcall db migrate\``;
  return [
    { key: 'database', value: `${NAMES[kind]} ${serverVersion}, ${location}` },
    { key: 'schema', value: schema ?? 'none yet' },
    { key: 'pending', value: pendingMigrations.length === 0 ? 'nothing' : pending },
    { key: 'access', value: isWritable ? 'read and write' : 'read only' },
    { key: 'size', value: formatBytes(sizeBytes) },
    { key: 'epoch', value: epoch ?? '-' },
    { key: 'revision', value: rev === null ? '-' : String(rev) },
    { key: 'head', value: head ?? '-' },
  ];
}
