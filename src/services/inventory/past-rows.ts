import type { HistoryRepository } from '../../repositories/history/history-repository.ts';
import { type ConfiguredSize, configuredSize } from '../../types/configured-size.ts';
import type { Document } from '../../types/document.ts';
import { rewind } from '../../types/document-replay.ts';
import { AppError } from '../../types/errors.ts';
import { guestFacts, nodeFacts, storageFacts, toHostState, toNodeStatus } from '../../types/facts.ts';
import type { GuestRow, NodeRow, StorageRow, UnobservableSpan } from '../../types/inventory.ts';

interface ResourceRow {
  id: string;
  document: Document;
  presence: string;
}

/** Documents as a sync at that time stored them; resources that were not there then are left out. */
export async function documentsAt(
  history: HistoryRepository,
  rows: readonly ResourceRow[],
  at: Date,
): Promise<Map<string, Document>> {
  const rev = await history.revisionAt(at);
  return statesAtRevision(history, rows, rev, () => prunedError(history, at));
}

/** As {@link documentsAt}. `toError` words that retention has dropped what would be needed. */
export async function statesAtRevision(
  history: HistoryRepository,
  rows: readonly ResourceRow[],
  rev: number,
  toError: () => Promise<AppError> = async () => new AppError('not-found', `Details of revision ${rev} were dropped`),
): Promise<Map<string, Document>> {
  const current = new Map(rows.map((row) => [row.id, row.presence === 'gone' ? null : row.document]));
  const documents = new Map<string, Document>();
  for await (const { ids, snapshots, steps } of history.laterHistory([...current.keys()], rev)) {
    const later = new Map(ids.map((id) => [id, snapshots.get(id) ?? current.get(id) ?? null]));
    for (const [id, document] of rewind(later, steps)) {
      if (document === 'pruned') throw await toError();
      if (document !== null) documents.set(id, document);
    }
  }
  return documents;
}

async function prunedError(history: HistoryRepository, at: Date): Promise<AppError> {
  const since = await history.exactSince();
  return new AppError('not-found', `The details of ${at.toISOString()} were dropped by \`prune\``, {
    hint: since
      ? `The earliest time that is known exactly is ${since.toISOString()}; creations and removals are known from the start.`
      : 'Run `rollcall verify`: changes have lost their details and no prune says so.',
  });
}

/** The guest with the document it had, and everything else that follows from the document; `span`: it was out of sight. */
export function toPastGuest(row: GuestRow, document: Document, at: Date, span?: UnobservableSpan): GuestRow {
  const facts = guestFacts(document);
  return {
    ...row,
    ...present(row.lastSeenAt, at),
    ...(span && unobservable(span)),
    ...pastSize(row, document),
    ...facts,
    document,
    node: facts.node ?? row.node,
    status: toHostState(facts.status),
    lock: null,
    telemetry: null,
  };
}

export function toPastNode(row: NodeRow, document: Document, at: Date): NodeRow {
  const facts = nodeFacts(document);
  return {
    ...row,
    ...present(row.lastSeenAt, at),
    ...facts,
    document,
    status: toNodeStatus(facts.status),
    telemetry: null,
  };
}

export function toPastStorage(row: StorageRow, document: Document, at: Date): StorageRow {
  return {
    ...row,
    ...present(row.lastSeenAt, at),
    ...storageFacts(document),
    document,
    onNodes: [],
  };
}

function present(lastSeenAt: Date, at: Date) {
  return {
    presence: 'present',
    presenceReason: null,
    unobservableSince: null,
    goneAt: null,
    isStale: false,
    lastSeenAt: lastSeenAt < at ? lastSeenAt : at,
  } as const;
}

function unobservable({ since, reason }: UnobservableSpan) {
  return {
    presence: 'unobservable',
    presenceReason: reason,
    unobservableSince: since,
    isStale: true,
    lastSeenAt: since,
  } as const;
}

/** What neither document says (a default, a host's own number) was the same then. */
function pastSize(row: GuestRow, document: Document): ConfiguredSize {
  const then = configuredSize(row.kind, document);
  const now = configuredSize(row.kind, row.document);
  return {
    cpus: then.cpus ?? (now.cpus === null ? row.cpus : null),
    memoryBytes: then.memoryBytes ?? (now.memoryBytes === null ? row.memoryBytes : null),
    diskBytes: then.diskBytes ?? (now.diskBytes === null ? row.diskBytes : null),
    bootDiskBytes: then.bootDiskBytes ?? (now.bootDiskBytes === null ? row.bootDiskBytes : null),
  };
}
