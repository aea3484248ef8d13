import { AppError } from '../../types/errors.ts';
import { attempt } from '../scope-reports.ts';
import type { ManagedDisk, NetworkInterface } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { armKey, isInstanceKey, isMachineKey, lastOf } from './arm-id.ts';

/** More than these are not asked for one by one. */
const MOST_ASKED = 20;

type Listed = { id: string };

/** What other lists of a subscription say of its machines. */
export interface Mentions {
  machines: readonly Listed[];
  statuses: readonly Listed[] | AppError;
  interfaces: readonly NetworkInterface[] | AppError;
  disks: readonly ManagedDisk[] | AppError;
}

/**
 * Why the list of machines is not whole, although it was read to its end: another list names one that it leaves out, and that is there
 * when it is asked for. null: nothing says so. A machine that moved has another id by then, so that asking for the one it had would
 * prove it gone.
 */
export async function findLeftOut(
  client: ArmClient,
  mentions: Mentions,
  signal: AbortSignal | undefined,
): Promise<AppError | null> {
  const keys = unlisted(mentions);
  if (keys.length > MOST_ASKED) return leftOut(`${keys.length} machines`);
  const found = await Promise.all(keys.map(async (key) => [key, await attempt(client.machine(key, signal))] as const));
  // One that the login may not see is rightly left out.
  const first = found.find(
    ([, answer]) => answer !== null && !(answer instanceof AppError && answer.code === 'forbidden'),
  );
  return first === undefined ? null : leftOut(lastOf(first[0]));
}

/** In lower case. One that was made or deleted between two lists is among them. Pure. */
function unlisted({ machines, statuses, interfaces, disks }: Mentions): string[] {
  const listed = new Set(machines.map(({ id }) => armKey(id)));
  const named = [
    ...rowsOf(statuses).map(({ id }) => id),
    ...rowsOf(interfaces).flatMap(({ properties }) => properties.virtualMachine?.id ?? []),
    ...rowsOf(disks).flatMap(({ managedBy }) => managedBy ?? []),
  ].map(armKey);
  return [...new Set(named)].filter((key) => isMachineKey(key) && !isInstanceKey(key) && !listed.has(key));
}

function rowsOf<T>(rows: readonly T[] | AppError): readonly T[] {
  return rows instanceof AppError ? [] : rows;
}

function leftOut(what: string): AppError {
  return new AppError('incomplete', `the list of virtual machines leaves out ${what}, of which others tell`, {
    hint: 'Run it again: what was made or moved a moment ago may be told late',
  });
}
