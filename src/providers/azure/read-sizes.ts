import { AppError } from '../../types/errors.ts';
import { attempt } from '../scope-reports.ts';
import type { MachineSize } from './answers.ts';
import type { ArmClient } from './arm-client.ts';
import { placeOf, type SubscriptionRead } from './read-subscription.ts';

export interface Sizes {
  /** By the location and the name of the size in lower case; a location whose sizes could not be read is left out. */
  byPlace: ReadonlyMap<string, ReadonlyMap<string, MachineSize>>;
  failure: AppError | null;
}

/** Once for each location with machines, whatever subscription they are in: a size is the same in all of them. */
export async function readSizes(
  client: ArmClient,
  reads: readonly SubscriptionRead[],
  signal: AbortSignal | undefined,
): Promise<Sizes> {
  const askedAt = new Map<string, string>();
  for (const { name, machines } of reads) {
    for (const { row } of machines) if (!askedAt.has(placeOf(row))) askedAt.set(placeOf(row), name);
  }
  const read = await Promise.all(
    [...askedAt].map(async ([place, name]) => [place, await attempt(client.sizes(name, place, signal))] as const),
  );
  const byPlace = read.flatMap(([place, rows]) =>
    rows instanceof AppError ? [] : [[place, new Map(rows.map((row) => [row.name.toLowerCase(), row]))] as const],
  );
  const failure = read.map(([, rows]) => rows).find((rows) => rows instanceof AppError) ?? null;
  return { byPlace: new Map(byPlace), failure };
}
