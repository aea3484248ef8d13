import type { AuditCoverage } from '../../types/history-query.ts';

const SINCE_FORMAT_2 = 'of what a revision of format 2 created or removed';
const REFERRED = 'of records that a change of format 2 refers to; of a task once it had ended';
const OF_EVENTS = 'of events that a change of format 2 refers to';
const OF_LINES = 'of lines of logs that a change of format 2 refers to';
const OF_TASKS = 'of tasks that a change of format 2 refers to, once they had ended';
const OF_TASKS_AND_LINES = 'of tasks that had ended and lines of logs, if a change of format 2 refers to them';
const OF_TASKS_AND_EVENTS = 'of tasks that had ended and events, if a change of format 2 refers to them';
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
  explanations: words('id change label refId ref effectiveMs'),
  state_snapshots: words('resource rev resourceType reason document'),
  servers: words('id guestId accountKey name providerId nativeId package cpus memoryBytes diskBytes rev seq at'),
  transactions: words(`id serverId guestId kind fromHour toHour rate amount currency priceVersion proposalId by reason
    rev seq at`),
};

const OF_ACTIONS = 'of actions that have ended';

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
    allow: RECORDED,
    actionCredential: RECORDED,
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
  operations: each(
    `id kind providerId providerName parameters state openKey runningKey requestedBy requestedVia requestedAt startedAt finishedAt
    holder holderUntil progress result error cancelledBy cancelledAt alsoAskedBy rev`,
    OF_ACTIONS,
  ),
  operation_steps: each(
    `operationId seq providerId providerName guestId kind vmid name node lockKey state plan seal calls message startedAt
    finishedAt`,
    OF_ACTIONS,
  ),
  audit_records: {
    providerId: REFERRED,
    source: REFERRED,
    ref: REFERRED,
    at: REFERRED,
    verb: OF_EVENTS,
    native: REFERRED,
    target: OF_TASKS_AND_EVENTS,
    targetName: OF_EVENTS,
    place: REFERRED,
    actor: REFERRED,
    credential: REFERRED,
    endedAt: OF_TASKS,
    outcome: OF_TASKS_AND_EVENTS,
    text: OF_TASKS_AND_LINES,
    pid: OF_LINES,
    sets: OF_EVENTS,
    touches: OF_EVENTS,
  },
};

/** Everything else: whoever can write to the database can change it, and `verify` does not see it. */
export const NOT_COVERED: AuditCoverage['notCovered'] = {
  meta: words('keyId maskKey'),
  providers: words(`removedKey removedAt isEnabled identity
    permissions incompleteSince backupJobs backupJobsAt credentialName credentialEndsAt
    credentialReadAt autoDiscover discoverInterval discoverCron createdAt lastRunAt
    lastCompleteAt leaseHolder leaseSince leaseUntil leaseToken watchHolder watchSince watchUntil
    failures retryAt pausedAt pauseReason seq`),
  endpoint_health: words(
    'providerId url isConfigured node fingerprint certificateEndsAt lastOkAt lastFailedAt failures error retryAt',
  ),
  sync_runs: words('id providerId trigger requested startedAt finishedAt outcome scopes counts warnings error rev'),
  nodes: words('unobservableSince lastSeenAt cpu memoryUsedBytes diskBytes diskUsedBytes uptimeSeconds seq'),
  guests: words(
    'lock cpus memoryBytes diskBytes bootDiskBytes identity readSections changesSince uuid unobservableSince lastSeenAt seq',
  ),
  guest_telemetry: words('guestId cpu memoryUsedBytes diskUsedBytes uptimeSeconds netInBytes netOutBytes lastReportAt'),
  guest_facts: words('guestId askedAt addressesAt issue osAt osName osVersion'),
  guest_addresses: words('guestId interfaceName address since prefix mac until'),
  guest_backups: words('providerId ref nativeId kind at isOk bytes volume'),
  unobservable_spans: words('guestId since until reason'),
  held_removals: words('guestId providerId firstHeldAt runs reason'),
  import_marks: words('guestId connectionId name format target address login importedAt importedBy archivedAt'),
  storages: words('unobservableSince lastSeenAt seq'),
  storage_on_nodes: words('storageId node status totalBytes usedBytes'),
  notifiers: words(
    'id name settings seal createdAt pausedAt rev runsAt leaseHolder leaseSince leaseUntil failures retryAt error',
  ),
  notifier_messages: words(
    'notifierId id seq state title body createdAt notBefore attempts attemptedAt deliveredAt error',
  ),
  feed_head: words('id version'),
  feed_versions: words('version providerId seq at'),
  operations: words('version'),
  users:
    words(`id name displayName role scope accountKey passwordHash inviteHash inviteUntil issuer subject createdAt createdBy
    disabledAt lastLoginAt`),
  user_sessions: words('id userId createdAt lastUsedAt expiresAt address'),
  api_tokens: words('id userId name hash role scope createdAt createdBy expiresAt lastUsedAt revokedAt'),
  login_delays: words('key failures lastAt until'),
  action_records: words('id at actor via address action target detail outcome'),
  panels: words('id name type settings seal createdAt lastReadAt lastCompleteAt lastCount lastIssue'),
  panel_links: words('panelId recordId guestId by digest since linkedBy owner'),
  accounts: words('id name createdAt createdBy'),
  account_ids: words('system value accountId'),
  findings:
    words(`id kind key openKey severity panelName guestId recordId accountKey subject evidence firstSeenAt lastSeenAt
    closedAt closedWhy acceptedBy acceptedReason acceptedUntil assignedTo toldAt`),
  reconcile_runs: words('id accountKey panels startedAt finishedAt requestedBy outcome counts issues'),
  sealed_settings: words('name version document seal setAt setBy'),
  sightings: words('guestId state fromHour toHour cpus memoryBytes diskBytes'),
  billing_proposals:
    words(`id kind key openKey state accountKey panelName findingId guestId recordId subject detail rate
    amount currency priceVersion createdAt decidedAt decidedBy rev`),
};

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}

function each(text: string, part: string): Readonly<Record<string, string>> {
  return Object.fromEntries(words(text).map((column) => [column, part]));
}
