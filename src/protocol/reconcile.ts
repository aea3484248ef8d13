import * as z from 'zod';
import { PROPOSAL_KINDS, PROPOSAL_STATES } from '../types/billing.ts';
import { FINDING_KINDS, RECONCILE_OUTCOMES, SEVERITIES } from '../types/finding.ts';
import { GUEST_KINDS, HOST_STATES } from '../types/guest.ts';
import { OPERATION_STATES } from '../types/operation.ts';
import { time } from './common.ts';

/** Servers that were matched with a record, those of them that were matched for the first time or otherwise, and panels or accounts that failed. */
export const syncCounts = z
  .object({ synced: z.int(), new: z.int(), updated: z.int(), errors: z.int() })
  .meta({ id: 'SyncCounts', examples: [{ synced: 12, new: 1, updated: 0, errors: 0 }] });

/** How a comparison goes. */
export const serverSync = z
  .object({
    /** Of the operation; null: it was not begun, because one has just ended. */
    operationId: z.string().nullable(),
    state: z.enum(OPERATION_STATES),
    /** Whether it is one that had ended before it was asked for. */
    isRecent: z.boolean(),
    finishedAt: time.nullable(),
    counts: syncCounts.nullable(),
  })
  .meta({ id: 'ServerSync' });
export type ServerSync = z.infer<typeof serverSync>;

export const serverSyncStatus = z
  .object({
    /** null: never. */
    lastSync: z.object({ finishedAt: time, outcome: z.enum(RECONCILE_OUTCOMES), counts: syncCounts }).nullable(),
    totals: z.object({ servers: z.int(), running: z.int(), findings: z.int() }),
    /** Servers that no panel knows. */
    externalServers: z.int(),
    /** Proposals that wait for a decision, and servers of the account book. */
    billingRecords: z.object({ proposals: z.int(), servers: z.int() }),
    /** One that waits or runs. */
    operation: z
      .object({
        id: z.string(),
        state: z.enum(OPERATION_STATES),
        done: z.number().nullable(),
        total: z.number().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'ServerSyncStatus' });
export type ServerSyncStatus = z.infer<typeof serverSyncStatus>;

export const ownServer = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    kind: z.enum(GUEST_KINDS),
    status: z.enum(HOST_STATES),
    cpus: z.number().nullable(),
    memoryBytes: z.number().nullable(),
    diskBytes: z.number().nullable(),
    os: z.string().nullable(),
    addresses: z.array(z.string()),
    firstSeenAt: time,
    /** No panel knows it. */
    isExternal: z.boolean(),
    findings: z.int(),
  })
  .meta({ id: 'OwnServer' });
export type OwnServer = z.infer<typeof ownServer>;

const comparison = z.object({
  field: z.string(),
  panel: z.string().nullable(),
  inventory: z.string().nullable(),
});

export const ownFinding = z
  .object({
    id: z.string(),
    kind: z.enum(FINDING_KINDS),
    severity: z.enum(SEVERITIES),
    /** null: it is about no server of the account. */
    serverId: z.string().nullable(),
    subject: z.string(),
    text: z.string(),
    comparisons: z.array(comparison),
    firstSeenAt: time,
    lastSeenAt: time,
  })
  .meta({ id: 'OwnFinding' });
export type OwnFinding = z.infer<typeof ownFinding>;

export const finding = z
  .object({
    id: z.string(),
    kind: z.enum(FINDING_KINDS),
    severity: z.enum(SEVERITIES),
    panelName: z.string(),
    guestId: z.string().nullable(),
    recordId: z.string().nullable(),
    accountKey: z.string().nullable(),
    accountName: z.string().nullable(),
    subject: z.string(),
    evidence: z.object({
      text: z.string(),
      comparisons: z.array(comparison),
      guests: z.array(z.string()),
      records: z.array(z.string()),
    }),
    firstSeenAt: time,
    lastSeenAt: time,
    closedAt: time.nullable(),
    closedWhy: z.string().nullable(),
    acceptedBy: z.string().nullable(),
    acceptedReason: z.string().nullable(),
    acceptedUntil: time.nullable(),
    assignedTo: z.string().nullable(),
    /** Neither closed nor accepted. */
    isOpen: z.boolean(),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof finding>;

export const acceptBody = z
  .strictObject({ reason: z.string().min(1).max(1000), until: time.nullish() })
  .meta({ id: 'Acceptance', examples: [{ reason: 'a machine of ours' }] });

/** null: to nobody. */
export const assignBody = z
  .strictObject({ to: z.string().min(1).max(200).nullable() })
  .meta({ id: 'Assignment', examples: [{ to: 'alice' }] });

/** Of a proposal; the reason is kept with what is written. */
export const decisionBody = z
  .strictObject({ reason: z.string().min(1).max(1000) })
  .meta({ id: 'BillingDecision', examples: [{ reason: 'invoices of November' }] });

export const proposal = z
  .object({
    id: z.string(),
    kind: z.enum(PROPOSAL_KINDS),
    state: z.enum(PROPOSAL_STATES),
    accountKey: z.string().nullable(),
    panelName: z.string(),
    guestId: z.string(),
    subject: z.string(),
    rate: z.string().nullable(),
    amount: z.string().nullable(),
    currency: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'BillingProposal' });
export type Proposal = z.infer<typeof proposal>;
