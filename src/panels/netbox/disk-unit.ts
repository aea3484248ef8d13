import * as z from 'zod';
import type { RestWire } from '../../net/rest-wire.ts';
import { AppError, type ErrorCode } from '../../types/errors.ts';

const status = z.object({ 'netbox-version': z.string() });
/** Answers that say nothing of the machines, which can be read all the same. */
const NOT_TOLD: ReadonlySet<ErrorCode> = new Set(['forbidden', 'no-endpoint']);

/** Turns the disk of a machine into GB. */
export type ToGb = (disk: number) => number;

/** MB since NetBox 4.1, GB before; null: the release is not told. https://netboxlabs.com/docs/netbox/release-notes/version-4.1/ */
export function diskUnitOf(version: string): ToGb | null {
  const [, major, minor] = /^v?(\d{1,4})\.(\d{1,4})/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return null;
  const isInMb = Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 1);
  return isInMb ? mbToGb : (disk) => disk;
}

/** NetBox itself counts 1,000 MB as a GB, and multiplied by that what was stored before 4.1; others write MB as platforms count them. */
function mbToGb(disk: number): number {
  return disk % 1000 === 0 ? disk / 1000 : disk / 1024;
}

/** `path`: `/api/status/`. Throws AppError where nothing else of NetBox could be read either. */
export async function readDiskUnit(wire: RestWire, path: string, signal: AbortSignal): Promise<ToGb | null> {
  try {
    const parsed = status.safeParse(await wire.read(path, { signal }));
    return parsed.success ? diskUnitOf(parsed.data['netbox-version']) : null;
  } catch (error) {
    if (error instanceof AppError && NOT_TOLD.has(error.code)) return null;
    throw error;
  }
}
