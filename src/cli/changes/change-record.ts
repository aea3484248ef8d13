import { type ChangeRecord, loggedEvent } from '../../types/change-record.ts';
import type { Value } from '../../types/document.ts';
import type { ChangeKind, ResourceType } from '../../types/history.ts';
import { MAX_SKEW_MS } from '../../types/server-clock.ts';
import type { Column, Tone } from '../output/column.ts';
import { formatClock, formatLocal, formatLocalIso } from '../output/format.ts';
import { formatFieldChange, isValue } from '../output/format-value.ts';

/** `lab/105`, `lab/pve2`. */
export function resourceRef({ provider, vmid, name, resourceId }: ChangeRecord): string {
  return `${provider}/${vmid ?? name ?? resourceId}`;
}

export function resourceText(record: ChangeRecord): string {
  const { vmid, name, resourceKind } = record;
  if (vmid === null) return `${resourceRef(record)} (${resourceKind})`;
  return name === null ? resourceRef(record) : `${resourceRef(record)} ${name}`;
}

/** Found by the first run that could see it, so nobody can tell when it was created. */
export function isFirstSight({ kind, event, notBefore }: ChangeRecord): boolean {
  return kind === 'created' && event === null && notBefore === null;
}

/** `memory 4 → 8 GiB`, `migrated: node pve1 → pve2`, `created on pve1, running`. */
export function changeText(record: ChangeRecord): string {
  return changesText([record]);
}

/** Several fields of one change: `cores 2 → 4, memory 4 → 8 GiB`. */
export function changesText(records: readonly ChangeRecord[]): string {
  const [first] = records;
  if (first === undefined) return '';
  const word = eventText(first);
  const texts = records.flatMap((record) => fieldText(record) ?? []);
  if (texts.length === 0) return wholeText(first);
  return word === null ? texts.join(', ') : `${word}: ${texts.join(', ')}`;
}

/** null for what is about the whole resource. */
export function fieldText({ resourceType, path, before, after, isPruned }: ChangeRecord): string | null {
  if (isPruned || path === null || !isValue(before) || !isValue(after)) return null;
  return stateText(resourceType, path, after) ?? formatFieldChange(path, before, after);
}

export function wholeText(record: ChangeRecord): string {
  const { kind, before, after, isPruned } = record;
  const word = eventText(record) ?? (isFirstSight(record) ? 'first seen' : kind);
  if (isPruned) return `${word} (details pruned)`;
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

/** `admin@pve!deploy`, `unknown`; nothing for a first sight, which nobody made. */
export function actorText(record: ChangeRecord): string {
  const { actor, token } = record;
  if (actor !== null) return token === null ? actor : `${actor}!${token}`;
  return isFirstSight(record) ? '' : 'unknown';
}

export function actorTone({ actor }: ChangeRecord): Tone {
  return actor === null ? 'dim' : 'plain';
}

/** As {@link actorText}; without an actor also the window in which it happened. */
export function actorOrWindow(record: ChangeRecord): string {
  return record.actor === null ? `unknown, ${windowText(record)}` : actorText(record);
}

/** The two observations between which it happened. */
export function windowText({ notBefore, observedAt }: ChangeRecord): string {
  if (notBefore === null) return `before ${formatClock(observedAt)}`;
  const isOneDay = notBefore.toDateString() === observedAt.toDateString();
  const from = isOneDay ? formatClock(notBefore) : formatLocal(notBefore);
  return `between ${from} and ${isOneDay ? formatClock(observedAt) : formatLocal(observedAt)}`;
}

/**
 * In time order. Changes of one resource keep the order of their revisions, whatever the server's clock says, and follow its
 * creation.
 */
export function byTime(records: readonly ChangeRecord[]): ChangeRecord[] {
  const seen = new Map<string, { rev: number; floorMs: number; lastMs: number }>();
  const placed = records.map((record) => {
    const { resourceId, rev, kind } = record;
    const before = seen.get(resourceId) ?? { rev, floorMs: 0, lastMs: 0 };
    const floorMs = before.rev === rev ? before.floorMs : before.lastMs;
    const atMs = Math.max(timeOf(record).getTime(), floorMs);
    const lastMs = Math.max(atMs, before.lastMs);
    seen.set(resourceId, { rev, floorMs: kind === 'created' ? atMs : floorMs, lastMs });
    return { record, atMs };
  });
  return placed.toSorted((a, b) => a.atMs - b.atMs).map(({ record }) => record);
}

/**
 * When it happened, by our clock: the server's time, but within the window that we know it happened in. Otherwise a server whose
 * clock is wrong would date changes in the future, or before others that came first.
 */
export function timeOf({ effectiveAt, observedAt, notBefore }: ChangeRecord): Date {
  if (effectiveAt === null || effectiveAt > observedAt) return observedAt;
  return notBefore !== null && notBefore.getTime() - effectiveAt.getTime() > MAX_SKEW_MS ? notBefore : effectiveAt;
}

/** The server's time, where its clock and ours do not fit together. */
export function serverTime(record: ChangeRecord): Date | null {
  const { effectiveAt } = record;
  return effectiveAt !== null && Math.abs(effectiveAt.getTime() - timeOf(record).getTime()) > MAX_SKEW_MS
    ? effectiveAt
    : null;
}

export const KIND_TONE: Readonly<Record<ChangeKind, Tone>> = { created: 'good', changed: 'plain', removed: 'bad' };

export const CHANGE_COLUMNS: readonly Column<ChangeRecord>[] = [
  {
    key: 'time',
    isSolid: true,
    raw: timeOf,
    text: (record, { isWide }) => (isWide ? formatLocalIso(timeOf(record)) : formatLocal(timeOf(record))),
  },
  { key: 'kind', raw: ({ kind }) => kind, spare: 2, tone: ({ kind }) => KIND_TONE[kind] },
  { key: 'resource', raw: resourceRef, text: resourceText },
  { key: 'change', raw: changeText },
  {
    key: 'by',
    raw: actorText,
    text: (record, { isWide }) => (isWide ? actorOrWindow(record) : actorText(record)),
    tone: actorTone,
  },
  { key: 'how', raw: ({ via }) => via, spare: 3, detail: (rows) => rows.some(({ via }) => via !== null) },
  { key: 'confidence', raw: ({ confidence }) => confidence, detail: 'wide' },
  {
    key: 'explainedAt',
    header: 'EXPLAINED',
    isRare: true,
    raw: ({ explainedAt }) => explainedAt,
    text: ({ explainedAt }) => (explainedAt === null ? '' : `later, ${formatLocal(explainedAt)}`),
    detail: (rows) => rows.some(({ explainedAt }) => explainedAt !== null),
    spare: 1,
  },
  {
    key: 'serverTime',
    header: 'SERVER TIME',
    isRare: true,
    isSolid: true,
    spare: 1,
    raw: serverTime,
    text: (record) => {
      const time = serverTime(record);
      return time === null ? '' : formatLocal(time);
    },
    detail: (rows) => rows.some((record) => serverTime(record) !== null),
    tone: () => 'warn',
  },
];
