import type { Value } from '../../src/types/document.ts';
import type { Change } from '../../src/types/history.ts';
import type { HistoryLine } from './expected-history.ts';
import { trackedKey } from './raw-view.ts';

function textOf(value: Value | null): string {
  if (value === null) return '–';
  return typeof value === 'object' ? value.join(';') : String(value);
}

function actorOf({ attribution: { actor, token } }: Change): string {
  if (actor === null) return 'unknown';
  return token === null ? actor : `${actor}!${token}`;
}

function nameOf({ resourceType, resourceKind, vmid, name }: Change): string {
  return resourceType === 'guest' ? `${resourceKind}/${vmid}` : `${resourceType}/${name}`;
}

/** What the history recorded in one step, in the form of {@link HistoryLine}; a key with several parts is one line. */
export function toLines(step: number, changes: readonly Change[]): HistoryLine[] {
  const lines = changes
    .filter(({ event }) => event !== 'observed')
    .flatMap((change) => {
      const [by, guest] = [actorOf(change), nameOf(change)];
      const event = change.event === null ? '' : ` [${change.event}]`;
      if (change.kind !== 'changed') return [{ step, guest, what: change.kind + event, values: '', by }];
      return change.patch.map(([path, before, after]) => {
        const root = /^(?:pending\.(?:delete\.)?)?[^.]+/.exec(path)?.[0] ?? path;
        const hasParts = root !== path || trackedKey('', root, '')?.value === '…';
        const values = hasParts ? '' : `${textOf(before)} → ${textOf(after)}`;
        return { step, guest, what: root + event, values, by };
      });
    });
  return [...new Map(lines.map((line) => [JSON.stringify(line), line])).values()];
}
