import type { Document, Value } from '../../types/document.ts';
import type {
  AttributionSource,
  Change,
  ChangeEvent,
  ChangeKind,
  Confidence,
  ResourceType,
} from '../../types/history.ts';
import { loggedEvent } from '../../types/logged-event.ts';
import { MAX_SKEW_MS } from '../../types/server-clock.ts';
import { matches } from '../matches.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatClock, formatFieldChange, formatLocal, formatLocalIso } from '../output/format.ts';

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
  /** UPID, or node and number of the line of the cluster log. */
  ref: string | null;
  confidence: Confidence;
  observedAt: Date;
  effectiveAt: Date | null;
  notBefore: Date | null;
  isPruned: boolean;
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
  });
  if (change.isPruned || patch.length === 0) return [record(null, null, null)];
  if (paths.length > 0) {
    const matching = patch.filter(([path]) => paths.some((pattern) => matches(pattern, path)));
    return matching.map(([path, before, after]) => record(path, before, after));
  }
  if (kind === 'created') return [record(null, null, toDocument(patch.map(([path, , after]) => [path, after])))];
  if (kind === 'removed') return [record(null, toDocument(patch.map(([path, before]) => [path, before])), null)];
  return patch.map(([path, before, after]) => record(path, before, after));
}

function toDocument(entries: readonly (readonly [path: string, value: Value | null])[]): Document {
  const document: Record<string, Value> = {};
  for (const [path, value] of entries) if (value !== null) document[path] = value;
  return document;
}

/** `lab/105`, `lab/pve2`. */
export function resourceRef({ provider, vmid, name, resourceId }: ChangeRecord): string {
  return `${provider}/${vmid ?? name ?? resourceId}`;
}

export function resourceText(record: ChangeRecord): string {
  const { vmid, name, resourceKind } = record;
  if (vmid === null) return `${resourceRef(record)} (${resourceKind})`;
  return name === null ? resourceRef(record) : `${resourceRef(record)} ${name}`;
}

/** `memory 512 → 768`, `migrated: node pve1 → pve2`, `created on pve1, running`. */
export function changeText(record: ChangeRecord): string {
  const { kind, event, path, before, after, notBefore, isPruned } = record;
  const word = eventText(record) ?? (kind === 'created' && notBefore === null ? 'first seen' : kind);
  if (isPruned) return `${word} (details pruned)`;
  if (path !== null && isValue(before) && isValue(after)) {
    const text = stateText(record.resourceType, path, after) ?? formatFieldChange(path, before, after);
    return event === null ? text : `${word}: ${text}`;
  }
  const document = kind === 'removed' ? before : after;
  if (document === null || isValue(document)) return word;
  const { node, status } = document;
  const place = typeof node === 'string' ? ` ${kind === 'removed' ? 'from' : 'on'} ${node}` : '';
  return `${word}${place}${typeof status === 'string' && kind === 'created' ? `, ${status}` : ''}`;
}

/** `from log`, and what happened where the row shows no field: `from log: created`. */
function eventText({ event, kind, path, via }: ChangeRecord): string | null {
  if (event !== 'from-log' || path !== null) return event?.replace('-', ' ') ?? null;
  return `from log: ${loggedEvent(via)?.replace('-', ' ') ?? kind}`;
}

/** What a change of a state amounts to, in words; null for any other field. */
function stateText(resourceType: ResourceType, path: string, after: Value | null): string | null {
  if (resourceType === 'storage' && path === 'disabled') return after === true ? 'disabled' : 'enabled';
  if (resourceType === 'storage' && path === 'unavailableOn') {
    return typeof after === 'object' && after !== null
      ? `unavailable on ${after.join(', ')}`
      : 'available on all its nodes';
  }
  if (resourceType === 'node' && path === 'maintenance')
    return after === true ? 'in maintenance' : 'out of maintenance';
  return null;
}

function isValue(value: ChangeRecord['before']): value is Value | null {
  return typeof value !== 'object' || value === null || Array.isArray(value);
}

/** `admin@pve!deploy`; without an actor what is known: the window in which it happened. */
export function actorText({ actor, token, notBefore, observedAt }: ChangeRecord): string {
  if (actor !== null) return token === null ? actor : `${actor}!${token}`;
  if (notBefore === null) return `unknown, before ${formatClock(observedAt)}`;
  const isOneDay = notBefore.toDateString() === observedAt.toDateString();
  const from = isOneDay ? formatClock(notBefore) : formatLocal(notBefore);
  return `unknown, between ${from} and ${isOneDay ? formatClock(observedAt) : formatLocal(observedAt)}`;
}

/**
 * When it happened, by our clock: the server's time, but within the window that we know it happened in. Otherwise a server whose
 * clock is wrong would date changes in the future, or before others that came first.
 */
function timeOf({ effectiveAt, observedAt, notBefore }: ChangeRecord): Date {
  if (effectiveAt === null || effectiveAt > observedAt) return observedAt;
  return notBefore !== null && notBefore.getTime() - effectiveAt.getTime() > MAX_SKEW_MS ? notBefore : effectiveAt;
}

/** The server's time, where its clock and ours do not fit together. */
function serverTime(record: ChangeRecord): Date | null {
  const { effectiveAt } = record;
  return effectiveAt !== null && Math.abs(effectiveAt.getTime() - timeOf(record).getTime()) > MAX_SKEW_MS
    ? effectiveAt
    : null;
}

const KIND_WORD: Readonly<Record<ChangeKind, string>> = { created: 'new', changed: 'changed', removed: 'gone' };
const KIND_TONE: Readonly<Record<ChangeKind, Tone>> = { created: 'good', changed: 'plain', removed: 'bad' };

export const CHANGE_COLUMNS: readonly Column<ChangeRecord>[] = [
  {
    key: 'time',
    raw: timeOf,
    text: (record, { isWide }) => (isWide ? formatLocalIso(timeOf(record)) : formatLocal(timeOf(record))),
  },
  {
    key: 'what',
    header: '',
    raw: ({ kind }) => kind,
    text: ({ kind }) => KIND_WORD[kind],
    tone: ({ kind }) => KIND_TONE[kind],
  },
  { key: 'resource', header: 'GUEST', raw: resourceRef, text: resourceText },
  { key: 'change', raw: changeText },
  { key: 'by', raw: actorText },
  { key: 'how', raw: ({ via }) => via },
  { key: 'confidence', raw: ({ confidence }) => confidence, detail: 'wide' },
  {
    key: 'serverTime',
    header: 'SERVER TIME',
    raw: serverTime,
    text: (record) => {
      const time = serverTime(record);
      return time === null ? '' : formatLocal(time);
    },
    detail: (rows) => rows.some((record) => serverTime(record) !== null),
    tone: () => 'warn',
  },
];
