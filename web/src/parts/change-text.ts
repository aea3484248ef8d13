import { formatFieldChange, isValue } from '../../../src/cli/output/format-value.ts';
import { MAX_SKEW_MS } from '../../../src/types/server-clock.ts';
import type { ChangeRecord } from '../api/types.ts';

/** `memory 4 → 8 GiB`, `created on pve1`. As the terminal says it. */
export function changeText(record: ChangeRecord): string {
  const { kind, event, path, before, after, isPruned } = record;
  const word = event?.replaceAll('-', ' ') ?? null;
  if (isPruned) return `${word ?? kind} (details pruned)`;
  if (path !== null && isValue(before) && isValue(after)) {
    const field = formatFieldChange(path, before, after);
    return word === null ? field : `${word}: ${field}`;
  }
  const document = kind === 'removed' ? before : after;
  if (document === null || isValue(document)) return word ?? kind;
  const node = document['node'];
  const place = typeof node === 'string' ? ` ${kind === 'removed' ? 'from' : 'on'} ${node}` : '';
  return `${word ?? (kind === 'created' && record.notBefore === null ? 'first seen' : kind)}${place}`;
}

/** Found by the first run that could see it, so nobody made it then. */
export function isFirstSight({ kind, event, notBefore }: ChangeRecord): boolean {
  return kind === 'created' && event === null && notBefore === null;
}

export function actorText(record: ChangeRecord): string {
  const { actor, token } = record;
  if (actor === null) return isFirstSight(record) ? '' : 'unknown';
  return token === null ? actor : `${actor}!${token}`;
}

/** When it happened: the server's time, within the window that it is known to have happened in, as the terminal says it. */
export function changeTime({ effectiveAt, observedAt, notBefore }: ChangeRecord): string {
  if (effectiveAt === null || effectiveAt > observedAt) return observedAt;
  const isTooEarly = notBefore !== null && Date.parse(notBefore) - Date.parse(effectiveAt) > MAX_SKEW_MS;
  return isTooEarly ? notBefore : effectiveAt;
}
