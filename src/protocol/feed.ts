import * as z from 'zod';
import { LIFECYCLE_URGENCIES } from '../types/lifecycle.ts';
import { time, version } from './common.ts';
import { host, node, operation, provider, storage } from './resources.ts';

/** Everything that a first load needs. Operations: those that wait or run. */
export const state = version
  .extend({
    at: time,
    providers: z.array(provider),
    nodes: z.array(node),
    storages: z.array(storage),
    operations: z.array(operation),
    hosts: z.array(host),
  })
  .meta({ id: 'State' });
export type State = z.infer<typeof state>;

const removed = z.object({ id: z.string() });

/** One step from one version to the next. A client that applies all of them in order has the state of the server. */
export const feedEvent = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('provider_added'), provider }),
    z.object({ type: z.literal('provider_updated'), provider }),
    /** Its status, or what could not be observed of it, is another one. */
    z.object({ type: z.literal('provider_status_changed'), provider }),
    /** With everything that belongs to it. */
    z.object({ type: z.literal('provider_removed'), ...removed.shape }),
    z.object({ type: z.literal('host_added'), host }),
    z.object({ type: z.literal('host_changed'), host }),
    /** It could not be observed: all but its presence is as it was last seen. */
    z.object({ type: z.literal('host_unobservable'), host }),
    /** It is gone, or no longer among those that this client sees. */
    z.object({ type: z.literal('host_removed'), ...removed.shape }),
    z.object({ type: z.literal('node_changed'), node }),
    z.object({ type: z.literal('node_removed'), ...removed.shape }),
    z.object({ type: z.literal('storage_changed'), storage }),
    z.object({ type: z.literal('storage_removed'), ...removed.shape }),
    /** One that has ended leaves the state. */
    z.object({ type: z.literal('operation_changed'), operation }),
  ])
  .meta({ id: 'FeedEvent' });
export type FeedEvent = z.infer<typeof feedEvent>;

/** The way from one version to another. It applies to a client that is at `from`, and to no other. */
export const increment = version
  .extend({ from: z.string(), at: time, events: z.array(feedEvent) })
  .meta({ id: 'Increment' });
export type Increment = z.infer<typeof increment>;

export const syncRequest = z
  .object({
    /** With `rev` the history's, as the client has it: of no effect, for most of what clients see changes neither. */
    epoch: z.string().optional(),
    rev: z.int().optional(),
    /** The version that the client has, with this filter. Without it nothing is known of what it saw, and it gets the state. */
    version: z.string().optional(),
    /** A selector: only these hosts. */
    filter: z.string().max(2000).optional(),
  })
  .meta({ id: 'SyncRequest', examples: [{ epoch: '9f2c01d4', rev: 412, version: '9f2c.1a4.m9x2k1' }] });
export type SyncRequest = z.infer<typeof syncRequest>;

export const syncAnswer = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('equal'), version }),
    z.object({ kind: z.literal('increment'), increment }),
    z.object({ kind: z.literal('state'), state }),
  ])
  .meta({ id: 'SyncAnswer' });
export type SyncAnswer = z.infer<typeof syncAnswer>;

export const versionAnswer = version
  .extend({
    providers: z.array(
      z.object({
        id: z.string(),
        lastRun: z.object({ id: z.string(), outcome: z.string(), finishedAt: time }).nullable(),
      }),
    ),
  })
  .meta({ id: 'VersionAnswer' });
export type VersionAnswer = z.infer<typeof versionAnswer>;

/** Figures of running guests, by id: CPU (0 to 1), memory used, seconds since the start; null: not told. They have no version. */
export const telemetry = z.record(
  z.string(),
  z.tuple([z.number().nullable(), z.number().nullable(), z.number().nullable()]),
);
export type Telemetry = z.infer<typeof telemetry>;

export const lifecycleWarning = z
  .object({
    id: z.string(),
    subject: z.object({
      kind: z.enum(['guest', 'node', 'provider']),
      id: z.string(),
      name: z.string().nullable(),
      /** As commands take it: `lab/100`. */
      ref: z.string(),
      provider: z.string(),
    }),
    what: z.string(),
    /** The same for every subject of one release. */
    release: z.string(),
    /** The day on which its support or validity ends. */
    ends: z.iso.date(),
    urgency: z.enum(LIFECYCLE_URGENCIES),
    moveTo: z.string(),
    note: z.string().nullable(),
    source: z.string(),
    /** Who says which release it is: node, agent, certificate, config, image. */
    basis: z.string(),
  })
  .meta({ id: 'LifecycleWarning' });
export type LifecycleWarning = z.infer<typeof lifecycleWarning>;

const runNews = { providerId: z.string(), at: time };

/** What the server sends over the WebSocket. */
export const serverMessage = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('full_sync'), state }),
    z.object({ type: z.literal('incremental_update'), increment }),
    /** Somebody syncs it: by `serve`, or by any other process. */
    z.object({ type: z.literal('run_started'), ...runNews, holder: z.string() }),
    z.object({
      type: z.literal('run_progress'),
      ...runNews,
      operationId: z.string(),
      step: z.string(),
      done: z.number(),
      total: z.number().nullable(),
    }),
    z.object({
      type: z.literal('run_finished'),
      ...runNews,
      runId: z.string().nullable(),
      outcome: z.string().nullable(),
    }),
    z.object({ type: z.literal('lifecycle_warning'), warnings: z.array(lifecycleWarning) }),
    z.object({ type: z.literal('telemetry'), telemetry }),
    /** Every 25 s. A client that misses two of them has lost its server. */
    z.object({ type: z.literal('heartbeat'), version, at: time }),
    /** The server ends, or the session did: come back after `afterMs`, or log in. */
    z.object({ type: z.literal('goodbye'), reason: z.enum(['restart', 'session', 'slow']), afterMs: z.int() }),
  ])
  .meta({ id: 'ServerMessage' });
export type ServerMessage = z.infer<typeof serverMessage>;

/** The first message of a client: from where it goes on. */
export const clientMessage = z
  .object({
    type: z.literal('resume'),
    /** null: it has nothing. */
    version: z.string().nullable(),
    filter: z.string().max(2000).optional(),
    telemetry: z.boolean().optional(),
  })
  .meta({ id: 'ClientMessage' });
export type ClientMessage = z.infer<typeof clientMessage>;

export const HEARTBEAT_MS = 25_000;
