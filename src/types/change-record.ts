import type { Document, Value } from './document.ts';
import type { AttributionSource, Change, ChangeEvent, ChangeKind, Confidence, ResourceType } from './history.ts';
import { compilePathWildcard } from './path-wildcard.ts';

/**
 * One field that changed, or one resource that came or went (then `path` is null and `after` or `before` is its whole
 * document). What an auditor files: keys and their order are stable.
 */
export interface ChangeRecord {
  rev: number;
  seq: number;
  runId: string;
  provider: string;
  resourceType: ResourceType;
  resourceKind: string;
  resourceId: string;
  vmid: number | null;
  name: string | null;
  kind: ChangeKind;
  event: ChangeEvent | null;
  path: string | null;
  before: Value | Document | null;
  after: Value | Document | null;
  actor: string | null;
  token: string | null;
  source: AttributionSource;
  via: string | null;
  /** UPID, node and number of the line of the cluster log, or operation and step. */
  ref: string | null;
  confidence: Confidence;
  observedAt: Date;
  effectiveAt: Date | null;
  notBefore: Date | null;
  isPruned: boolean;
  /** When it became known who made it, if that was after the change was stored. */
  explainedAt: Date | null;
  /** The action of this program that made it, who asked for it, on which machine and why; null: none is known. Absent where nobody looked. */
  operation?: string | null;
  operationBy?: string | null;
  operationHost?: string | null;
  operationReason?: string | null;
}

/** With patterns of paths, one record for each field that matches, of creations and removals too. */
export function toChangeRecords(change: Change, paths: readonly string[] = []): ChangeRecord[] {
  const { attribution, patch, kind } = change;
  const record = (path: string | null, before: ChangeRecord['before'], after: ChangeRecord['after']): ChangeRecord => ({
    rev: change.rev,
    seq: change.seq,
    runId: change.runId,
    provider: change.providerName,
    resourceType: change.resourceType,
    resourceKind: change.resourceKind,
    resourceId: change.resourceId,
    vmid: change.vmid,
    name: change.name,
    kind,
    event: change.event,
    path,
    before,
    after,
    actor: attribution.actor,
    token: attribution.token,
    source: attribution.source,
    via: attribution.via,
    ref: attribution.ref,
    confidence: attribution.confidence,
    observedAt: change.observedAt,
    effectiveAt: attribution.effectiveAt,
    notBefore: attribution.notBefore,
    isPruned: change.isPruned,
    explainedAt: change.explainedAt,
  });
  if (change.isPruned || patch.length === 0) return [record(null, null, null)];
  if (paths.length > 0) {
    const tests = paths.map(compilePathWildcard);
    const matching = patch.filter(([path]) => tests.some((test) => test(path)));
    return matching.map(([path, before, after]) => record(path, before, after));
  }
  if (kind === 'created') return [record(null, null, toDocument(patch.map(([path, , after]) => [path, after])))];
  if (kind === 'removed') return [record(null, toDocument(patch.map(([path, before]) => [path, before])), null)];
  return patch.map(([path, before, after]) => record(path, before, after));
}

/** The records of several changes, in the order of the changes. */
export function toRecords(changes: readonly Change[], paths?: readonly string[]): ChangeRecord[] {
  return changes.flatMap((change) => toChangeRecords(change, paths));
}

function toDocument(entries: readonly (readonly [path: string, value: Value | null])[]): Document {
  const document: Record<string, Value> = {};
  for (const [path, value] of entries) if (value !== null) document[path] = value;
  return document;
}

const EVENTS: Readonly<Record<string, ChangeEvent>> = {
  qmclone: 'cloned',
  vzclone: 'cloned',
  qmrestore: 'restored',
  vzrestore: 'restored',
  qmrollback: 'rolled-back',
  vzrollback: 'rolled-back',
  qmigrate: 'migrated',
  vzmigrate: 'migrated',
};

/** The event that a change from the log amounts to, by the type of its task: `cloned` by `qmclone`; null: none. */
export function loggedEvent(via: string | null): ChangeEvent | null {
  return via !== null && Object.hasOwn(EVENTS, via) ? (EVENTS[via] ?? null) : null;
}
