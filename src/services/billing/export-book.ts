import { csvText } from '../../text/csv.ts';
import { HOUR_MS, type Transaction } from '../../types/billing.ts';

/** A transaction as other systems get it. Stable. */
export interface ExportedTransaction extends Omit<Transaction, 'fromHour' | 'toHour' | 'at'> {
  accountKey: string | null;
  /** ISO 8601: the begin of the first hour, and the end of the last. */
  from: string | null;
  to: string | null;
  hours: number | null;
  at: string;
}

export const EXPORT_COLUMNS = [
  'id',
  'accountKey',
  'serverId',
  'guestId',
  'kind',
  'from',
  'to',
  'hours',
  'rate',
  'amount',
  'currency',
  'priceVersion',
  'proposalId',
  'by',
  'reason',
  'rev',
  'seq',
  'at',
] as const satisfies readonly (keyof ExportedTransaction)[];

export function toExported(
  { fromHour, toHour, at, ...rest }: Transaction,
  accountKey: string | null,
): ExportedTransaction {
  return {
    ...rest,
    accountKey,
    from: timeOf(fromHour),
    to: timeOf(toHour),
    hours: fromHour === null || toHour === null ? null : toHour - fromHour,
    at: at.toISOString(),
  };
}

export function bookCsv(rows: readonly ExportedTransaction[]): string {
  const cells = rows.map((row) =>
    EXPORT_COLUMNS.map((column) => {
      const value = row[column] ?? '';
      // A credit is a negative number, and no formula.
      const isAmount = column === 'amount' || column === 'rate';
      return isAmount && isPlainDecimal(value) ? Number(value) : value;
    }),
  );
  return csvText([EXPORT_COLUMNS, ...cells]);
}

/** A number that a spreadsheet reads as it is written. */
function isPlainDecimal(value: string | number): boolean {
  return typeof value === 'string' && value !== '' && String(Number(value)) === value;
}

/** For a table of these columns whose key is `id`: run twice, it adds nothing twice. */
export function bookSql(rows: readonly ExportedTransaction[]): string {
  const columns = EXPORT_COLUMNS.map((column) => `"${column}"`).join(', ');
  return rows
    .map(
      (row) =>
        `INSERT INTO "rollcall_transactions" (${columns}) VALUES (${EXPORT_COLUMNS.map((column) => literal(row[column])).join(', ')}) ON CONFLICT ("id") DO NOTHING;\n`,
    )
    .join('');
}

function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  // NUL ends a statement in some databases.
  return typeof value === 'number' ? String(value) : `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`;
}

function timeOf(hour: number | null): string | null {
  return hour === null ? null : new Date(hour * HOUR_MS).toISOString();
}
