import { DriverAdapterError, type Error as DriverError } from '@prisma/driver-adapter-utils';

/** Converts errors of SQLite to the form that Prisma expects of an adapter; every other error stays. */
export function toDriverError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  const { code, message } = error;
  return new DriverAdapterError({ originalCode: code, originalMessage: message, ...mapped(code, message) });
}

/** Not by `instanceof`: the addon keeps the error class it was given first, even if the module is loaded again. */
function isSqliteError(error: unknown): error is { code: string; message: string } {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') && typeof error.message === 'string';
}

function mapped(code: string, message: string): DriverError {
  if (code.startsWith('SQLITE_BUSY')) return { kind: 'SocketTimeout' };
  switch (code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      return { kind: 'UniqueConstraintViolation', constraint: { fields: failedColumns(message) } };
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return { kind: 'NullConstraintViolation', constraint: { fields: failedColumns(message) } };
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
    case 'SQLITE_CONSTRAINT_TRIGGER':
      return { kind: 'ForeignKeyConstraintViolation', constraint: { foreignKey: {} } };
  }
  const table = /^no such table: (.*)$/.exec(message)?.[1];
  if (table !== undefined) return { kind: 'TableDoesNotExist', table };
  return { kind: 'sqlite', extendedCode: 1, message };
}

/** `UNIQUE constraint failed: providers.name, providers.x` → `['name', 'x']`. */
function failedColumns(message: string): string[] {
  return (message.split('constraint failed: ')[1] ?? '')
    .split(', ')
    .map((column) => column.split('.').at(-1) ?? column);
}
