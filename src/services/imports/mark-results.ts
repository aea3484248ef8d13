import type { DiscoveredHost, SyncResult } from '../../types/sync-result.ts';
import type { ImportedGuest } from './import-service.ts';

/** A result that says which of its guests are imported, by which connection. */
export function withImports(result: SyncResult, imported: readonly ImportedGuest[]): SyncResult {
  const marks = new Map(
    imported.flatMap(({ mark, guest }) => (mark.archivedAt === null ? [[guest.id, mark] as const] : [])),
  );
  if (marks.size === 0) return result;
  const toMarked = (host: DiscoveredHost): DiscoveredHost => {
    const mark = marks.get(host.id);
    return mark === undefined ? host : { ...host, imported: true, connectionId: mark.connectionId };
  };
  const { newHosts, removedHosts, existingHosts, changedHosts, held, summary } = result;
  const marked = {
    newHosts: newHosts.map(toMarked),
    removedHosts: removedHosts.map(toMarked),
    existingHosts: existingHosts.map(toMarked),
    changedHosts: changedHosts.map((change) => ({ ...change, host: toMarked(change.host) })),
    held: held.map(toMarked),
  };
  const there = [...marked.newHosts, ...marked.existingHosts, ...marked.changedHosts.map(({ host }) => host)];
  return { ...result, ...marked, summary: { ...summary, imported: there.filter((host) => host.imported).length } };
}
