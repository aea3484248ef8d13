import type { AuditCoverage } from '../../types/history-query.ts';

const SINCE_FORMAT_2 = 'of what a revision of format 2 created or removed';
const REFERRED = 'of rows that a change of format 2 refers to';
const REFERRED_AND_ENDED = 'of rows that a change of format 2 refers to, once the task had ended';
const GONE = 'whether it is gone';
const REASON_OF_GONE = 'of what is gone, since format 2';

/** What `verify` compares with the chain: an edit of any of these, in any one row, is a problem. */
export const COVERED: AuditCoverage['covered'] = {
  meta: words('id epoch rev lastHash lastAt'),
  nodes: words('id providerId status version cpus memoryBytes document'),
  guests: words('id providerId node name status isTemplate tags pool osType document'),
  storages: words('id providerId type content isShared document'),
  texts: words('id text'),
  revisions: words('rev format kind providerId runId at previousHash changesDigest hash detail'),
  changes: words('id resource label refId effectiveMs notBeforeMs ref patch digest'),
  state_snapshots: words('resource rev resourceType reason document'),
};

const RECORDED = 'of providers whose settings a revision recorded: all but those that only the environment describes';

/** Columns that are compared in some rows, or for some of what they say. */
export const PARTLY_COVERED: AuditCoverage['partlyCovered'] = {
  providers: {
    id: RECORDED,
    name: RECORDED,
    type: RECORDED,
    endpoints: RECORDED,
    tls: RECORDED,
    credential: RECORDED,
    settingsRev: RECORDED,
  },
  nodes: {
    name: SINCE_FORMAT_2,
    presence: GONE,
    presenceReason: REASON_OF_GONE,
    firstSeenAt: SINCE_FORMAT_2,
    goneAt: SINCE_FORMAT_2,
  },
  guests: {
    kind: SINCE_FORMAT_2,
    nativeId: SINCE_FORMAT_2,
    vmid: SINCE_FORMAT_2,
    presence: GONE,
    presenceReason: REASON_OF_GONE,
    firstSeenAt: SINCE_FORMAT_2,
    goneAt: SINCE_FORMAT_2,
    previousId: SINCE_FORMAT_2,
  },
  storages: {
    name: SINCE_FORMAT_2,
    presence: GONE,
    presenceReason: REASON_OF_GONE,
    firstSeenAt: SINCE_FORMAT_2,
    goneAt: SINCE_FORMAT_2,
  },
  tasks: {
    providerId: REFERRED,
    upid: REFERRED,
    node: REFERRED_AND_ENDED,
    type: REFERRED_AND_ENDED,
    targetId: REFERRED_AND_ENDED,
    vmid: REFERRED_AND_ENDED,
    user: REFERRED_AND_ENDED,
    token: REFERRED_AND_ENDED,
    startedAt: REFERRED_AND_ENDED,
    endedAt: REFERRED_AND_ENDED,
    state: REFERRED_AND_ENDED,
    exitStatus: REFERRED_AND_ENDED,
  },
  log_entries: {
    providerId: REFERRED,
    node: REFERRED,
    uid: REFERRED,
    at: REFERRED,
    user: REFERRED,
    token: REFERRED,
    tag: REFERRED,
    pid: REFERRED,
    message: REFERRED,
  },
  audit_records: {
    providerId: REFERRED,
    ref: REFERRED,
    verb: REFERRED,
    native: REFERRED,
    target: REFERRED,
    targetName: REFERRED,
    place: REFERRED,
    actor: REFERRED,
    credential: REFERRED,
    at: REFERRED,
    outcome: REFERRED,
    sets: REFERRED,
    touches: REFERRED,
  },
};

/** Everything else: whoever can write to the database can change it, and `verify` does not see it. */
export const NOT_COVERED: AuditCoverage['notCovered'] = {
  meta: words('keyId maskKey'),
  providers: words(`removedKey removedAt isEnabled identity
    permissions incompleteSince autoDiscover discoverInterval discoverCron createdAt lastRunAt
    lastCompleteAt leaseHolder leaseSince leaseUntil leaseToken watchHolder watchSince watchUntil
    failures retryAt pausedAt pauseReason`),
  endpoint_health: words('providerId url isConfigured node fingerprint lastOkAt lastFailedAt failures error retryAt'),
  sync_runs: words('id providerId trigger requested startedAt finishedAt outcome scopes counts warnings error rev'),
  nodes: words('unobservableSince lastSeenAt cpu memoryUsedBytes diskBytes diskUsedBytes uptimeSeconds'),
  guests: words(
    'lock cpus memoryBytes diskBytes bootDiskBytes identity readSections changesSince uuid unobservableSince lastSeenAt',
  ),
  guest_telemetry: words('guestId cpu memoryUsedBytes diskUsedBytes uptimeSeconds netInBytes netOutBytes'),
  unobservable_spans: words('guestId since until reason'),
  held_removals: words('guestId providerId firstHeldAt runs reason'),
  storages: words('unobservableSince lastSeenAt'),
  storage_on_nodes: words('storageId node status totalBytes usedBytes'),
};

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
