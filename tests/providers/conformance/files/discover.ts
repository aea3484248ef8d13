import type { DiscoverOptions } from '../../../../src/providers/provider.ts';
import type { AuditRecord } from '../../../../src/types/audit-record.ts';
import { AppError } from '../../../../src/types/errors.ts';
import type {
  ClusterIdentity,
  GuestObservation,
  NodeObservation,
  Observation,
  ScopeReport,
} from '../../../../src/types/observation.ts';
import type { Section } from '../../../../src/types/section.ts';
import type { Folder, FolderGuest, FolderIndex, FolderRecord } from './folder.ts';

/** The sections that a file tells whole. */
const COMPLETE: ReadonlySet<Section> = new Set(['placement', 'power', 'config']);

/** Reads one folder. A scope that fails is reported; only a folder without an index ends the run. */
export async function discover(folder: Folder, clock: () => Date, options: DiscoverOptions): Promise<Observation> {
  const startedAt = clock();
  const index = await folder.index();
  const guests = await readGuests(folder, index);
  const observedAt = clock();
  // Last, so that they can explain everything that was read before.
  const records = await readRecords(folder, (await options.knownRecords?.())?.refs ?? new Set());
  return {
    startedAt,
    observedAt,
    clockSkewMs: 0,
    requested: options.scopes,
    identity: toIdentity(index),
    version: null,
    quorate: null,
    permissions: null,
    scopes: [{ scope: 'nodes', coverage: 'complete', count: index.hosts.length }, guests.scope, records.scope],
    nodes: index.hosts.map(toNode),
    guests: guests.rows,
    storages: [],
    records: records.rows,
    warnings: [],
  };
}

export function toIdentity({ system, hosts }: FolderIndex): ClusterIdentity {
  return { clusterName: null, nodeNames: hosts.toSorted(), rootCa: null, certificates: [], systemId: system };
}

async function readGuests(
  folder: Folder,
  { ids }: FolderIndex,
): Promise<{ rows: GuestObservation[]; scope: ScopeReport }> {
  const rows: GuestObservation[] = [];
  try {
    for (const id of new Set(ids)) rows.push(toGuest(id, await folder.guest(id)));
    return { rows, scope: { scope: 'guests', coverage: 'complete', count: rows.length } };
  } catch (error) {
    return { rows, scope: failed('guests', error) };
  }
}

function toGuest(id: string, { uuid, name, status, host, memoryMiB }: FolderGuest): GuestObservation {
  return {
    kind: 'vm',
    nativeId: id,
    vmid: null,
    node: host,
    document: { node: host, name, status, memory: memoryMiB },
    complete: COMPLETE,
    identity: { uuid, handle: uuid },
    lock: null,
    cpus: null,
    memoryBytes: memoryMiB * 2 ** 20,
    diskBytes: null,
    bootDiskBytes: null,
    telemetry: null,
    unobservable: null,
    powerSource: 'live',
  };
}

function toNode(name: string): NodeObservation {
  const document = { status: 'online' };
  return { name, status: 'online', document, isComplete: true, telemetry: null, unobservable: null };
}

async function readRecords(
  folder: Folder,
  known: ReadonlySet<string>,
): Promise<{ rows: AuditRecord[]; scope: ScopeReport }> {
  try {
    const rows = (await folder.records()).map(toRecord).filter(({ ref }) => !known.has(ref));
    return { rows, scope: { scope: 'events', coverage: 'complete', count: rows.length } };
  } catch (error) {
    return { rows: [], scope: failed('events', error) };
  }
}

function toRecord({ number, at, actor, verb, uuid, sets }: FolderRecord): AuditRecord {
  return {
    source: 'event',
    ref: `record/${String(number).padStart(10, '0')}`,
    verb,
    native: verb,
    target: uuid,
    targetName: null,
    place: null,
    actor,
    credential: null,
    at: new Date(at),
    endedAt: new Date(at),
    outcome: 'ok',
    text: null,
    pid: null,
    sets,
  };
}

function failed(scope: string, error: unknown): ScopeReport {
  if (!(error instanceof AppError)) throw error;
  return { scope, coverage: 'error', count: 0, message: error.message };
}
