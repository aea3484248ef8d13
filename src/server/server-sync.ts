import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app/app.ts';
import { openAccountServers, openReconcile } from '../app/open-reconcile.ts';
import type { ServerSync, ServerSyncStatus } from '../protocol/reconcile.ts';
import type { ReconcileReport } from '../types/finding.ts';
import { isEnded, type Operation } from '../types/operation.ts';
import type { Actor } from '../types/people.ts';

/** One that ended this short a time ago is not done again: it would read every panel. */
const RECENT_MS = 30_000;
/** How long an answer waits for the end. */
export const SYNC_WAIT_MS = 4000;
const LOOK_MS = 150;

export interface ServerSyncDeps {
  app: App;
  clock: () => Date;
  /** How long an answer waits for the end of a comparison. */
  waitMs: number;
}

interface Asked {
  /** null: of all accounts. */
  accountKey: string | null;
  by: Actor;
  clock: () => Date;
  waitMs: number;
}

/** Asks for a comparison, and waits a little for its end. */
export async function askServerSync(app: App, { accountKey, by, clock, waitMs }: Asked): Promise<ServerSync> {
  const reconcile = await openReconcile(app);
  const last = await reconcile.lastRun(accountKey);
  if (last !== null && clock().getTime() - last.finishedAt.getTime() < RECENT_MS) {
    const state = last.outcome === 'failed' ? 'failed' : 'done';
    return { operationId: null, state, isRecent: true, ...toEnd(last) };
  }
  const operations = await app.operations();
  const asked = { kind: 'reconcile', provider: null, parameters: parametersOf(accountKey), by } as const;
  const { id } = await operations.request(asked);
  const operation = await ended(() => operations.find(id), waitMs);
  const state = operation?.state ?? 'waiting';
  const run = isEnded(state) && state !== 'cancelled' ? await reconcile.lastRun(accountKey) : null;
  // One that failed before it compared anything has no run of its own.
  const own = run !== null && run.id !== last?.id ? run : null;
  return { operationId: id, state, isRecent: false, ...toEnd(own) };
}

/** How the servers of an account stand, or all of them (null). */
export async function serverSyncStatus(app: App, accountKey: string | null): Promise<ServerSyncStatus> {
  const last = await (await openReconcile(app)).lastRun(accountKey);
  const { servers, running, findings, ...rest } = await (await openAccountServers(app)).totals(accountKey);
  const operation = await (await app.operations()).findOpen('reconcile', parametersOf(accountKey));
  return {
    lastSync: last && { finishedAt: last.finishedAt.toISOString(), outcome: last.outcome, counts: toCounts(last) },
    totals: { servers, running, findings },
    ...rest,
    operation: operation && {
      id: operation.id,
      state: operation.state,
      done: operation.progress?.done ?? null,
      total: operation.progress?.total ?? null,
    },
  };
}

function parametersOf(accountKey: string | null): Readonly<Record<string, string>> {
  return accountKey === null ? {} : { accountKey };
}

async function ended(find: () => Promise<Operation | null>, waitMs: number): Promise<Operation | null> {
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const found = await find();
    if (found === null || isEnded(found.state) || performance.now() >= untilMs) return found;
    await sleep(LOOK_MS);
  }
}

function toEnd(run: ReconcileReport | null): Pick<ServerSync, 'finishedAt' | 'counts'> {
  return run === null
    ? { finishedAt: null, counts: null }
    : { finishedAt: run.finishedAt.toISOString(), counts: toCounts(run) };
}

function toCounts({ counts }: ReconcileReport): NonNullable<ServerSync['counts']> {
  return { synced: counts.matched, new: counts.new, updated: counts.updated, errors: counts.errors };
}
