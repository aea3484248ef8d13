import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { queryKeys } from '../../../src/client/react/query-keys.ts';
import type { ImportedHost } from '../../../src/protocol/imports.ts';
import { get, write } from '../api/request.ts';
import { announce } from '../parts/announce.tsx';
import { countText } from '../parts/format.ts';
import { Failure, Loading } from '../parts/notice.tsx';
import { useRefusal } from '../shell/session.tsx';
import { ConnectionsPanel } from './connections-panel.tsx';
import { NewHostsPanel } from './new-hosts-panel.tsx';
import { OrphansPanel } from './orphans-panel.tsx';

const KEY = [...queryKeys.history, 'imports'];

interface Imports {
  items: ImportedHost[];
}

/** New hosts are reviewed and imported; connections whose host is gone are archived. */
export function ImportsView() {
  const queries = useQueryClient();
  const refusal = useRefusal('operator', 'guests');
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: () => get<Imports>('/imports') });
  const change = useMutation({
    mutationFn: ({ path, hostIds }: { path: string; hostIds: readonly string[] }) =>
      write<Imports>('POST', path, { hostIds }),
    onSuccess: (answer, { path, hostIds }) => {
      queries.setQueryData(KEY, answer);
      announce(`${countText(hostIds.length, 'host')} ${path.endsWith('archive') ? 'archived' : 'imported'}`);
    },
  });
  if (data === undefined) {
    return error === null ? <Loading what="imports" /> : <Failure error={error} retry={() => void refetch()} />;
  }
  const open = data.items.filter(({ archivedAt }) => archivedAt === null);
  const gate = { refusal, isBusy: change.isPending };
  return (
    <div className="view">
      <h1>Import</h1>
      <p className="muted">
        An imported host is one that people connect to: a sync warns when it disappears. Files of SSH and Ansible are
        written by <code>rollcall import-hosts</code>.
      </p>
      {change.error !== null && <Failure error={change.error} />}
      <OrphansPanel
        orphans={open.filter(({ isGone }) => isGone)}
        onArchive={(hostIds) => change.mutate({ path: '/imports/archive', hostIds })}
        {...gate}
      />
      <NewHostsPanel
        imported={new Set(open.map(({ hostId }) => hostId))}
        onImport={(hostIds) => change.mutate({ path: '/imports', hostIds })}
        {...gate}
      />
      <ConnectionsPanel items={data.items} />
    </div>
  );
}
