import type { AuditRecord } from '../../../types/audit-record.ts';
import { AppError } from '../../../types/errors.ts';
import type { MaskKey } from '../../../types/inventory-key.ts';
import type { ScopeReport } from '../../../types/observation.ts';
import type { KnownRecords } from '../../provider.ts';
import { attempt, completeScope, failedScope } from '../../scope-reports.ts';
import { type EventReading, readEvents } from '../soap/read-events.ts';
import type { VsphereClient } from '../soap/vsphere-client.ts';
import { EVENT_TYPES } from './event-verbs.ts';
import { toRecord } from './to-record.ts';

export interface RecordsRead {
  records: readonly AuditRecord[];
  scope: ScopeReport;
}

export interface RecordQuery {
  knownRecords: (() => Promise<KnownRecords>) | undefined;
  maskKey: MaskKey | null;
  clock: () => Date;
  signal: AbortSignal | undefined;
}

const FIRST_READ_MS = 86_400_000;
/** Hosts hand their events to vCenter with some delay, so an older one may come after a newer one. */
const OVERLAP_MS = 300_000;
const NOTHING_KNOWN: KnownRecords = { refs: new Set(), newestAt: null, lastCompleteAt: null };
/** What is read where the whole time since has more events than can be read. */
const SHORT_READ_MS = 3_600_000;

/** The actions on VMs since the newest one that is stored, without those that are; the first run reads those of the last day. */
export async function readRecords(client: VsphereClient, query: RecordQuery): Promise<RecordsRead> {
  const { knownRecords, clock, maskKey, signal } = query;
  const known = (await knownRecords?.()) ?? NOTHING_KNOWN;
  const skewMs = client.clockSkewMs() ?? 0;
  const serverNow = clock().getTime() + skewMs;
  const since = new Date(readSoFar(known, { serverNow, skewMs }) - OVERLAP_MS);
  const product = await attempt(client.content(signal).then(({ about }) => about.product));
  if (product instanceof AppError) return { records: [], scope: failedScope('events', product) };
  const { reading, lost } = await readSince(client, { since, serverNow, signal });
  if (reading instanceof AppError) return { records: [], scope: failedScope('events', reading) };
  const records = reading.events
    .flatMap((event) => toRecord(event, { product, maskKey }) ?? [])
    .filter(({ ref }) => !known.refs.has(ref));
  return { records, scope: lost ?? eventsScope(records.length, reading) };
}

/**
 * By the server's clock. A record of a time that is still to come was made while that clock was ahead: what happened since may be older.
 */
export function readSoFar(
  { newestAt, lastCompleteAt }: KnownRecords,
  { serverNow, skewMs }: { serverNow: number; skewMs: number },
): number {
  if (newestAt !== null && newestAt.getTime() <= serverNow) return newestAt.getTime();
  return lastCompleteAt === null ? serverNow - FIRST_READ_MS : lastCompleteAt.getTime() + skewMs;
}

async function readSince(
  client: VsphereClient,
  { since, serverNow, signal }: { since: Date; serverNow: number; signal: AbortSignal | undefined },
): Promise<{ reading: EventReading | AppError; lost: ScopeReport | null }> {
  const reading = await attempt(readEvents(client, { since, types: EVENT_TYPES, signal }));
  const isShorter = serverNow - since.getTime() > SHORT_READ_MS;
  if (!(reading instanceof AppError) || reading.code !== 'limit' || !isShorter) return { reading, lost: null };
  const recent = new Date(serverNow - SHORT_READ_MS);
  const again = await attempt(readEvents(client, { since: recent, types: EVENT_TYPES, signal }));
  const message = `${reading.message}: only those of the last hour were read`;
  return { reading: again, lost: { scope: 'events', coverage: 'error', count: 0, message } };
}

function eventsScope(count: number, { unreadable }: EventReading): ScopeReport {
  if (unreadable === 0) return completeScope('events', count);
  return {
    scope: 'events',
    coverage: 'error',
    count,
    message: `${unreadable} ${unreadable === 1 ? 'event' : 'events'} could not be read`,
  };
}
