import type { Connection } from '../repositories/db/connection.ts';
import { claimKey } from '../repositories/providers/claim-key.ts';
import { AppError } from '../types/errors.ts';
import type { InventoryKey } from '../types/inventory-key.ts';
import { type InventoryKeys, newInventoryKey } from './config/inventory-keys.ts';

/** The key of an inventory, or why this machine has none. */
export type OpenedKey = { key: InventoryKey; problem: null; isAdopted: boolean } | { key: null; problem: AppError };

/**
 * Finds the key that the database names; makes one for a database that names none. `isAdopted`: this call took the key of the
 * masks out of a database of version 0.1.
 */
export async function openInventoryKey(connection: Connection, keys: InventoryKeys): Promise<OpenedKey> {
  try {
    const { id, oldMaskSecret } = connection.key;
    const known = id === '' ? keys.findByEpoch(connection.epoch) : null;
    const key = id === '' ? await claimed(connection, keys, known) : keys.find(id);
    const isAdopted = id === '' && known === null && key?.mask.secret === oldMaskSecret;
    if (key !== null) return { key, problem: null, isAdopted };
    return { key: null, problem: missingKey(id, keys, keys.findByEpoch(connection.epoch)) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'configuration') throw error;
    return { key: null, problem: error };
  }
}

/** A database that names no key although this machine has one for it gets that one: nothing is sealed anew. */
async function claimed(
  connection: Connection,
  keys: InventoryKeys,
  known: InventoryKey | null,
): Promise<InventoryKey | null> {
  const { epoch, key } = connection;
  const made = known ?? newInventoryKey(key.oldMaskSecret === '' ? undefined : key.oldMaskSecret);
  if (known === null) keys.keep(made, epoch);
  const counted = await claimKey(connection, { id: made.id, insteadOf: '' });
  if (counted === made.id) return made;
  if (known === null) keys.discard(made);
  return keys.find(counted);
}

/** A new key in place of whatever the database names. Gives its file. Throws AppError('configuration'), and 'locked'. */
export async function replaceInventoryKey(connection: Connection, keys: InventoryKeys): Promise<string> {
  const made = newInventoryKey();
  const old = keys.findByEpoch(connection.epoch);
  keys.keep(made, connection.epoch);
  if ((await claimKey(connection, { id: made.id, insteadOf: connection.key.id })) === made.id) {
    if (old !== null) keys.discard(old);
    return keys.fileOf(made.id);
  }
  keys.discard(made);
  throw new AppError('locked', 'another process has made a new key meanwhile; nothing was changed', {
    retryable: true,
  });
}

function missingKey(id: string, keys: InventoryKeys, other: InventoryKey | null): AppError {
  if (other !== null) {
    return new AppError(
      'configuration',
      `the database names the inventory key ${id}, this machine has ${other.id} for it`,
      {
        hint: 'if nobody has run `rollcall db new-key`, somebody has written to the database past the program',
      },
    );
  }
  return new AppError('configuration', `the key of this inventory (${id}) is not on this machine`, {
    hint: `copy ${keys.fileOf(id)} from a machine that collects for it; where it is lost: rollcall db new-key`,
  });
}
