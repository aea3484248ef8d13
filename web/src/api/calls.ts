import type { ChangeQuery, Page } from '../../../src/client/api.ts';
import type { LifecycleWarning } from '../../../src/protocol/feed.ts';
import type { Host } from '../../../src/protocol/resources.ts';
import type { ChangeRecord } from '../../../src/types/change-record.ts';
import { get } from './request.ts';
import { toChangeRecord } from './to-change-record.ts';
import { toHost } from './to-host.ts';
import type { ChangeRow, HostDetails, HostDiff, HostListRow } from './types.ts';

const PAGE = 1000;

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

/** Newest first. */
export async function listHistory(id: string): Promise<ChangeRecord[]> {
  const query = { limit: 2000 };
  return (await get<Items<ChangeRow>>(`/hosts/${encodeURIComponent(id)}/history`, query)).items.map(toChangeRecord);
}

/** Newest first. */
export async function listChanges(query: ChangeQuery): Promise<ChangeRecord[]> {
  return (await get<Items<ChangeRow>>('/changes', { ...query })).items.map(toChangeRecord);
}

export async function listLifecycle(): Promise<LifecycleWarning[]> {
  return (await get<Items<LifecycleWarning>>('/lifecycle')).items;
}

interface Items<Row> {
  items: Row[];
}
