import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import type { HostAvailability } from '../../../src/protocol/lists.ts';
import type { FinishedOperation, Host, Operation } from '../../../src/protocol/resources.ts';
import { get, write } from './request.ts';
import { toHost } from './to-host.ts';
import type { ChangeRecord, HostDetails, HostDiff, HostListRow, Page, ProviderRun } from './types.ts';

const PAGE = 1000;

export interface ChangeQuery {
  since?: string | undefined;
  until?: string | undefined;
  by?: string | undefined;
  path?: string | undefined;
  kind?: string | undefined;
  selector?: string | undefined;
  limit?: number;
}

/** Every page of hosts that a selector means, now or at a time. */
export async function listHosts(query: { selector?: string | undefined; at?: string | undefined }): Promise<Host[]> {
  const hosts: Host[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<HostListRow> = await get<Page<HostListRow>>('/hosts', { ...query, cursor, limit: PAGE });
    for (const row of page.items) hosts.push(toHost(row));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return hosts;
}

export async function findHost(id: string, at?: string): Promise<HostDetails> {
  return get<HostDetails>(`/hosts/${encodeURIComponent(id)}`, { at });
}

export async function diffHost(id: string, from: string, to?: string): Promise<HostDiff> {
  return get<HostDiff>(`/hosts/${encodeURIComponent(id)}/diff`, { from, to });
}

export async function hostAvailability(id: string): Promise<HostAvailability> {
  return get<HostAvailability>(`/hosts/${encodeURIComponent(id)}/availability`);
}

export async function listHistory(id: string): Promise<ChangeRecord[]> {
  return listOf(await get<ListOr<ChangeRecord>>(`/hosts/${encodeURIComponent(id)}/history`, { limit: 2000 }));
}

export async function listChanges(query: ChangeQuery): Promise<ChangeRecord[]> {
  return listOf(await get<ListOr<ChangeRecord>>('/changes', { ...query }));
}

export async function listRuns(limit = 200): Promise<ProviderRun[]> {
  return listOf(await get<ListOr<ProviderRun>>('/runs', { limit }));
}

export async function listOperations(): Promise<Operation[]> {
  return listOf(await get<ListOr<Operation>>('/operations'));
}

export async function findOperation(id: string): Promise<FinishedOperation> {
  return get<FinishedOperation>(`/operations/${encodeURIComponent(id)}`);
}

export async function cancelOperation(id: string): Promise<Operation> {
  return write<Operation>('POST', `/operations/${encodeURIComponent(id)}/cancel`);
}

export async function syncProvider(id: string, acceptRemovals = false): Promise<Operation> {
  return write<Operation>(
    'POST',
    `/providers/${encodeURIComponent(id)}/sync`,
    acceptRemovals ? { acceptRemovals } : {},
  );
}

export async function listLifecycle(): Promise<LifecycleWarning[]> {
  return listOf(await get<ListOr<LifecycleWarning>>('/lifecycle'));
}

/** Lists come alone, or with what goes on after them. */
type ListOr<T> = readonly T[] | { items: readonly T[] };

function listOf<T>(answer: ListOr<T>): T[] {
  return 'items' in answer ? [...answer.items] : [...answer];
}
