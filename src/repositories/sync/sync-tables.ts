import type { UpsertSpec } from '../db/dialect.ts';

export const RUNS = {
  table: 'sync_runs',
  columns: {
    id: 'text',
    providerId: 'text',
    trigger: 'text',
    requested: 'json',
    startedAt: 'datetime',
    finishedAt: 'datetime',
    outcome: 'text',
    scopes: 'json',
    counts: 'json',
    warnings: 'json',
    error: 'json',
    rev: 'int',
  },
  key: ['id'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

const RESOURCE = {
  presence: 'text',
  presenceReason: 'text',
  unobservableSince: 'datetime',
  firstSeenAt: 'datetime',
  lastSeenAt: 'datetime',
  goneAt: 'datetime',
} as const;

export const GUESTS = {
  table: 'guests',
  columns: {
    id: 'text',
    providerId: 'text',
    kind: 'text',
    nativeId: 'text',
    vmid: 'int',
    node: 'text',
    name: 'text',
    status: 'text',
    isTemplate: 'bool',
    tags: 'json',
    pool: 'text',
    lock: 'text',
    cpus: 'float',
    memoryBytes: 'bigint',
    diskBytes: 'bigint',
    bootDiskBytes: 'bigint',
    osType: 'text',
    document: 'json',
    identity: 'json',
    readSections: 'json',
    changesSince: 'int',
    uuid: 'text',
    ...RESOURCE,
    previousId: 'text',
    seq: 'int',
  },
  key: ['id'],
  // Later plans do not contain the origin of an incarnation, which is known only at its creation.
  insertOnly: ['providerId', 'kind', 'nativeId', 'vmid', 'firstSeenAt', 'previousId'],
} as const satisfies UpsertSpec;

export const NODES = {
  table: 'nodes',
  columns: {
    id: 'text',
    providerId: 'text',
    name: 'text',
    status: 'text',
    version: 'text',
    cpus: 'int',
    memoryBytes: 'bigint',
    document: 'json',
    ...RESOURCE,
    seq: 'int',
  },
  key: ['id'],
  insertOnly: ['providerId', 'firstSeenAt'],
} as const satisfies UpsertSpec;

export const STORAGES = {
  table: 'storages',
  columns: {
    id: 'text',
    providerId: 'text',
    name: 'text',
    type: 'text',
    content: 'json',
    isShared: 'bool',
    document: 'json',
    ...RESOURCE,
    seq: 'int',
  },
  key: ['id'],
  insertOnly: ['providerId', 'firstSeenAt'],
} as const satisfies UpsertSpec;

export const GUEST_TELEMETRY = {
  table: 'guest_telemetry',
  columns: {
    guestId: 'text',
    cpu: 'float',
    memoryUsedBytes: 'bigint',
    diskUsedBytes: 'bigint',
    uptimeSeconds: 'bigint',
    netInBytes: 'bigint',
    netOutBytes: 'bigint',
    lastReportAt: 'datetime',
  },
  key: ['guestId'],
} as const satisfies UpsertSpec;

/** For updates only: the node's row holds the figures. */
export const NODE_TELEMETRY = {
  table: 'nodes',
  columns: {
    id: 'text',
    cpu: 'float',
    memoryUsedBytes: 'bigint',
    diskBytes: 'bigint',
    diskUsedBytes: 'bigint',
    uptimeSeconds: 'bigint',
  },
  key: ['id'],
} as const satisfies UpsertSpec;

export const STORAGE_ON_NODES = {
  table: 'storage_on_nodes',
  columns: { storageId: 'text', node: 'text', status: 'text', totalBytes: 'bigint', usedBytes: 'bigint' },
  key: ['storageId', 'node'],
} as const satisfies UpsertSpec;

/** `until` is written when a guest is seen again or is gone. */
export const UNOBSERVABLE_SPANS = {
  table: 'unobservable_spans',
  columns: { guestId: 'text', since: 'datetime', reason: 'text' },
  key: ['guestId', 'since'],
} as const satisfies UpsertSpec;

export const HELD_REMOVALS = {
  table: 'held_removals',
  columns: { guestId: 'text', providerId: 'text', firstHeldAt: 'datetime', runs: 'int', reason: 'text' },
  key: ['guestId'],
} as const satisfies UpsertSpec;

export const AUDIT_RECORDS = {
  table: 'audit_records',
  columns: {
    providerId: 'text',
    source: 'text',
    ref: 'text',
    at: 'datetime',
    verb: 'text',
    native: 'text',
    target: 'text',
    targetName: 'text',
    place: 'text',
    actor: 'text',
    credential: 'text',
    endedAt: 'datetime',
    outcome: 'text',
    text: 'text',
    pid: 'int',
    sets: 'json',
    touches: 'json',
  },
  key: ['providerId', 'source', 'ref', 'at'],
  finalOnce: 'endedAt',
} as const satisfies UpsertSpec;
