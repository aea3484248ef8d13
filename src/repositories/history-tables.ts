import type { UpsertSpec } from './dialect.ts';

export const REVISIONS = {
  table: 'revisions',
  columns: {
    rev: 'int',
    kind: 'text',
    providerId: 'text',
    runId: 'text',
    at: 'datetime',
    previousHash: 'text',
    changesDigest: 'text',
    hash: 'text',
    detail: 'json',
  },
  key: ['rev'],
} as const satisfies UpsertSpec;

export const CHANGES = {
  table: 'changes',
  columns: {
    rev: 'int',
    seq: 'int',
    resourceType: 'text',
    resourceId: 'text',
    kind: 'text',
    event: 'text',
    patch: 'json',
    actor: 'text',
    token: 'text',
    source: 'text',
    via: 'text',
    ref: 'text',
    confidence: 'text',
    effectiveAt: 'datetime',
    notBefore: 'datetime',
  },
  key: ['rev', 'seq'],
} as const satisfies UpsertSpec;

export const STATE_SNAPSHOTS = {
  table: 'state_snapshots',
  columns: { resourceId: 'text', rev: 'int', resourceType: 'text', reason: 'text', document: 'json' },
  key: ['resourceId', 'rev'],
} as const satisfies UpsertSpec;
