import * as z from 'zod';
import { CHANNELS } from '../types/principal.ts';
import { time } from './common.ts';

const presence = z.enum(['present', 'unobservable']);
const guestKind = z.enum(['qemu', 'lxc', 'vm']);

/** What every resource says of its presence. */
const sighting = {
  presence,
  /** Why it cannot be observed. */
  reason: z.string().optional(),
  unobservableSince: time.optional(),
  firstSeenAt: time,
  /** Absent while it is present: the time of its provider's last complete listing. */
  lastSeenAt: time.optional(),
};

/** A guest as the feed tells of it. Fields without a value are absent. */
export const host = z
  .object({
    id: z.string(),
    providerId: z.string(),
    kind: guestKind,
    /** Numbers where the platform has them. */
    vmid: z.int().optional(),
    nativeId: z.string(),
    name: z.string().optional(),
    node: z.string(),
    status: z.enum(['running', 'stopped', 'suspended', 'unknown']),
    isTemplate: z.literal(true).optional(),
    tags: z.array(z.string()),
    pool: z.string().optional(),
    lock: z.string().optional(),
    cpus: z.number().optional(),
    memoryBytes: z.number().optional(),
    diskBytes: z.number().optional(),
    osType: z.string().optional(),
    /** What the system inside called itself. */
    os: z.string().optional(),
    addresses: z.array(z.string()),
    lastBackupAt: time.optional(),
    /** The name of the entry by which people connect to it. */
    importedAs: z.string().optional(),
    ...sighting,
  })
  .meta({ id: 'Host' });
export type Host = z.infer<typeof host>;

export const node = z
  .object({
    id: z.string(),
    providerId: z.string(),
    name: z.string(),
    status: z.string(),
    version: z.string().optional(),
    cpus: z.int().optional(),
    memoryBytes: z.number().optional(),
    ...sighting,
  })
  .meta({ id: 'Node' });
export type Node = z.infer<typeof node>;

export const storage = z
  .object({
    id: z.string(),
    providerId: z.string(),
    name: z.string(),
    type: z.string().optional(),
    content: z.array(z.string()),
    isShared: z.boolean(),
    ...sighting,
  })
  .meta({ id: 'Storage' });
export type Storage = z.infer<typeof storage>;

export const run = z
  .object({
    id: z.string(),
    trigger: z.string(),
    outcome: z.enum(['complete', 'partial', 'guarded', 'failed']),
    startedAt: time,
    finishedAt: time,
    /** The revision that it made; null when nothing changed. */
    rev: z.int().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    warnings: z.int(),
  })
  .meta({ id: 'Run' });
export type Run = z.infer<typeof run>;

export const provider = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    isEnabled: z.boolean(),
    /** Of its last run, unless it is disabled, paused, or was never read. */
    status: z.enum(['never', 'complete', 'partial', 'guarded', 'failed', 'paused', 'disabled']),
    clusterName: z.string().nullable(),
    schedule: z.object({
      autoDiscover: z.boolean(),
      discoverInterval: z.int().nullable(),
      discoverCron: z.string().nullable(),
    }),
    lastRun: run.nullable(),
    lastCompleteAt: time.nullable(),
    /** Why it is not tried by itself. */
    pauseReason: z.string().nullable(),
    counts: z.object({ present: z.int(), unobservable: z.int() }),
    /** Guests that could not be observed, by reason. */
    unobservable: z.array(z.object({ reason: z.string(), count: z.int(), since: time.nullable() })),
    /** Scopes that the last runs could not read completely. */
    incomplete: z.array(z.object({ scope: z.string(), since: time, message: z.string().nullable() })),
    /** Removals that are held back until they are confirmed. */
    held: z.array(
      z.object({
        hostId: z.string(),
        name: z.string().nullable(),
        vmid: z.int().nullable(),
        reason: z.string(),
        firstHeldAt: time,
        runs: z.int(),
      }),
    ),
    unavailableStorages: z.array(z.object({ name: z.string(), nodes: z.array(z.string()) })),
  })
  .meta({ id: 'Provider' });
export type Provider = z.infer<typeof provider>;

export const operation = z
  .object({
    id: z.string(),
    kind: z.enum(['sync', 'test', 'trust']),
    providerId: z.string().nullable(),
    providerName: z.string().nullable(),
    parameters: z.record(z.string(), z.unknown()),
    state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
    requestedBy: z.string(),
    requestedVia: z.enum(CHANNELS),
    requestedAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    progress: z.object({ step: z.string(), done: z.number(), total: z.number().nullable() }).nullable(),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
    cancelledBy: z.string().nullable(),
    alsoAskedBy: z.array(z.string()),
  })
  .meta({ id: 'Operation' });
export type Operation = z.infer<typeof operation>;

/** With what it ended with: of a sync, what `discover-all -o json` prints. */
export const finishedOperation = operation.extend({ result: z.unknown() }).meta({ id: 'FinishedOperation' });
export type FinishedOperation = z.infer<typeof finishedOperation>;
