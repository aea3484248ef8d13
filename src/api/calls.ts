import * as z from 'zod';
import { AppError } from '../types/errors.ts';
import { type Rows, rowsOf } from './decode/rows.ts';
import type { RowLimit } from './limits.ts';
import type { ReadOptions, Transport } from './transport.ts';

/** Reads a list of rows; those that cannot be read are left out with a warning. Throws AppError. */
export async function listRows<T>(
  transport: Transport,
  path: string,
  row: z.ZodType<T>,
  { limit, ...options }: Omit<ReadOptions<T>, 'schema'> & { limit?: RowLimit } = {},
): Promise<T[]> {
  const rows = await transport.get(path, { ...options, schema: rowsOf(row, limit) });
  return withWarning(transport, path, rows).rows;
}

/** Warns of rows that could not be read. */
export function withWarning<T>(transport: Transport, path: string, rows: Rows<T>): Rows<T> {
  if (rows.unreadable > 0) {
    transport.warn(`GET ${path}: ${rows.unreadable} of ${rows.received} rows could not be read`);
  }
  return rows;
}

/** false where the call fails with an error that says no. */
export async function succeeds(
  transport: Transport,
  path: string,
  saysNo: (error: AppError) => boolean,
  options?: Omit<ReadOptions<unknown>, 'schema'>,
): Promise<boolean> {
  try {
    await transport.get(path, { schema: z.unknown(), ...options });
    return true;
  } catch (error) {
    if (error instanceof AppError && saysNo(error)) return false;
    throw error;
  }
}

/** `vmid: VM 100 already exists` (400). Source: pve-manager PVE/API2/Cluster.pm nextid. */
export function isTakenVmid({ code, message }: AppError): boolean {
  return code === 'parameter' && /already exists/.test(message);
}

/** `storage 'nas' does not exist` (500). Source: pve-storage PVE/Storage.pm storage_config. */
export function isUndefinedStorage({ code, message }: AppError): boolean {
  return code === 'server' && /\bstorage '[^']*' does not exist/.test(message);
}
