import { loggedEvent } from '../../types/change-record.ts';
import type { FieldChange, PatchEntry, Value } from '../../types/document.ts';
import { sameValue } from '../../types/document-replay.ts';
import type { Change } from '../../types/history.ts';
import type { NotifyEvent, NotifyKind } from '../../types/notify.ts';
import { eventId } from './event-id.ts';
import { cut } from './text.ts';

/** What decides which changes are told of; everything by default. */
export interface ChangeFilter {
  isKind(kind: NotifyKind): boolean;
  isGuest(id: string): boolean;
  isPath(path: string): boolean;
  isActor(actor: string | null, token: string | null): boolean;
  isProvider(name: string): boolean;
  /** The connection that a guest was imported as; null: it was not. */
  connectionOf(guestId: string): string | null;
}

const MOST_FIELDS = 20;
const MOST_CHARACTERS = 200;
const STATE_PATHS = new Set(['status', 'qmpstatus']);

/** The events that one change of a guest amounts to: none, or one for each kind. Pure. */
export function changeEvents(change: Change, filter: ChangeFilter, epoch: string): NotifyEvent[] {
  const { resourceType, resourceId, attribution, event, providerName } = change;
  if (resourceType !== 'guest' || event === 'observed' || !filter.isProvider(providerName)) return [];
  if (!filter.isGuest(resourceId) || !filter.isActor(attribution.actor, attribution.token)) return [];
  const parts = change.kind === 'changed' ? fieldEvents(change, filter) : wholeEvents(change, filter);
  return parts
    .filter(({ kind }) => filter.isKind(kind))
    .map((part) => toEvent(change, part, eventId(epoch, 'rev', change.rev, change.seq, part.kind)));
}

interface Part {
  kind: NotifyKind;
  text: string;
  changes: readonly FieldChange[];
  connection?: string;
}

function wholeEvents(change: Change, filter: ChangeFilter): Part[] {
  if (change.kind === 'created') {
    const isFirst = change.event === null && change.attribution.notBefore === null;
    if (isFirst) return [{ kind: 'first-seen', text: 'seen for the first time', changes: [] }];
    return [{ kind: 'new', text: wordOf(change, 'created'), changes: [] }];
  }
  const connection = filter.connectionOf(change.resourceId);
  const gone: Part[] =
    connection === null
      ? []
      : [{ kind: 'import-gone', text: `gone, and imported as ${connection}`, changes: [], connection }];
  return [{ kind: 'removed', text: wordOf(change, 'removed'), changes: [] }, ...gone];
}

function fieldEvents(change: Change, filter: ChangeFilter): Part[] {
  const isReal = ([path, before, after]: PatchEntry): boolean =>
    (before === null || !sameValue(before, after)) && filter.isPath(path);
  const patch = change.patch.filter(isReal);
  const states = patch.filter(([path]) => STATE_PATHS.has(path));
  const others = patch.filter(([path]) => !STATE_PATHS.has(path));
  const isEventOnly = change.patch.length === 0 && change.event !== null;
  const state: Part[] =
    states.length === 0
      ? []
      : [{ kind: 'state', text: states.map(stateText).join(', '), changes: states.map(toFieldChange) }];
  if (others.length === 0 && !isEventOnly) return state;
  const paths = others.slice(0, 3).map(([path]) => path);
  const more = others.length > paths.length ? ` and ${others.length - paths.length} more` : '';
  const fields = paths.length === 0 ? '' : `: ${paths.join(', ')}${more}`;
  const shown = others.slice(0, MOST_FIELDS).map(toFieldChange);
  return [...state, { kind: 'changed', text: `${wordOf(change, 'changed')}${fields}`, changes: shown }];
}

/** `migrated`, `rolled-back`: what more is known than that something changed. */
function wordOf({ event, attribution }: Change, usual: string): string {
  if (event === 'from-log') return loggedEvent(attribution.via) ?? usual;
  return event ?? usual;
}

function stateText([path, before, after]: PatchEntry): string {
  return `${path} ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: Value | null): string {
  return value === null ? 'none' : cut(String(value), MOST_CHARACTERS);
}

function toFieldChange([path, before, after]: PatchEntry): FieldChange {
  return { path, before: short(before), after: short(after) };
}

function short(value: Value | null): Value | null {
  if (typeof value === 'string') return cut(value, MOST_CHARACTERS);
  if (typeof value === 'object' && value !== null) {
    return value.slice(0, MOST_FIELDS).map((one) => cut(one, MOST_CHARACTERS));
  }
  return value;
}

function toEvent(change: Change, { kind, text, changes, connection }: Part, id: string): NotifyEvent {
  const { resourceId, resourceKind, vmid, name, providerId, providerName, observedAt, attribution } = change;
  const { actor, token } = attribution;
  return {
    id,
    kind,
    at: observedAt.toISOString(),
    provider: { id: providerId, name: providerName },
    guest: { id: resourceId, ref: `${providerName}/${vmid ?? name ?? resourceId}`, kind: resourceKind, vmid, name },
    actor: actor === null || token === null ? actor : `${actor}!${token}`,
    text,
    changes,
    ...(connection !== undefined && { connection }),
  };
}
