import { z } from 'zod';
import type { Document, Patch, PatchEntry, Value } from '../types/document.ts';
import { AppError } from '../types/errors.ts';
import { SECTIONS } from '../types/section.ts';

const IDENTITY = z.object({
  uuid: z.string().exactOptional(),
  ctime: z.number().exactOptional(),
  vmgenid: z.string().exactOptional(),
  macs: z.array(z.string()).exactOptional(),
  rootfs: z.string().exactOptional(),
  hostname: z.string().exactOptional(),
});

/** The JSON columns of a provider. */
export const PROVIDER = z.object({
  type: z.literal('proxmox'),
  endpoints: z.array(z.string()),
  tls: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('system') }),
    z.object({ mode: z.literal('ca'), caFile: z.string() }),
    z.object({ mode: z.literal('cluster-ca'), pem: z.string() }),
    z.object({
      mode: z.literal('fingerprint'),
      sha256: z.string(),
      pins: z.record(z.string(), z.string()).exactOptional(),
    }),
    z.object({ mode: z.literal('insecure') }),
  ]),
  credential: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('token'), tokenId: z.string(), secretRef: z.string() }),
    z.object({
      kind: z.literal('password'),
      user: z.string(),
      passwordRef: z.string(),
      totpRef: z.string().exactOptional(),
    }),
  ]),
  identity: z
    .object({
      clusterName: z.string().nullable(),
      nodeNames: z.array(z.string()),
      rootCa: z.string().nullable().default(null),
      certificates: z.array(z.string()).default([]),
    })
    .nullable(),
  incompleteSince: z.record(z.string(), z.string()),
});

export const GUEST = z.object({
  kind: z.enum(['qemu', 'lxc']),
  status: z.enum(['running', 'stopped', 'suspended', 'unknown']),
  identity: IDENTITY,
});

/** What only the next run needs to know of a guest. */
export const KNOWN_GUEST = z.object({ readSections: z.array(z.enum(SECTIONS)), changesSince: z.number() });

export const NODE = z.object({ status: z.enum(['online', 'offline', 'unknown']) });
export const PRESENCE = z.enum(['present', 'gone', 'unobservable']);
export const TEXTS = z.array(z.string());
export const TASK_STATE = z.enum(['running', 'ok', 'warning', 'failed', 'unknown']);

export const REVISION_KIND = z.enum(['sync', 'prune']);

/** The enumerations of a change. */
export const CHANGE = z.object({
  resourceType: z.enum(['guest', 'node', 'storage']),
  kind: z.enum(['created', 'changed', 'removed']),
  event: z.enum(['cloned', 'restored', 'rolled-back', 'migrated', 'replaced', 'moved-cluster', 'observed']).nullable(),
  source: z.enum(['task', 'log', 'ha', 'job', 'none']),
  confidence: z.enum(['exact', 'likely', 'none']),
});

/**
 * What a prune revision says that it dropped. `base`: digest of the snapshots that replay starts from since then;
 * `thinned`: digest of what is left of all thinned changes.
 */
export const PRUNE_DETAIL = z.object({
  before: z.string(),
  upToRev: z.number(),
  changes: z.number(),
  snapshots: z.number(),
  base: z.string(),
  thinned: z.string(),
});

/** Reads a stored value. `what` names the row in the error. */
export function decode<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw damaged(what, z.prettifyError(result.error).split('\n')[0] ?? '');
}

/** By hand and not by zod: a list of 10,000 guests has 300,000 fields. */
function isDocument(value: unknown): value is Document {
  return isRecord(value) && Object.values(value).every(isValue);
}

function isPatch(value: unknown): value is Patch {
  return Array.isArray(value) && value.every(isPatchEntry);
}

export function decodeDocument(value: unknown, what: string): Document {
  if (isDocument(value)) return value;
  throw damaged(what, 'its document is not one');
}

export function decodePatch(value: unknown, what: string): Patch {
  if (isPatch(value)) return value;
  throw damaged(what, 'its patch is not one');
}

/** SQLite keeps dates as text, and what is none arrives as an invalid date. */
export function checkTimes(times: readonly (Date | null)[], what: string): void {
  if (times.some((time) => time !== null && Number.isNaN(time.getTime()))) throw damaged(what, 'its time is none');
}

function isPatchEntry(value: unknown): value is PatchEntry {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [path, before, after]: readonly unknown[] = value;
  return typeof path === 'string' && (before === null || isValue(before)) && (after === null || isValue(after));
}

function isValue(value: unknown): value is Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(what: string, why: string): AppError {
  return new AppError('database', `The database holds a damaged row, ${what}: ${why}`, {
    hint: 'Run `rollcall verify` to see what was changed, and restore a backup.',
  });
}
