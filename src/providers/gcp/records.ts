import type { AuditRecord, AuditVerb } from '../../types/audit-record.ts';
import type { MaskKey } from '../../types/inventory-key.ts';
import { type RecordWindow, readNewRecords } from '../events/record-window.ts';
import type { LogEntry } from './answers.ts';
import { tagsOf } from './guest-observation.ts';
import type { Project } from './project.ts';

interface Meaning {
  verb: AuditVerb;
  sets?: Readonly<Record<string, string>>;
  touches?: readonly string[];
}

/** By the last word of the method: `v1.compute.instances.stop`, `beta.compute.instances.stop`. Of what is not here nothing is said. */
const METHODS: Readonly<Record<string, Meaning>> = {
  insert: { verb: 'create' },
  bulkInsert: { verb: 'create' },
  delete: { verb: 'destroy' },
  start: { verb: 'start', sets: { status: 'running' } },
  startWithEncryptionKey: { verb: 'start', sets: { status: 'running' } },
  resume: { verb: 'start', sets: { status: 'running' } },
  stop: { verb: 'stop', sets: { status: 'stopped' } },
  suspend: { verb: 'suspend', sets: { status: 'suspended' } },
  reset: { verb: 'reset', touches: [] },
  setMachineType: { verb: 'configure', touches: ['machineType', 'cores', 'memory'] },
  setLabels: { verb: 'configure', touches: ['tags'] },
  setTags: { verb: 'configure', touches: ['networkTags'] },
  setName: { verb: 'rename', touches: ['name'] },
  setDeletionProtection: { verb: 'configure', touches: ['protected'] },
  setScheduling: { verb: 'configure', touches: ['provisioning'] },
  setServiceAccount: { verb: 'configure', touches: ['serviceAccount'] },
  attachDisk: { verb: 'configure', touches: ['disk'] },
  detachDisk: { verb: 'configure', touches: ['disk'] },
  addAccessConfig: { verb: 'configure', touches: ['guest.addresses'] },
  deleteAccessConfig: { verb: 'configure', touches: ['guest.addresses'] },
  updateAccessConfig: { verb: 'configure', touches: ['guest.addresses'] },
  updateNetworkInterface: { verb: 'configure', touches: ['nic', 'guest.addresses'] },
  update: { verb: 'configure' },
};

/** An entry may be this late. */
const LATE_MS = 15 * 60_000;

export interface RecordQuery extends Omit<RecordWindow, 'lateMs'> {
  signal: AbortSignal | undefined;
  /** For labels that hold secrets. */
  maskKey: MaskKey | null;
}

/** The actions on instances of all projects since the newest one that is stored, without those that are. */
export function readRecords(
  projects: readonly Project[],
  { signal, maskKey, ...window }: RecordQuery,
): ReturnType<typeof readNewRecords> {
  return readNewRecords({ ...window, lateMs: LATE_MS }, async (since) => {
    const entries = await Promise.all(projects.map((project) => project.entries(since, signal)));
    return toRecords(entries.flat(), maskKey);
  });
}

/** What entries say; a call that takes a while has one of its begin, and one of its end, which says whether it failed. */
export function toRecords(entries: readonly LogEntry[], maskKey: MaskKey | null): AuditRecord[] {
  const failed = new Set(
    entries.flatMap(({ operation, protoPayload: { status } }) => (operation?.last && status?.code ? operation.id : [])),
  );
  return entries.flatMap((entry) => {
    const record = toRecord(entry, maskKey);
    if (record === null) return [];
    return failed.has(entry.operation?.id ?? '') ? { ...record, outcome: 'failed' as const } : record;
  });
}

/** null for an entry that is no action, or that only says how one ended. */
function toRecord(entry: LogEntry, maskKey: MaskKey | null): AuditRecord | null {
  const { insertId, timestamp, resource, operation, protoPayload } = entry;
  const { methodName, resourceName, authenticationInfo, status, request } = protoPayload;
  const method = methodName.slice(methodName.lastIndexOf('.') + 1);
  const meaning = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  const isEnd = operation?.last === true && operation.first !== true;
  const target = resource.labels.instance_id ?? null;
  if (meaning === undefined || isEnd || target === null) return null;
  const at = new Date(timestamp);
  const { verb, touches } = meaning;
  const sets = meaning.sets ?? setsOf(method, request, maskKey);
  return {
    source: 'event',
    ref: `event/${timestamp}/${insertId}`.slice(0, 250),
    verb,
    native: methodName.slice(0, 250),
    target,
    targetName: resourceName?.slice(resourceName.lastIndexOf('/') + 1) ?? null,
    place: resource.labels.zone ?? null,
    actor: authenticationInfo?.principalEmail ?? null,
    credential: null,
    at,
    endedAt: at,
    outcome: status?.code ? 'failed' : 'ok',
    text: null,
    pid: null,
    ...(sets !== undefined && { sets }),
    ...(touches !== undefined && { touches }),
  };
}

/** The values that a request gave. */
function setsOf(
  method: string,
  request: LogEntry['protoPayload']['request'],
  maskKey: MaskKey | null,
): AuditRecord['sets'] {
  if (method === 'setMachineType' && request?.machineType) return { machineType: request.machineType };
  if (method === 'setLabels' && request?.labels !== undefined) return { tags: tagsOf(request.labels, maskKey) };
  return undefined;
}
