import { formatFieldChange, isValue } from '../../../src/cli/output/format-value.ts';
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

export function actorText({ actor, token }: ChangeRecord): string {
  if (actor === null) return 'unknown';
  return token === null ? actor : `${actor}!${token}`;
}

/** When it happened, as well as that is known. */
export function changeTime({ effectiveAt, observedAt }: ChangeRecord): string {
  return effectiveAt ?? observedAt;
}
