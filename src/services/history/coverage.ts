import type { AuditCoverage } from '../../types/history-query.ts';

const SINCE_FORMAT_2 = 'of what a revision of format 2 created or removed';
const REFERRED = 'of rows that a change of format 2 refers to';
const REFERRED_AND_ENDED = 'of rows that a change of format 2 refers to, once the task had ended';
const GONE = 'whether it is gone';
const REASON_OF_GONE = 'of what is gone, since format 2';

/** What `verify` compares with the chain: an edit of any of these, in any one row, is a problem. */
export const COVERED: AuditCoverage['covered'] = {
  meta: ['id', 'epoch', 'rev', 'lastHash', 'lastAt'],
  nodes: ['id', 'providerId', 'status', 'version', 'cpus', 'memoryBytes', 'document'],
  guests: ['id', 'providerId', 'node', 'name', 'status', 'isTemplate', 'tags', 'pool', 'osType', 'document'],
  storages: ['id', 'providerId', 'type', 'content', 'isShared', 'document'],
  texts: ['id', 'text'],
  revisions: [
    ...['rev', 'format', 'kind', 'providerId', 'runId', 'at', 'previousHash', 'changesDigest', 'hash', 'detail'],
  ],
  changes: ['id', 'resource', 'label', 'refId', 'effectiveMs', 'notBeforeMs', 'ref', 'patch', 'digest'],
  state_snapshots: ['resource', 'rev', 'resourceType', 'reason', 'document'],
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
};

/** Everything else: whoever can write to the database can change it, and `verify` does not see it. */
export const NOT_COVERED: AuditCoverage['notCovered'] = {
  meta: ['keyId', 'maskKey'],
  providers: [
    ...['removedKey', 'removedAt', 'isEnabled'],
    ...['identity', 'permissions', 'incompleteSince', 'autoDiscover', 'discoverInterval', 'discoverCron', 'createdAt'],
    ...['lastRunAt', 'lastCompleteAt', 'leaseHolder', 'leaseSince', 'leaseUntil', 'leaseToken', 'watchHolder'],
    ...['watchSince', 'watchUntil', 'failures', 'retryAt', 'pausedAt', 'pauseReason'],
  ],
  endpoint_health: [
    ...['providerId', 'url', 'isConfigured', 'node', 'fingerprint', 'lastOkAt', 'lastFailedAt', 'failures', 'error'],
    'retryAt',
  ],
  sync_runs: [
    ...['id', 'providerId', 'trigger', 'requested', 'startedAt', 'finishedAt', 'outcome', 'scopes', 'counts'],
    ...['warnings', 'error', 'rev'],
  ],
  nodes: [
    ...['unobservableSince', 'lastSeenAt', 'cpu', 'memoryUsedBytes', 'diskBytes', 'diskUsedBytes', 'uptimeSeconds'],
  ],
  guests: [
    ...['lock', 'cpus', 'memoryBytes', 'diskBytes', 'identity', 'readSections', 'changesSince', 'uuid'],
    ...['unobservableSince', 'lastSeenAt'],
  ],
  guest_telemetry: [
    ...['guestId', 'cpu', 'memoryUsedBytes', 'diskUsedBytes', 'uptimeSeconds', 'netInBytes', 'netOutBytes'],
  ],
  unobservable_spans: ['guestId', 'since', 'until', 'reason'],
  held_removals: ['guestId', 'providerId', 'firstHeldAt', 'runs', 'reason'],
  storages: ['unobservableSince', 'lastSeenAt'],
  storage_on_nodes: ['storageId', 'node', 'status', 'totalBytes', 'usedBytes'],
};
