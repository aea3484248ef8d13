import type { AuditRecord } from '../../types/audit-record.ts';
import { AppError } from '../../types/errors.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import type { ScopeReport } from '../../types/observation.ts';
import { readNewRecords } from '../events/record-window.ts';
import type { KnownRecords } from '../provider.ts';
import { attempt, failedScope } from '../scope-reports.ts';
import type { InstanceType } from './answers.ts';
import type { AwsClient, Place } from './aws-client.ts';
import { toRecords } from './records.ts';

/** An event may be told so long after it happened. */
const LATE_MS = 15 * 60_000;

export interface RecordQuery {
  /** Those that have instances. */
  places: readonly Place[];
  types: ReadonlyMap<string, InstanceType>;
  maskKey: MaskKey | null;
  knownRecords: (() => Promise<KnownRecords>) | undefined;
  clock: () => Date;
  signal: AbortSignal | undefined;
}

/** The actions of CloudTrail since the last ones that were read. Of places that cannot be read there are none. */
export async function readRecords(
  client: AwsClient,
  { places, types, maskKey, knownRecords, clock, signal }: RecordQuery,
): Promise<{ records: readonly AuditRecord[]; scope: ScopeReport }> {
  const failures: AppError[] = [];
  const window = { clock, clockSkewMs: client.clockSkewMs(), lateMs: LATE_MS, knownRecords };
  const { records, scope } = await readNewRecords(window, async (since) => {
    const read = await Promise.all(
      places.map(async (place) => {
        const events = await attempt(client.events(place, since, signal));
        if (events instanceof AppError) failures.push(events);
        const rows = events instanceof AppError ? [] : events;
        return rows.flatMap((event) => toRecords(event, { ...place, types, maskKey }));
      }),
    );
    return read.flat();
  });
  const [failure] = failures;
  return { records, scope: failure === undefined ? scope : failedScope(scope.scope, failure, records.length) };
}
