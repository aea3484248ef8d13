import type { HistoryRepository } from '../../repositories/history/history-repository.ts';
import type { InventoryRepository } from '../../repositories/inventory/inventory-repository.ts';
import type { Position } from '../../repositories/notify/outbox.ts';
import type { RunStepRepository } from '../../repositories/notify/run-steps.ts';
import type { Change } from '../../types/history.ts';
import type { NotifierSettings, NotifyFilter, NotifyMessage } from '../../types/notify.ts';
import { pathWildcard } from '../../types/path-wildcard.ts';
import { compileFilter } from '../../types/wildcard.ts';
import type { InventoryService } from '../inventory/inventory-service.ts';
import { parseSelectors } from '../selectors/parse-selector.ts';
import { type ChangeFilter, changeEvents } from './change-events.ts';
import { RevisionEvents } from './plan-messages.ts';
import { runKinds, runMessage, staleMessage } from './run-events.ts';

const PAGE = 500;
/** The last place in a revision. */
const LAST_SEQ = 999_999;
/** Runs become visible when they are committed, a little after they ended, and clocks of machines differ. */
const OVERLAP_MS = 15 * 60_000;

export interface MessageSources {
  epoch: string;
  history: Pick<HistoryRepository, 'lastRevision' | 'listChanges'>;
  inventory: Pick<InventoryRepository, 'listHeld'>;
  guests: Pick<InventoryService, 'listGuests'>;
  runs: Pick<RunStepRepository, 'lastEnd' | 'listSteps' | 'listStale'>;
  /** The connections that guests were imported as, by the guests' ids. */
  connections(guestIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface MessageBatch {
  messages: readonly NotifyMessage[];
  /** After these messages. */
  position: Position;
}

interface Wanted {
  settings: Pick<NotifierSettings, 'filter' | 'batchOver' | 'staleAfterMs'>;
  from: Position;
  /** Nothing from before is told of. */
  createdAt: Date;
  now: Date;
}

/** What happened since a position, from the database alone: a batch for each revision, and one of what runs came to. */
export async function* readMessages(sources: MessageSources, wanted: Wanted): AsyncGenerator<MessageBatch> {
  const runs = await runMessages(sources, wanted);
  const lastRev = await sources.history.lastRevision();
  if (lastRev > wanted.from.rev) yield* changeMessages(sources, wanted, lastRev);
  yield { messages: runs.messages, position: { rev: Math.max(lastRev, wanted.from.rev), runsAt: runs.runsAt } };
}

async function* changeMessages(
  sources: MessageSources,
  { settings, from, now }: Wanted,
  lastRev: number,
): AsyncGenerator<MessageBatch> {
  const { epoch } = sources;
  const base = await compileNotifyFilter(sources, settings.filter, now);
  let of: { rev: number; runId: string | null; events: RevisionEvents } | null = null;
  for await (const page of changePages(sources, from.rev, lastRev)) {
    const gone = page.filter(({ kind }) => kind === 'removed').map(({ resourceId }) => resourceId);
    const connections = gone.length === 0 ? new Map<string, string>() : await sources.connections(gone);
    const filter = { ...base, connectionOf: (id: string) => connections.get(id) ?? null };
    for (const change of page) {
      if (of !== null && of.rev !== change.rev) yield toBatch(of, from, epoch);
      if (of === null || of.rev !== change.rev) {
        of = { rev: change.rev, runId: change.runId || null, events: new RevisionEvents(settings.batchOver) };
      }
      for (const event of changeEvents(change, filter, epoch)) of.events.add(event);
    }
  }
  if (of !== null) yield toBatch(of, from, epoch);
}

function toBatch(
  { rev, runId, events }: { rev: number; runId: string | null; events: RevisionEvents },
  { runsAt }: Position,
  epoch: string,
): MessageBatch {
  return { messages: events.messages({ epoch, rev, runId }), position: { rev, runsAt } };
}

/** The oldest first. */
async function* changePages({ history }: MessageSources, afterRev: number, lastRev: number): AsyncGenerator<Change[]> {
  let after = { rev: afterRev, seq: LAST_SEQ };
  for (;;) {
    const page = await history.listChanges({ after, toRev: lastRev, take: PAGE });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { rev: last.rev, seq: last.seq };
  }
}

async function runMessages(sources: MessageSources, { settings, from, createdAt, now }: Wanted) {
  const { filter, staleAfterMs } = settings;
  const { epoch, runs, inventory } = sources;
  const isKind = kindTest(filter);
  const isProvider = compileFilter(filter.providers.length === 0 ? undefined : filter.providers);
  const messages: NotifyMessage[] = [];
  // A clock that was ahead must not silence what happens until real time catches up.
  const before = earlier(from.runsAt, now);
  const overlapMs = before.getTime() - OVERLAP_MS;
  const since = new Date(createdAt > before ? overlapMs : Math.max(createdAt.getTime(), overlapMs));
  // Before the runs themselves: one that ends meanwhile is read again.
  const lastEnd = (await runs.lastEnd()) ?? before;
  const runsAt = lastEnd > before ? earlier(lastEnd, now) : before;
  for (const run of await runs.listSteps(since)) {
    if (!isProvider(run.providerName)) continue;
    for (const kind of runKinds(run).filter(isKind)) {
      const held = kind === 'guard' ? await inventory.listHeld(run.providerId) : [];
      messages.push(runMessage(kind, run, held, epoch));
    }
  }
  if (isKind('sync-stale')) {
    const stale = await runs.listStale(new Date(now.getTime() - staleAfterMs));
    messages.push(...stale.filter(({ name }) => isProvider(name)).map((one) => staleMessage(one, now, epoch)));
  }
  return { messages, runsAt };
}

function kindTest({ kinds }: NotifyFilter): ChangeFilter['isKind'] {
  const wanted = new Set(kinds);
  return (kind) => wanted.size === 0 || wanted.has(kind);
}

/** Selectors are compared with the guests as they are now, also with those that are gone. */
async function compileNotifyFilter(
  { guests }: Pick<MessageSources, 'guests'>,
  filter: NotifyFilter,
  now: Date,
): Promise<Omit<ChangeFilter, 'connectionOf'>> {
  const { selectors, paths, by, providers } = filter;
  const isPath = pathWildcard(paths.length === 0 ? undefined : paths);
  const isActor = compileFilter(by);
  const orUnknown = by.some((pattern) => pattern.toLowerCase() === 'unknown');
  const selector = selectors.length === 0 ? null : parseSelectors(selectors, now);
  const rows = selector === null ? [] : await guests.listGuests({ selector, presence: 'all' });
  const ids = new Set(rows.map(({ id }) => id));
  return {
    isKind: kindTest(filter),
    isGuest: (id) => selector === null || ids.has(id),
    isPath,
    isActor: (actor, token) => {
      if (by.length === 0) return true;
      if (actor === null) return orUnknown;
      return isActor(actor) || (token !== null && isActor(`${actor}!${token}`));
    },
    isProvider: compileFilter(providers.length === 0 ? undefined : providers),
  };
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}
