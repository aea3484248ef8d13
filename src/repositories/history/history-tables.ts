import type { UpsertSpec } from '../db/dialect.ts';

export const TEXTS = {
  table: 'texts',
  columns: { id: 'int', text: 'text' },
  key: ['id'],
} as const satisfies UpsertSpec;

export const REVISIONS = {
  table: 'revisions',
  columns: {
    rev: 'int',
    format: 'int',
    kind: 'text',
    providerId: 'text',
    runId: 'text',
    at: 'bigint',
    previousHash: 'text',
    changesDigest: 'text',
    hash: 'text',
    detail: 'json',
  },
  key: ['rev'],
  ignoreExisting: true,
} as const satisfies UpsertSpec;

export const CHANGES = {
  table: 'changes',
  columns: {
    id: 'bigint',
    resource: 'int',
    label: 'int',
    refId: 'int',
    effectiveMs: 'bigint',
    notBeforeMs: 'bigint',
    ref: 'text',
    patch: 'text',
  },
  key: ['id'],
} as const satisfies UpsertSpec;

export const EXPLANATIONS = {
  table: 'explanations',
  columns: { id: 'bigint', change: 'bigint', label: 'int', refId: 'int', ref: 'text', effectiveMs: 'bigint' },
  key: ['id'],
} as const satisfies UpsertSpec;

export const STATE_SNAPSHOTS = {
  table: 'state_snapshots',
  columns: { resource: 'int', rev: 'int', resourceType: 'text', reason: 'text', document: 'json' },
  key: ['resource', 'rev'],
} as const satisfies UpsertSpec;
